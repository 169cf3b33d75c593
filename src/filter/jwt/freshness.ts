// When keys that somebody else publishes are asked for again, so that neither a rotation is missed nor the issuer flooded.

/** What is known of the keys. Times are those of the clock, in milliseconds. */
export interface KeyTimes {
  /** When those at hand were asked for; undefined where there are none. */
  readonly gotMs: number | undefined
  /** When they were asked for last, with whatever result. */
  readonly askedMs: number | undefined
  /** Whether that failed. */
  readonly failed: boolean
}

export interface KeyLimits {
  readonly refreshMs: number
  /** Least time between two questions for a key that is not known. */
  readonly coolDownMs: number
  /** Least time after a question that failed. */
  readonly retryMs: number
  /** For how long the last keys stand in for those that cannot be had. */
  readonly staleMs: number
}

/** `use`: those at hand. `use-and-ask`: those at hand, and ask beside it. `ask`: ask first. `fail`: there are none, and it is too early to ask again. */
export type KeyUse = 'use' | 'use-and-ask' | 'ask' | 'fail'

/** What to do for a token. A key that was taken back must not be good for long after a silence, so keys of twice their age are asked for first. */
export function keyUse({ gotMs, askedMs, failed }: KeyTimes, nowMs: number, { refreshMs, retryMs, staleMs }: KeyLimits): KeyUse {
  const mayAsk = askedMs === undefined || !failed || nowMs - askedMs >= retryMs
  if (gotMs === undefined || nowMs - gotMs > staleMs) return mayAsk ? 'ask' : 'fail'
  if (nowMs - gotMs < refreshMs) return 'use'
  if (!mayAsk) return 'use'
  return failed || nowMs - gotMs < 2 * refreshMs ? 'use-and-ask' : 'ask'
}

/** Whether to ask for a key that is not among those at hand. */
export function mayAskForUnknown({ askedMs }: KeyTimes, nowMs: number, { coolDownMs }: KeyLimits): boolean {
  return askedMs === undefined || nowMs - askedMs >= coolDownMs
}
