// Whether a stored answer may be served (RFC 9111 §4).
import type { StoredAnswer } from './entry.js'
import type { Reuse } from './decision.js'
import { currentAgeSeconds } from './freshness.js'

/** Serves what is fresh; anything else goes to the origin. */
export function mayServe(entry: StoredAnswer, nowMs: number): Reuse {
  const ageSeconds = currentAgeSeconds(entry.times, nowMs)
  return ageSeconds < entry.lifetimeSeconds ? { kind: 'serve', entry, ageSeconds } : { kind: 'ask', reason: 'stale' }
}
