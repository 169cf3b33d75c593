// Which claim of a token a name means, and how its value is written: as a text, and in header fields for servers.
import type { Fields } from '../http/fields.js'
import { headerText } from './header-text.js'

export type Claims = Readonly<Record<string, unknown>>

/** A claim by its name, or else by a path with dots into one. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let value: unknown = claims
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) return undefined
    value = (value as Claims)[part]
  }
  return value
}

/** Lines that tell servers the claims, each under the header that `forward` gives it; none for those that are not there. */
export function claimLines(claims: Claims, forward: Readonly<Record<string, string>>): Fields {
  return Object.entries(forward).flatMap(([name, header]) => {
    const value = claimOf(claims, name)
    return value === undefined || value === null ? [] : [header, Array.isArray(value) ? value.map((member) => headerText(claimText(member), ',')).join(',') : headerText(claimText(value))]
  })
}

/** A claim as text: strings as they are, all else as JSON. */
export function claimText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
