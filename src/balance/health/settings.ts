// The settings of passive checks and their defaults.
import type { DeviationSettings } from './deviation.js'
import type { EjectionSettings } from './ejection.js'
import type { SuspicionSettings } from './tally.js'

export interface PassiveSettings extends SuspicionSettings, EjectionSettings {
  /** Comparison of the targets with one another; undefined for none. */
  readonly deviation: DeviationSettings | undefined
  /** Part of the pool that may be out at a time, in percent. The last available target never is. Default 50. */
  readonly maxEjectedPercent: number
}

export const DEFAULT_PASSIVE: PassiveSettings = {
  consecutiveFailures: 5,
  failureRatio: { minSamples: 20, percent: 50 },
  windowMs: 10_000,
  deviation: { factor: 1.9, minHosts: 5, minRequests: 100, minGapPercent: 5 },
  ejectForMs: 10_000,
  maxEjectForMs: 300_000,
  jitterPercent: 20,
  forgetAfterMs: 60_000,
  trials: 1,
  trialTimeoutMs: 60_000,
  maxEjectedPercent: 50,
}
