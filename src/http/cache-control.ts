// Cache-Control directives (RFC 9111 §5.2).
import { listMembers } from './tokens.js'

/** Directives by lower-case name; a directive without argument has the value `true`. */
export type Directives = ReadonlyMap<string, string | true>

export const NO_DIRECTIVES: Directives = new Map()

/** Reads a combined Cache-Control value. The first of a repeated directive counts (RFC 9111 §4.2.1). */
export function parseCacheControl(value: string | undefined): Directives {
  if (value === undefined) return NO_DIRECTIVES
  const directives = new Map<string, string | true>()
  for (const member of listMembers(value)) {
    const equals = member.indexOf('=')
    const name = (equals < 0 ? member : member.slice(0, equals)).trim().toLowerCase()
    // White space around "=" stays in the argument, where it is as invalid as the grammar has it.
    if (!directives.has(name)) directives.set(name, equals < 0 ? true : unquoted(member.slice(equals + 1)))
  }
  return directives
}

/** The largest time that is told apart from "for ever" (RFC 9111 §1.2.2). */
const MAX_SECONDS = 2 ** 31

/** A directive in delta-seconds; 0 when it is there but unreadable, which counts as stale (RFC 9111 §4.2.1); undefined when absent. */
export function deltaSeconds(directives: Directives, name: string): number | undefined {
  const value = directives.get(name)
  if (value === undefined) return undefined
  return value !== true && /^\d+$/.test(value) ? Math.min(Number(value), MAX_SECONDS) : 0
}

/** The field names in the argument of `no-cache` or `private`, in lower case; undefined when the directive is absent or names none, and so is for the whole answer. */
export function namedFields(directives: Directives, name: 'no-cache' | 'private'): ReadonlySet<string> | undefined {
  const value = directives.get(name)
  if (value === undefined || value === true) return undefined
  const names = listMembers(value.toLowerCase())
  return names.length > 0 ? new Set(names) : undefined
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}
