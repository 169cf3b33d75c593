// What is counted of a target's answers, and whether it gives reason to eject it.
import { clear, count, emptyWindow, exceeds, type FailureRatio, type Window } from './window.js'

/** Written in place, as the window is: a success on a healthy target changes numbers and makes no object. */
export interface Tally {
  failuresInARow: number
  readonly window: Window
}

/** When a target's own answers are reason to eject it. */
export interface SuspicionSettings {
  /** Failures with no success between. 0 for never. Default 5. */
  readonly consecutiveFailures: number
  /** Undefined for never. */
  readonly failureRatio: FailureRatio | undefined
  /** Over which outcomes are counted. Default 10 s. */
  readonly windowMs: number
}

export type Suspicion = 'consecutive-failures' | 'failure-ratio'

export function emptyTally(): Tally {
  return { failuresInARow: 0, window: emptyWindow() }
}

export function tallySuccess(tally: Tally, nowMs: number, windowMs: number): void {
  tally.failuresInARow = 0
  count(tally.window, true, nowMs, windowMs)
}

export function tallyFailure(tally: Tally, nowMs: number, windowMs: number): void {
  tally.failuresInARow++
  count(tally.window, false, nowMs, windowMs)
}

export function clearTally(tally: Tally): void {
  tally.failuresInARow = 0
  clear(tally.window)
}

export function suspicionOf({ failuresInARow, window }: Tally, { consecutiveFailures, failureRatio }: SuspicionSettings): Suspicion | undefined {
  if (consecutiveFailures > 0 && failuresInARow >= consecutiveFailures) return 'consecutive-failures'
  return failureRatio && exceeds(window, failureRatio) ? 'failure-ratio' : undefined
}
