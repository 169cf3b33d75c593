// Whether a stored answer may be used for a request (RFC 9111 §4, §5.2.1; RFC 5861).
import { type Directives, deltaSeconds, NO_DIRECTIVES, parseCacheControl } from '../http/cache-control.js'
import { combinedValue, type Fields, fieldValue } from '../http/fields.js'
import type { Reuse, StaleUse } from './decision.js'
import { ageSeconds, type Terms } from './entry.js'
import type { Policy } from './policy.js'

/** The request's directives; `Pragma: no-cache` counts where there is no Cache-Control (RFC 9111 §5.4). */
export function requestDirectives(fields: Fields): Directives {
  const value = combinedValue(fields, 'cache-control')
  if (value !== undefined) return parseCacheControl(value)
  const pragma = fieldValue(fields, 'pragma')
  return pragma === undefined || pragma.trim().toLowerCase() !== 'no-cache' ? NO_DIRECTIVES : NO_CACHE
}

const NO_CACHE: Directives = new Map([['no-cache', true]])

/** Serves what is fresh, and what is stale where the answer or the client allows it. `wanted` are the directives of a client that is obeyed. */
export function mayServe(terms: Terms, wanted: Directives, whileRevalidateSeconds: number, nowMs: number): Reuse {
  const age = ageSeconds(terms, nowMs)
  const ttlSeconds = terms.lifetimeSeconds - age
  if (terms.validates) return { kind: 'ask', reason: 'stale' }
  if (wanted.size > 0) {
    if (wanted.has('no-cache') || age > (deltaSeconds(wanted, 'max-age') ?? Infinity)) return { kind: 'ask', reason: 'request' }
    const minFresh = deltaSeconds(wanted, 'min-fresh')
    if (minFresh !== undefined && ttlSeconds < minFresh) return { kind: 'ask', reason: ttlSeconds > 0 ? 'request' : 'stale' }
  }
  if (ttlSeconds > 0) return { kind: 'serve', ageSeconds: age, ttlSeconds }
  if (terms.strict) return { kind: 'ask', reason: 'stale' }
  // `max-stale` without a number takes anything.
  const maxStale = wanted.get('max-stale') === true ? Infinity : deltaSeconds(wanted, 'max-stale')
  if (maxStale !== undefined && -ttlSeconds <= maxStale) return { kind: 'serve', ageSeconds: age, ttlSeconds }
  const window = Math.max(terms.whileRevalidateSeconds, whileRevalidateSeconds)
  return -ttlSeconds < window ? { kind: 'serve-and-validate', ageSeconds: age, ttlSeconds } : { kind: 'ask', reason: 'stale' }
}

/**
 * Whether a fresh answer is refreshed before its time, so that a popular one is never missing: the nearer the end and
 * the dearer the answer, the likelier (exponential, so that on average one request does it). `roll` is in [0, 1).
 */
export function refreshesEarly({ costMs }: Terms, ttlSeconds: number, eagerness: number, roll: number): boolean {
  return ttlSeconds * 1000 < -costMs * eagerness * Math.log(1 - roll)
}

/** Answers that `stale-if-error` is for (RFC 5861 §4). */
const ERRORS: ReadonlySet<number> = new Set([500, 502, 503, 504])

/** Whether this status is a failure for which a stored answer may stand in. */
export function isOriginError(status: number): boolean {
  return ERRORS.has(status)
}

/**
 * Whether a stale answer stands in for an origin that gave an error, or none at all (`status` undefined). An error that
 * the origin gave passes unless the answer says `stale-if-error` or the operator does; for silence, a time of its own counts too (RFC 9111 §4.2.4).
 */
export function mayServeStale(terms: Terms, status: number | undefined, policy: StaleWindows, nowMs: number): StaleUse {
  if (terms.strict) return { kind: 'refuse', reason: 'must be validated' }
  const failure = status === undefined ? 'unreachable' : 'error'
  const window = standInSeconds(terms, failure, policy)
  if (window !== undefined && ageSeconds(terms, nowMs) - terms.lifetimeSeconds <= window) return { kind: 'serve', reason: failure }
  return { kind: 'refuse', reason: failure === 'error' ? 'error passes' : 'too old' }
}

/** How long past its freshness an answer stands in for an origin that gives errors, or cannot be reached; undefined for never. */
export function standInSeconds(terms: Terms, failure: 'error' | 'unreachable', { ifErrorSeconds, ifUnreachableSeconds }: StaleWindows): number | undefined {
  if (terms.strict) return undefined
  const forErrors = longer(terms.ifErrorSeconds, ifErrorSeconds)
  return failure === 'error' ? forErrors : longer(forErrors, ifUnreachableSeconds)
}

/** What an operator allows where an answer says nothing, or less. */
type StaleWindows = Pick<Policy, 'ifErrorSeconds' | 'ifUnreachableSeconds'>

function longer(told: number | undefined, configured: number | undefined): number | undefined {
  return told === undefined || configured === undefined ? (told ?? configured) : Math.max(told, configured)
}
