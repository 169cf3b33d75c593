// A window that slides, estimated from two that stand still: what the last one counted weighs as much as still reaches into the present.
import { type Algorithm, type Counter, NEARLY, type Quota, wholeSeconds } from './counter.js'
import { windowStart } from './fixed-window.js'

/** No double burst around the border of two windows. Exact where requests come evenly; where all of a window came at its end, up to twice the limit pass in a time of its length. */
export const slidingWindow: Algorithm = {
  count: (counter, nowMs, quota) => {
    const { atMs, used, before } = inWindow(counter, nowMs, quota)
    const { limit, windowMs } = quota
    const gone = share(atMs, nowMs, windowMs)
    const estimate = used + before * (1 - gone)
    const passes = estimate + 1 <= limit + NEARLY
    const counted = passes ? used + 1 : used
    return {
      counter: { atMs, used: counted, before },
      verdict: passes ? 'pass' : 'refuse',
      remaining: Math.max(0, Math.floor(limit - estimate - (passes ? 1 : 0) + NEARLY)),
      resetSeconds: wholeSeconds((passes ? 2 - gone : untilRoom(used, before, limit) - gone) * windowMs),
    }
  },
  used: (counter, nowMs, quota) => {
    const { atMs, used, before } = inWindow(counter, nowMs, quota)
    return used + before * (1 - share(atMs, nowMs, quota.windowMs))
  },
  most: ({ limit }) => limit,
}

/** In windows from the beginning of this one: when one more fits, if nobody else comes. */
function untilRoom(used: number, before: number, limit: number): number {
  // Within this window what is left of the last one fades; at its end this one begins to.
  return used + 1 <= limit ? 1 - (limit - used - 1) / before : 1 + 1 - (limit - 1) / used
}

function share(atMs: number, nowMs: number, windowMs: number): number {
  return Math.max(0, nowMs - atMs) / windowMs
}

/** The counter in the window of now; with a clock that was set back as in `fixedWindow`. */
function inWindow(counter: Counter, nowMs: number, { windowMs }: Quota): Counter {
  const atMs = windowStart(nowMs, windowMs)
  if (atMs > counter.atMs) return { atMs, used: 0, before: atMs - counter.atMs === windowMs ? counter.used : 0 }
  return atMs >= counter.atMs - windowMs ? counter : { ...counter, atMs }
}
