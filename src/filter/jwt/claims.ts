// What the claims of a token say: whether they are those that are asked for, whom they name, and what servers are told of them.
import type { Identity } from '../../exchange.js'
import type { Fields } from '../../http/fields.js'
import { headerText } from '../header-text.js'

export type Claims = Readonly<Record<string, unknown>>
type Scalar = string | number | boolean

/** Claims that must be there. */
export interface Demands {
  readonly scopes: readonly string[]
  readonly required: Readonly<Record<string, Scalar | readonly Scalar[]>>
}

/** Which demand is not met; undefined when all are. */
export function unmetDemand(claims: Claims, { scopes, required }: Demands): string | undefined {
  const granted = new Set([claims['scope'], claims['scp']].flatMap((claim) => (typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? (claim as unknown[]) : [])))
  const missing = scopes.find((scope) => !granted.has(scope))
  if (missing !== undefined) return `scope ${missing}`
  for (const [name, wanted] of Object.entries(required)) {
    const claim = claimOf(claims, name)
    const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
    if (![wanted].flat().some((value) => values.includes(value))) return `claim ${name}`
  }
  return undefined
}

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

/** Lines that tell servers the claims; none for those that the token has not. */
export function claimLines(claims: Claims, forward: Readonly<Record<string, string>>): Fields {
  return Object.entries(forward).flatMap(([name, header]) => {
    const value = claimOf(claims, name)
    return value === undefined || value === null ? [] : [header, valueText(value)]
  })
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map((member) => headerText(plainText(member), ',')).join(',')
  return headerText(plainText(value))
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whom the token was given to: its subject, or else the client that asked for it. */
export function identityOf(claims: Claims): Identity {
  const name = [claims['sub'], claims['client_id'], claims['azp']].find((claim) => typeof claim === 'string' && claim !== '')
  return { by: 'jwt', name: typeof name === 'string' ? name : 'token', claims }
}
