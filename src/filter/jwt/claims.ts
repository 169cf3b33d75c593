// What the claims of a token say: whether they are those that are asked for, and whom they name.
import type { Identity } from '../../exchange.js'
import { claimOf, type Claims } from '../claims.js'

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

/** Whom the token was given to: its subject, or else the client that asked for it. */
export function identityOf(claims: Claims): Identity {
  const name = [claims['sub'], claims['client_id'], claims['azp']].find((claim) => typeof claim === 'string' && claim !== '')
  return { by: 'jwt', name: typeof name === 'string' ? name : 'token', claims }
}
