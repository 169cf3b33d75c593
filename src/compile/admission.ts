// From what is written of a pool's limits to the settings of its admission.
import { DEFAULT_BREAKER } from '../balance/protect/breaker.js'
import { DEFAULT_CONCURRENCY } from '../balance/protect/concurrency.js'
import { DEFAULT_LIMITS } from '../balance/protect/limits.js'
import type { AdmissionSettings } from '../balance/protect/stage.js'
import type { UpstreamConfig } from '../config/schema.js'

const DEFAULT_PENDING_TIMEOUT_MS = 1000

/** The limits of a pool, with those that nobody wrote down. */
export function compileAdmission({ maxInFlight = DEFAULT_LIMITS.maxInFlight, maxInFlightPerTarget, maxPending, pendingTimeout, pendingOrder = 'fifo', adaptive = false, failurePercent, openFor }: NonNullable<UpstreamConfig['breaker']> = {}): AdmissionSettings {
  return {
    maxInFlight,
    maxInFlightPerTarget,
    maxPending: maxPending ?? DEFAULT_LIMITS.maxPending,
    pendingTimeoutMs: pendingTimeout ?? DEFAULT_PENDING_TIMEOUT_MS,
    order: pendingOrder,
    concurrency: adaptive ? { ...DEFAULT_CONCURRENCY, maxLimit: maxInFlight, initialLimit: Math.min(DEFAULT_CONCURRENCY.initialLimit, maxInFlight), minLimit: Math.min(DEFAULT_CONCURRENCY.minLimit, maxInFlight) } : undefined,
    breaker: failurePercent === undefined ? undefined : { ...DEFAULT_BREAKER, percent: failurePercent, openMs: openFor ?? DEFAULT_BREAKER.openMs },
  }
}
