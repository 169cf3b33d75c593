// Which content coding a client wants most of those on offer (RFC 9110 §12.5.3).
import { listMembers } from '../http/tokens.js'
import type { Coding } from '../ports.js'

/** Weights by name, in lower case. */
type Weights = ReadonlyMap<string, number>

/**
 * The coding with the highest weight, of equal ones the first on offer; undefined for none: the client names none of them,
 * refuses them, or prefers `identity` by a weight of its own. What it would have to be sent uncoded although it refuses
 * that, it is sent uncoded. A client without the field is sent nothing coded: many of those could not read it.
 */
export function chooseCoding(accepted: string | undefined, offered: readonly Coding[]): Coding | undefined {
  if (accepted === undefined) return undefined
  const weights = weightsOf(accepted)
  const others = weights.get('*') ?? 0
  let best: Coding | undefined
  let most = Math.max(weights.get('identity') ?? 0, Number.MIN_VALUE)
  for (const coding of offered) {
    const weight = weights.get(coding) ?? others
    if (best === undefined ? weight < most : weight <= most) continue
    best = coding
    most = weight
  }
  return best
}

/** Of a coding that is named twice the lower weight counts: a refusal is not to be overheard. A member with a malformed weight is none. */
function weightsOf(accepted: string): Weights {
  const weights = new Map<string, number>()
  for (const member of listMembers(accepted.toLowerCase())) {
    const [, name, weight = '1'] = MEMBER.exec(member) ?? []
    if (name === undefined) continue
    const coding = name === 'x-gzip' ? 'gzip' : name
    weights.set(coding, Math.min(Number(weight), weights.get(coding) ?? 1))
  }
  return weights
}

/** A coding and its weight (RFC 9110 §12.4.2); more than three digits do no harm. */
const MEMBER = /^([^\s;]+)(?:\s*;\s*q=(0(?:\.\d*)?|1(?:\.0*)?))?$/
