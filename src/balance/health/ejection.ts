// How long a target is kept out, how it comes back, and what is remembered of it: one target's part in passive checks.
import { jittered } from './jitter.js'
import { isOver } from './span.js'
import type { Suspicion } from './tally.js'

export type EjectionReason = Suspicion | 'success-rate' | 'failed-trial'

/** Why a target stays although its answers are reason to eject it. */
export type Spared = 'last-available' | 'too-many-ejected'

/** `in`: takes part. `out`: gets nothing, then, once its time is over, as many requests as there are trials. */
export type Passive = In | Out

export interface In {
  readonly phase: 'in'
  /** How often it was ejected, less what was forgotten. */
  readonly timesEjected: number
  /** When it came back; undefined when it never was out. */
  readonly sinceMs: number | undefined
  readonly spared: Spared | undefined
}

export interface Out {
  readonly phase: 'out'
  readonly reason: EjectionReason
  readonly timesEjected: number
  readonly sinceMs: number
  readonly forMs: number
  /** Trials that are under way. */
  readonly trials: number
  readonly lastTrialMs: number
}

export interface EjectionSettings {
  /** Of the first ejection; the second is twice as long, the third three times. Default 10 s. */
  readonly ejectForMs: number
  /** Longest ejection. Default 300 s. */
  readonly maxEjectForMs: number
  /** By how much it is longer or shorter at random. Default 20. */
  readonly jitterPercent: number
  /** Time in service for which one ejection is forgotten. Default 60 s. */
  readonly forgetAfterMs: number
  /** Requests at a time that may find out whether a target is well again. Default 1. */
  readonly trials: number
  /** After which a trial that was never settled no longer counts as under way. Default 60 s. */
  readonly trialTimeoutMs: number
}

export const NEVER_OUT: In = { phase: 'in', timesEjected: 0, sinceMs: undefined, spared: undefined }

export function eject(before: Passive, reason: EjectionReason, nowMs: number, roll: number, settings: EjectionSettings): Out {
  const timesEjected = remembered(before, nowMs, settings) + 1
  return { phase: 'out', reason, timesEjected, sinceMs: nowMs, forMs: ejectionMs(timesEjected, settings, roll), trials: 0, lastTrialMs: nowMs }
}

/** Never longer than the maximum. What stands near it keeps its spread, or all targets of an outage would come back at one moment. */
export function ejectionMs(timesEjected: number, { ejectForMs, maxEjectForMs, jitterPercent }: EjectionSettings, roll: number): number {
  return jittered(Math.min(ejectForMs * timesEjected, maxEjectForMs / (1 + jitterPercent / 100)), jitterPercent, roll)
}

function remembered(before: Passive, nowMs: number, { forgetAfterMs }: EjectionSettings): number {
  if (before.phase === 'out' || before.sinceMs === undefined) return before.timesEjected
  const wellMs = Math.max(0, nowMs - before.sinceMs)
  return Math.max(0, before.timesEjected - Math.floor(wellMs / forgetAfterMs))
}

/** Takes part again. */
export function readmit({ timesEjected }: Out, nowMs: number): In {
  return { phase: 'in', timesEjected, sinceMs: nowMs, spared: undefined }
}

/** Whether one request may be let through on trial. */
export function hasTrial({ sinceMs, forMs, trials, lastTrialMs }: Out, nowMs: number, settings: EjectionSettings): boolean {
  return isOver(sinceMs, forMs, nowMs) && (trials < settings.trials || isOver(lastTrialMs, settings.trialTimeoutMs, nowMs))
}

/** With a trial begun. Where those under way are overdue, they no longer count. */
export function beginTrial(out: Out, nowMs: number, { trialTimeoutMs }: EjectionSettings): Out {
  return { ...out, trials: isOver(out.lastTrialMs, trialTimeoutMs, nowMs) ? 1 : out.trials + 1, lastTrialMs: nowMs }
}

/** With a trial ended that told nothing. */
export function endTrial(out: Out): Out {
  return { ...out, trials: Math.max(0, out.trials - 1) }
}
