// What an answer tells of a limit: draft-ietf-httpapi-ratelimit-headers-11, and the fields that were usual before it.
import { editFields, type Fields } from '../../http/fields.js'
import type { CountedRequest } from '../../ports.js'
import type { Quota } from './counter.js'

/** Which fields. */
export type Telling = 'standard' | 'legacy' | 'both' | 'none'

/** The policy and its name, as they never change. */
export interface Policy {
  readonly name: string
  readonly fields: Fields
  readonly limit: string
}

/** The name is a structured-field string of letters that need no escape. A window of less than whole seconds cannot be told. */
export function policyOf(name: string, { limit, windowMs }: Quota): Policy {
  const window = windowMs % 1000 === 0 ? `;w=${windowMs / 1000}` : ''
  return { name, fields: ['RateLimit-Policy', `"${name}";q=${limit}${window}`], limit: String(limit) }
}

/** The lines for one answer. */
export function limitFields(telling: Telling, { name, fields, limit }: Policy, { remaining, resetSeconds }: CountedRequest): Fields {
  const standard = telling === 'legacy' || telling === 'none' ? [] : [...fields, 'RateLimit', `"${name}";r=${remaining};t=${resetSeconds}`]
  if (telling === 'standard' || telling === 'none') return standard
  return [...standard, 'X-RateLimit-Limit', limit, 'X-RateLimit-Remaining', String(remaining), 'X-RateLimit-Reset', String(resetSeconds)]
}

/** The lines of an answer with those of a limit. A server's own `RateLimit` stays, since it is a list of limits; of the older fields there can only be one. */
export function withLimitFields(answer: Fields, own: Fields): Fields {
  const legacy = own.findIndex((line, i) => i % 2 === 0 && line.startsWith('X-'))
  if (legacy < 0) return [...answer, ...own]
  return editFields(answer, { set: own.slice(legacy), append: own.slice(0, legacy) })
}
