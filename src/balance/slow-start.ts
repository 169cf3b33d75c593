// How much of its weight a target gets while it warms up.

/** What a target starts with, as a part of its weight (Envoy's floor). */
const FLOOR = 0.1

/**
 * From a tenth to all of it in a straight line over the window. A target that was there when the process started has no
 * `sinceMs` and gets all of it: were the whole pool new, there would be nobody to take the rest. A clock that was set
 * back makes no target start over.
 */
export function warmPart(sinceMs: number | undefined, nowMs: number, windowMs: number): number {
  if (sinceMs === undefined || nowMs < sinceMs || nowMs - sinceMs >= windowMs) return 1
  return Math.max(FLOOR, (nowMs - sinceMs) / windowMs)
}
