// Which directives count for an answer: those of the first valid targeted field, else Cache-Control (RFC 9213 §2.2).
import { type Directives, parseCacheControl } from '../http/cache-control.js'
import { combinedValue, type Fields } from '../http/fields.js'
import { type Member, parseDictionary } from '../http/structured.js'

export interface Control {
  readonly directives: Directives
  /** Whether a targeted field took the place of Cache-Control, and with it that of Expires. */
  readonly targeted: boolean
}

export function controlOf(fields: Fields, targetedFields: readonly string[]): Control {
  for (const name of targetedFields) {
    const value = combinedValue(fields, name)
    const members = value === undefined ? undefined : parseDictionary(value)
    if (members && members.size > 0) return { directives: directivesOf(members), targeted: true }
  }
  return { directives: parseCacheControl(combinedValue(fields, 'cache-control')), targeted: false }
}

/** Values as Cache-Control would write them; one of another type than the directive asks for stays unreadable, and so counts as stale. */
function directivesOf(members: ReadonlyMap<string, Member>): Directives {
  const directives = new Map<string, string | true>()
  for (const [name, member] of members) {
    if (member === false) continue
    directives.set(name, member === true ? true : typeof member === 'number' ? String(member) : typeof member === 'string' && name !== 'max-age' && name !== 's-maxage' ? member : '')
  }
  return directives
}
