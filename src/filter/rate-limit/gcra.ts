// The generic cell rate algorithm, as a leaky bucket (ITU-T I.371 Annex A): a level that sinks steadily, and that each request raises by one.
import { type Algorithm, type Counter, NEARLY, type Quota, wholeSeconds } from './counter.js'

/** In any window at most `limit + burst` pass: the burst, and what drains meanwhile. What is refused counts for nothing. */
export const gcra: Algorithm = {
  count: (counter, nowMs, quota) => {
    const level = levelOf(counter, nowMs, quota)
    const { limit, windowMs, burst } = quota
    const passes = level + 1 <= burst + NEARLY
    const used = passes ? level + 1 : level
    const msOfOne = windowMs / limit
    return {
      counter: { atMs: nowMs, used, before: 0 },
      verdict: passes ? 'pass' : 'refuse',
      remaining: Math.max(0, Math.floor(burst - used + NEARLY)),
      resetSeconds: wholeSeconds((passes ? used : level + 1 - burst) * msOfOne),
    }
  },
  used: levelOf,
  most: ({ burst }) => burst,
}

/** A clock that was set back drains nothing, and goes on from there. */
function levelOf({ atMs, used }: Counter, nowMs: number, { limit, windowMs }: Quota): number {
  return Math.max(0, used - (Math.max(0, nowMs - atMs) * limit) / windowMs)
}
