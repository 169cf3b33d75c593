// All that is known of one target, and what it comes to: whether the target may be picked, and why not.
import type { Active } from './active.js'
import { type EjectionReason, type EjectionSettings, hasTrial, type Passive } from './ejection.js'
import type { Tally } from './tally.js'

/** Plain values: they can be written as JSON, and outlive a reload. */
export interface TargetHealth {
  /** What probes found. */
  readonly active: Active
  /** What requests found. */
  readonly passive: Passive
  readonly tally: Tally
}

/** `half-open`: it was ejected, and a request may now find out whether it is well. */
export type Standing = 'healthy' | 'half-open' | 'unhealthy' | 'ejected'

export function standingOf({ active, passive }: TargetHealth, nowMs: number, settings: EjectionSettings): Standing {
  if (active.status === 'unhealthy') return 'unhealthy'
  if (passive.phase === 'in') return 'healthy'
  return hasTrial(passive, nowMs, settings) ? 'half-open' : 'ejected'
}

/** Whether it takes part in full. An ejection counts until a trial has ended it. */
export function isAvailable({ active, passive }: TargetHealth): boolean {
  return active.status !== 'unhealthy' && passive.phase === 'in'
}

/** When time alone may change its standing next: at the end of its ejection, or when a trial is overdue. Infinity for never. */
export function changesAtMs({ passive }: TargetHealth, { trials, trialTimeoutMs }: EjectionSettings): number {
  if (passive.phase === 'in') return Infinity
  const endMs = passive.sinceMs + passive.forMs
  return passive.trials < trials ? endMs : Math.max(endMs, passive.lastTrialMs + trialTimeoutMs)
}

/** When it last came back; undefined when it never was away. Slow start counts from here. */
export function backSinceMs({ active, passive }: TargetHealth): number | undefined {
  const probedMs = active.status === 'healthy' ? active.sinceMs : undefined
  const readmittedMs = passive.phase === 'in' ? passive.sinceMs : undefined
  return probedMs === undefined || readmittedMs === undefined ? (probedMs ?? readmittedMs) : Math.max(probedMs, readmittedMs)
}

const EJECTED_FOR: Readonly<Record<EjectionReason, string>> = {
  'consecutive-failures': 'too many failures in a row',
  'failure-ratio': 'too large a share of failures',
  'success-rate': 'many more failures than the others',
  'failed-trial': 'another failure after an ejection',
}

/** What keeps a target out, or would if the pool could spare it, for people; undefined when nothing is wrong. */
export function troubleOf({ active, passive }: TargetHealth): string | undefined {
  if (active.status === 'unhealthy') return `probes fail: ${active.reason}`
  if (passive.phase === 'out') return `ejected for ${Math.round(passive.forMs / 1000)} s (time ${passive.timesEjected}) after ${EJECTED_FOR[passive.reason]}`
  if (passive.spared === 'last-available') return 'it fails, but no other target is available'
  return passive.spared && 'it fails, but no more of the pool may be ejected'
}
