// How long an answer stays fresh and how old it is (RFC 9111 §4.2).
import { type Directives, deltaSeconds } from '../http/cache-control.js'

/** Explicit lifetime for a shared cache: `s-maxage`, else `max-age` (RFC 9111 §4.2.1). Undefined when neither is there. */
export function lifetimeSeconds(directives: Directives): number | undefined {
  return deltaSeconds(directives, 's-maxage') ?? deltaSeconds(directives, 'max-age')
}

/** When an answer was asked for, when it came, and how old it said it was. */
export interface Times {
  readonly requestMs: number
  readonly responseMs: number
  readonly ageSeconds: number
}

/** Current age (RFC 9111 §4.2.3), without the Date field: the clocks of origins are not to be trusted with freshness. */
export function currentAgeSeconds({ requestMs, responseMs, ageSeconds }: Times, nowMs: number): number {
  const delaySeconds = Math.max(0, responseMs - requestMs) / 1000
  const residentSeconds = Math.max(0, nowMs - responseMs) / 1000
  return Math.floor(ageSeconds + delaySeconds + residentSeconds)
}
