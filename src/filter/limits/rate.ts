// Whether a client keeps up with the least rate at which its body must come.

/** How far a client may be behind, in milliseconds; also how long the first byte may take. */
export const MAX_BEHIND_MS = 10_000

/**
 * The time that is left to a client after a piece for which it was waited. Bytes give time back, but never more than at the
 * start, so that who was quick at first may not be slow for ever. Below 0 it has failed to keep up.
 */
export function timeLeftMs(leftMs: number, bytes: number, waitedMs: number, bytesPerSecond: number): number {
  const left = leftMs - waitedMs
  return left < 0 ? left : Math.min(MAX_BEHIND_MS, left + (bytes / bytesPerSecond) * 1000)
}
