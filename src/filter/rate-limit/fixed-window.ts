// Counting in windows that begin at multiples of their length, the same for everybody.
import { type Algorithm, type Counter, type Quota, wholeSeconds } from './counter.js'

/** In each window at most `limit` pass; around the border of two, twice as many may come in a short time. */
export const fixedWindow: Algorithm = {
  count: (counter, nowMs, quota) => {
    const { atMs, used: before } = inWindow(counter, nowMs, quota)
    const { limit, windowMs } = quota
    const passes = before < limit
    const used = passes ? before + 1 : before
    return { counter: { atMs, used, before: 0 }, verdict: passes ? 'pass' : 'refuse', remaining: limit - used, resetSeconds: wholeSeconds(atMs + windowMs - nowMs) }
  },
  used: (counter, nowMs, quota) => inWindow(counter, nowMs, quota).used,
  most: ({ limit }) => limit,
}

/** The counter in the window of now. A clock that was set back takes its count along, for a window at most; over a border and back it stays in the later one. */
function inWindow(counter: Counter, nowMs: number, { windowMs }: Quota): Counter {
  const atMs = windowStart(nowMs, windowMs)
  if (atMs > counter.atMs) return { atMs, used: 0, before: 0 }
  return atMs >= counter.atMs - windowMs ? counter : { ...counter, atMs }
}

/** When the window began that is now. */
export function windowStart(nowMs: number, windowMs: number): number {
  return Math.floor(nowMs / windowMs) * windowMs
}
