// When a client that is refused may try again (RFC 9110 §10.2.3).

const MIN_SECONDS = 1
const MAX_SECONDS = 120

/** How long it takes until all who wait have been served, at so many places and so long for each request. */
export function queueDrainMs(pending: number, places: number, requestMs: number): number {
  return places > 0 ? (pending * requestMs) / places : Infinity
}

/**
 * Whole seconds for Retry-After, from the wait up to twice as long: clients that were refused together are not to come
 * back together. `roll` is in [0, 1).
 */
export function retryAfterSeconds(waitMs: number, roll: number): number {
  const seconds = Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, waitMs / 1000))
  return Math.min(MAX_SECONDS, Math.ceil(seconds * (1 + roll)))
}
