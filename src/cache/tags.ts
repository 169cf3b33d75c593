// The names by which an answer can be taken out together with others.
import { combinedValue, fieldValue, type Fields } from '../http/fields.js'
import { parseList, stringsOf } from '../http/structured.js'

/** Names that are kept of one answer; more would make each hit slower. */
const MAX_NAMES = 128

/** Tags of `Surrogate-Key` (between spaces) and `Cache-Tag` (between commas), in the spelling of the origin. */
export function tagsOf(fields: Fields): readonly string[] {
  const keys = fieldValue(fields, 'surrogate-key')?.split(/\s+/)
  const tags = combinedValue(fields, 'cache-tag')?.split(',').map((tag) => tag.trim())
  return keys || tags ? [...new Set([...(keys ?? []), ...(tags ?? [])])].filter((name) => name !== '').slice(0, MAX_NAMES) : NONE
}

/** Groups that an answer belongs to (RFC 9875 §2). */
export function groupsOf(fields: Fields): readonly string[] {
  return stringList(fields, 'cache-groups')
}

/** Groups that an answer to an unsafe method takes out (RFC 9875 §3). */
export function invalidatedGroups(fields: Fields): readonly string[] {
  return stringList(fields, 'cache-group-invalidation')
}

function stringList(fields: Fields, name: string): readonly string[] {
  const value = combinedValue(fields, name)
  return value === undefined ? NONE : stringsOf(parseList(value) ?? NONE).slice(0, MAX_NAMES)
}

const NONE: readonly string[] = []
