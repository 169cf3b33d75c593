// How many retries a pool may make: a share of its requests of the last ten seconds, and some that are always allowed.

/** The limits of a pool. */
export interface BudgetLimits {
  /** Retries per hundred requests of the window. */
  readonly percent: number
  /**
   * Retries beside that share, for each second of the window. They may all be made at once: a quiet pool can retry, and
   * what a killed server had under way is repeated.
   */
  readonly minPerSecond: number
}

/** What was counted in one second. */
interface Second {
  readonly second: number
  readonly requests: number
  readonly retries: number
}

/** What was counted in the second of the last count, and in those before it that are not too long ago, newest first. */
export interface BudgetWindow extends Second {
  readonly before: readonly Second[]
}

const WINDOW_SECONDS = 10

/** A window in which nothing was counted. */
export const EMPTY_WINDOW: BudgetWindow = { second: 0, requests: 0, retries: 0, before: [] }

/** Counts a request, however many attempts it may need. */
export function countRequest(window: BudgetWindow, nowMs: number): BudgetWindow {
  const { second, requests, retries, before } = windowAt(window, nowMs)
  return { second, requests: requests + 1, retries, before }
}

/**
 * Counts a retry; undefined when the budget has none left, as past it retries would only add to what is wrong. The
 * current second and the ten before it count, so that no ten seconds whatever see more than the limits allow.
 */
export function countRetry(window: BudgetWindow, { percent, minPerSecond }: BudgetLimits, nowMs: number): BudgetWindow | undefined {
  const { second, requests, retries, before } = windowAt(window, nowMs)
  const allowed = WINDOW_SECONDS * minPerSecond + (percent / 100) * before.reduce((sum, past) => sum + past.requests, requests)
  const made = before.reduce((sum, past) => sum + past.retries, retries)
  return made + 1 > allowed ? undefined : { second, requests, retries: retries + 1, before }
}

/**
 * The window with the second that is now at its front. A clock that was set back a little counts on in the second it
 * had reached; one that was set back further has nothing to compare with and begins anew.
 */
function windowAt(window: BudgetWindow, nowMs: number): BudgetWindow {
  const now = Math.floor(nowMs / 1000)
  const { second, requests, retries, before } = window
  if (now <= second && now >= second - WINDOW_SECONDS) return window
  const kept = now < second ? [] : [{ second, requests, retries }, ...before].filter((past) => past.second >= now - WINDOW_SECONDS)
  return { second: now, requests: 0, retries: 0, before: kept }
}
