// The deadline of a route: one limit over all attempts and the whole answer.
import type { Clock } from '../ports.js'

/** A deadline under way. */
export interface Deadline {
  /** Aborted when the client goes away or the time is up. */
  readonly signal: AbortSignal | undefined
  /** Whether the time was up before the client went. */
  readonly expired: () => boolean
}

/** Starts a deadline of so many milliseconds; without one, the client's signal is all there is. */
export function startDeadline(limitMs: number | undefined, client: AbortSignal | undefined, clock: Pick<Clock, 'sleep'>): Deadline {
  if (limitMs === undefined) return { signal: client, expired: () => false }
  const timer = new AbortController()
  let expired = false
  void clock.sleep(limitMs, client).then(() => {
    expired = client?.aborted !== true
    timer.abort()
  })
  return { signal: timer.signal, expired: () => expired }
}
