// Field lines that a filter vouches for: what clients send under their names, in any spelling, does not pass.
import { type Fields, isNamed } from '../http/fields.js'
import { listMembers } from '../http/tokens.js'

/** The name that a CGI-like origin may read (RFC 3875 §4.1.18): `X_User`, `x.user` and `X-User` are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

/**
 * Makes the function that puts lines under these names in place of the client's. Their names are also taken out of
 * `Connection`, by which a client would have them dropped on the way to the origin. Gives the same list where nothing changes.
 */
export function vouchedFields(names: readonly string[]): (fields: Fields, lines: Fields) => Fields {
  const vouched = new Set(names.map(plainName))
  const lengths = new Set([...vouched].map((name) => name.length))
  return (fields, lines) => {
    let out: string[] | undefined
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i]!
      const value = fields[i + 1]!
      const kept = isNamed(name, 'connection') ? withoutMembers(value, vouched) : lengths.has(name.length) && vouched.has(plainName(name)) ? undefined : value
      if (kept !== value) out ??= fields.slice(0, i)
      if (kept !== undefined) out?.push(name, kept)
    }
    return lines.length === 0 ? (out ?? fields) : [...(out ?? fields), ...lines]
  }
}

/** A list without the members that are named so. Undefined when none is left. */
function withoutMembers(value: string, names: ReadonlySet<string>): string | undefined {
  const members = listMembers(value)
  const kept = members.filter((member) => !names.has(plainName(member)))
  return kept.length === members.length ? value : kept.length === 0 ? undefined : kept.join(', ')
}
