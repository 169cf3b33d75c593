// What probes make of a target: healthy after so many passes in a row, unhealthy after so many failures; and when to probe next.
import { jittered } from './jitter.js'
import type { ProbeVerdict } from './probe-verdict.js'

/** A target is `unknown` until the first probes agree, and counts as available until then. */
export interface Active {
  readonly status: 'unknown' | 'healthy' | 'unhealthy'
  /** Passes in a row that speak against `status`. */
  readonly passes: number
  /** Failures in a row that speak against `status`. */
  readonly fails: number
  /** When it became healthy after it had been unhealthy, or unhealthy; undefined before either. */
  readonly sinceMs: number | undefined
  /** Of the last failure, as long as it matters. */
  readonly reason: string | undefined
}

export interface ActiveSettings {
  /** Passes in a row that make a target healthy. Default 2. */
  readonly rise: number
  /** Failures in a row that make it unhealthy. Default 3. */
  readonly fall: number
  /** Between two probes. Default 10 s. */
  readonly intervalMs: number
  /** The same while the status is unknown or about to change. Default 1 s. */
  readonly fastIntervalMs: number
  /** By how much either is longer or shorter at random. Default 10. */
  readonly jitterPercent: number
}

export const DEFAULT_ACTIVE: ActiveSettings = { rise: 2, fall: 3, intervalMs: 10_000, fastIntervalMs: 1000, jitterPercent: 10 }

export const UNPROBED: Active = { status: 'unknown', passes: 0, fails: 0, sinceMs: undefined, reason: undefined }

/** The same object where the probe changes nothing. A probe that told nothing breaks no row either. */
export function afterProbe(before: Active, verdict: ProbeVerdict, nowMs: number, { rise, fall }: ActiveSettings): Active {
  switch (verdict.kind) {
    case 'void':
      return before
    case 'pass':
      return afterPass(before, nowMs, rise)
    case 'fail':
      return afterFail(before, verdict.reason, nowMs, fall)
  }
}

function afterPass(before: Active, nowMs: number, rise: number): Active {
  const { status, passes, fails } = before
  if (status === 'healthy') return fails === 0 ? before : { ...before, fails: 0, reason: undefined }
  if (passes + 1 < rise) return { ...before, passes: passes + 1, fails: 0 }
  // The first word on a target is no return: it must not make the target start slowly.
  return { status: 'healthy', passes: 0, fails: 0, sinceMs: status === 'unhealthy' ? nowMs : undefined, reason: undefined }
}

function afterFail(before: Active, reason: string, nowMs: number, fall: number): Active {
  const { status, passes, fails } = before
  if (status === 'unhealthy') return passes === 0 && before.reason === reason ? before : { ...before, passes: 0, reason }
  if (fails + 1 < fall) return { ...before, passes: 0, fails: fails + 1, reason }
  return { status: 'unhealthy', passes: 0, fails: 0, sinceMs: nowMs, reason }
}

/** How long to wait after a probe. `roll` is in [0, 1). */
export function nextProbeDelayMs(state: Active, { intervalMs, fastIntervalMs, jitterPercent }: ActiveSettings, roll: number): number {
  return jittered(isSettled(state) ? intervalMs : Math.min(fastIntervalMs, intervalMs), jitterPercent, roll)
}

/** How long to wait before the first probe: any part of an interval, so that a gateway with many targets does not probe all at one moment. */
export function firstProbeDelayMs({ intervalMs, fastIntervalMs }: ActiveSettings, roll: number): number {
  return roll * Math.min(fastIntervalMs, intervalMs)
}

function isSettled({ status, passes, fails }: Active): boolean {
  return status !== 'unknown' && passes === 0 && fails === 0
}
