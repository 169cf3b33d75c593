// What is remembered of one key, and what counting a request against it gives.

/** How many requests may come in which time. */
export interface Quota {
  readonly limit: number
  readonly windowMs: number
  /** How many may come at once; only GCRA has it. */
  readonly burst: number
}

/** Three numbers, whose meaning is the algorithm's own. */
export interface Counter {
  /** The time that the others are of: milliseconds since 1970. */
  readonly atMs: number
  readonly used: number
  /** What was used before that. */
  readonly before: number
}

/** A key of which nothing is known. */
export const UNUSED: Counter = { atMs: 0, used: 0, before: 0 }

/** A request, counted. */
export interface Counted {
  readonly counter: Counter
  readonly verdict: 'pass' | 'refuse'
  /** How many more may come now. */
  readonly remaining: number
  /** When the next one may come, for one that is refused; when all of the quota is there again, for one that passes. Whole seconds, at least 1. */
  readonly resetSeconds: number
}

/** A way to count. A clock that was set back makes nobody wait for longer than the quota says. */
export interface Algorithm {
  readonly count: (counter: Counter, nowMs: number, quota: Quota) => Counted
  /** How much of the quota the key has used; 0 when it can as well be forgotten. */
  readonly used: (counter: Counter, nowMs: number, quota: Quota) => number
  /** How much can be used. */
  readonly most: (quota: Quota) => number
}

/** Rounding may make a whole number a little more or less than it is. */
export const NEARLY = 1e-6

/** Whole seconds, rounded up: whoever waits for so long has waited long enough. */
export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000 - NEARLY))
}
