// Which stored answer is for which request (RFC 9111 §4.1).
import { cookieValue } from '../http/cookie.js'
import { type Fields, combinedValue } from '../http/fields.js'
import { isForwardingField } from '../http/forwarded.js'
import { listMembers } from '../http/tokens.js'
import type { Variant, VariantList } from './entry.js'
import type { Policy } from './policy.js'

/** The field names of a Vary value, in lower case and sorted; `*` among them when nothing can be reused (RFC 9110 §12.5.5). */
export function varyNames(fields: Fields): readonly string[] {
  const value = combinedValue(fields, 'vary')
  return value === undefined ? [] : [...new Set(listMembers(value.toLowerCase()))].sort()
}

/**
 * By which of the client's fields an answer differs, or undefined when no other request can be known to be like this
 * one: `*`, or a field that the gateway writes anew for every client, whatever the client sent under that name. What
 * the route sets to one text for everybody makes no difference.
 */
export function selectingNames(fields: Fields, { written, keyed }: Pick<Policy, 'written' | 'keyed'>): readonly string[] | undefined {
  const told = varyNames(fields)
  const names = keyed.length === 0 ? told : [...new Set([...told, ...keyed])].sort()
  if (names.some((name) => name === '*' || name === 'x-request-id' || name === 'via' || isForwardingField(name) || written.get(name) === 'varies')) return undefined
  return names.some((name) => written.has(name)) ? names.filter((name) => !written.has(name)) : names
}

/** How a cookie is named among fields. */
const COOKIE = 'cookie:'

/** A request's values of the named fields and cookies, as one text that is the same only for the same values. */
export function selectingValues(names: readonly string[], fields: Fields): string {
  return JSON.stringify(names.map((name) => (name.startsWith(COOKIE) ? (cookieValue(fields, name.slice(COOKIE.length)) ?? null) : normalised(name, combinedValue(fields, name)))))
}

/** The newest variant that is for this request. */
export function selectVariant({ variants }: VariantList, partition: string, fields: Fields): Variant | undefined {
  let names: readonly string[] | undefined
  let values = ''
  return variants.find((variant) => {
    if (variant.partition !== partition) return false
    // Nearly always all variants differ by the same fields.
    if (!names || names.join() !== variant.names.join()) {
      names = variant.names
      values = selectingValues(names, fields)
    }
    return values === variant.values
  })
}

/**
 * A value without what makes no difference: white space between members (RFC 9110 §5.6.1), and for languages and codings the
 * order and letter case, since their weights tell what is preferred (RFC 9110 §12.5.3, §12.5.4). Absent is not the same as empty.
 */
function normalised(name: string, value: string | undefined): string | null {
  if (value === undefined) return null
  if (name !== 'accept-language' && name !== 'accept-encoding') return listMembers(value).join()
  return listMembers(value.toLowerCase()).map((member) => member.replace(/\s+/g, '')).sort().join()
}
