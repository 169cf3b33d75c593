// Cache-Control directives (RFC 9111 §5.2).
import { listMembers } from './tokens.js'

/** Directives by lower-case name; a directive without argument has the value `true`. */
export type Directives = ReadonlyMap<string, string | true>

/** Reads a combined Cache-Control value. The first of a repeated directive counts (RFC 9111 §4.2.1). */
export function parseCacheControl(value: string | undefined): Directives {
  const directives = new Map<string, string | true>()
  for (const member of value === undefined ? [] : listMembers(value)) {
    const equals = member.indexOf('=')
    const name = (equals < 0 ? member : member.slice(0, equals)).trim().toLowerCase()
    if (!directives.has(name)) directives.set(name, equals < 0 ? true : unquoted(member.slice(equals + 1).trim()))
  }
  return directives
}

/** A directive in delta-seconds; 0 when it is there but unreadable, which counts as stale (RFC 9111 §4.2.1); undefined when absent. */
export function deltaSeconds(directives: Directives, name: string): number | undefined {
  const value = directives.get(name)
  if (value === undefined) return undefined
  return value !== true && /^\d+$/.test(value) ? Math.min(Number(value), 2 ** 31) : 0
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
