// The circuit breaker of a target or a pool: when it opens, whom it lets through until it is closed again.
import type { Observation } from '../health/observation.js'
import { isOver } from '../health/span.js'
import { clear, count, emptyWindow, exceeds, type FailureRatio, type Window } from '../health/window.js'

/**
 * `closed` lets all through; `open` nobody; `half-open` a few on trial; `ramp` a share that grows to all. Plain values;
 * the window alone is written in place, so that an outcome that decides nothing makes no object.
 */
export type Breaker = Closed | Open | HalfOpen | Ramp

interface Common {
  /** How often it opened, since it last was closed for long. */
  readonly openings: number
  readonly sinceMs: number
  readonly window: Window
}

export interface Closed extends Common {
  readonly phase: 'closed'
}

export interface Open extends Common {
  readonly phase: 'open'
  readonly forMs: number
  readonly reason: OpenReason
}

export interface HalfOpen extends Common {
  readonly phase: 'half-open'
  /** Trials begun, less those that told nothing. */
  readonly begun: number
  readonly passed: number
  readonly lastTrialMs: number
}

export interface Ramp extends Common {
  readonly phase: 'ramp'
}

export type OpenReason = 'failure-ratio' | 'failed-trial'

export interface BreakerSettings extends FailureRatio {
  /** Over which outcomes are counted. Default 10 s. */
  readonly windowMs: number
  /** Time open for the first time; each further time it is twice as long. Default 10 s. */
  readonly openMs: number
  /** Longest time open, and time closed after which former openings are forgotten. Default 300 s. */
  readonly maxOpenMs: number
  /** Requests let through while half-open, all of which must go well. Default 1. */
  readonly trials: number
  /** After which trials that were never settled no longer count. Default 60 s. */
  readonly trialTimeoutMs: number
  /** Over which the share of requests grows to all. 0 for none. Default 10 s. */
  readonly rampMs: number
}

export const DEFAULT_BREAKER: BreakerSettings = { minSamples: 20, percent: 50, windowMs: 10_000, openMs: 10_000, maxOpenMs: 300_000, trials: 1, trialTimeoutMs: 60_000, rampMs: 10_000 }

export function closedBreaker(nowMs: number): Breaker {
  return { phase: 'closed', openings: 0, sinceMs: nowMs, window: emptyWindow() }
}

/** `trial`: it may go when {@link beginTrial} is told, and {@link settleTrial} is told how it went. */
export type Passage = 'pass' | 'trial' | 'refuse'

/** What becomes of a request. `roll` is in [0, 1). */
export function passageAt(breaker: Breaker, nowMs: number, roll: number, settings: BreakerSettings): Passage {
  switch (breaker.phase) {
    case 'closed':
      return 'pass'
    case 'open':
      return isOver(breaker.sinceMs, breaker.forMs, nowMs) ? 'trial' : 'refuse'
    case 'half-open':
      return breaker.begun < settings.trials || isOver(breaker.lastTrialMs, settings.trialTimeoutMs, nowMs) ? 'trial' : 'refuse'
    case 'ramp':
      return roll < rampShare(breaker, nowMs, settings) ? 'pass' : 'refuse'
  }
}

/** Share of the requests that a ramp lets through. */
export function rampShare({ sinceMs }: Ramp, nowMs: number, { rampMs }: BreakerSettings): number {
  return isOver(sinceMs, rampMs, nowMs) ? 1 : (nowMs - sinceMs) / rampMs
}

export function beginTrial(breaker: Breaker, nowMs: number, { trialTimeoutMs }: BreakerSettings): Breaker {
  if (breaker.phase === 'open') return { phase: 'half-open', openings: breaker.openings, sinceMs: nowMs, window: breaker.window, begun: 1, passed: 0, lastTrialMs: nowMs }
  if (breaker.phase !== 'half-open') return breaker
  const { begun, passed, lastTrialMs } = breaker
  return { ...breaker, begun: (isOver(lastTrialMs, trialTimeoutMs, nowMs) ? passed : begun) + 1, lastTrialMs: nowMs }
}

/** The same when those who would settle its trials are gone: others may begin. */
export function withoutTrials(breaker: Breaker): Breaker {
  return breaker.phase === 'half-open' ? { ...breaker, begun: breaker.passed } : breaker
}

/** After a trial. Once all have gone well the ramp begins; the first that fails opens the breaker for longer. */
export function settleTrial(breaker: Breaker, observation: Observation, nowMs: number, settings: BreakerSettings): Breaker {
  // Another trial has decided in the meantime. What this one tells comes too late to count.
  if (breaker.phase !== 'half-open') return breaker
  const { begun, passed } = breaker
  if (observation.kind === 'failure') return opened(breaker, 'failed-trial', breaker.openings + 1, nowMs, settings)
  if (observation.kind !== 'success') return { ...breaker, begun: Math.max(passed, begun - 1) }
  if (passed + 1 < settings.trials) return { ...breaker, passed: passed + 1 }
  clear(breaker.window)
  return { phase: 'ramp', openings: breaker.openings, sinceMs: nowMs, window: breaker.window }
}

/** After a request that was no trial. Answers to requests from before it opened change nothing. */
export function observe(breaker: Breaker, observation: Observation, nowMs: number, settings: BreakerSettings): Breaker {
  if (breaker.phase === 'open' || breaker.phase === 'half-open') return breaker
  if (observation.kind !== 'success' && observation.kind !== 'failure') return breaker
  const { phase, sinceMs, openings, window } = breaker
  count(window, observation.kind === 'success', nowMs, settings.windowMs)
  if (observation.kind === 'failure' && exceeds(window, settings)) return opened(breaker, 'failure-ratio', isOver(sinceMs, settings.maxOpenMs, nowMs) ? 1 : openings + 1, nowMs, settings)
  return phase === 'ramp' && isOver(sinceMs, settings.rampMs, nowMs) ? { phase: 'closed', openings, sinceMs: nowMs, window } : breaker
}

/** How long it still refuses everybody, as far as is known; 0 when it does not. */
export function refusesForMs(breaker: Breaker, nowMs: number): number {
  return breaker.phase === 'open' && !isOver(breaker.sinceMs, breaker.forMs, nowMs) ? breaker.sinceMs + breaker.forMs - nowMs : 0
}

function opened({ window }: Breaker, reason: OpenReason, openings: number, nowMs: number, { openMs, maxOpenMs }: BreakerSettings): Open {
  return { phase: 'open', openings, sinceMs: nowMs, window, forMs: Math.min(openMs * 2 ** (openings - 1), maxOpenMs), reason }
}
