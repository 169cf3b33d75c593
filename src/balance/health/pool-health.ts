// The health of a pool's targets as they answer: who is ejected, who is tried again, who comes back.
import { UNPROBED } from './active.js'
import { beginTrial, eject, type EjectionReason, endTrial, hasTrial, NEVER_OUT, readmit, type Spared } from './ejection.js'
import type { Observation } from './observation.js'
import type { PassiveSettings } from './settings.js'
import { clearTally, emptyTally, suspicionOf, tallyFailure, tallySuccess } from './tally.js'
import { isAvailable, type TargetHealth } from './target-health.js'

/**
 * The targets that take traffic, by origin. Functions that change it return another map, or the same one when nothing
 * changed that a choice of targets depends on; counters alone are written in place. `[...pool]` is JSON.
 */
export type PoolHealth = ReadonlyMap<string, TargetHealth>

export function newTarget(): TargetHealth {
  return { active: UNPROBED, passive: NEVER_OUT, tally: emptyTally() }
}

/** After an attempt that was no trial. What a target that is out still answers to earlier requests changes nothing. */
export function observe(pool: PoolHealth, origin: string, observation: Observation, nowMs: number, roll: number, settings: PassiveSettings): PoolHealth {
  const target = pool.get(origin)
  if (target?.passive.phase !== 'in') return pool
  const { passive, tally } = target
  if (observation.kind === 'success') {
    tallySuccess(tally, nowMs, settings.windowMs)
    return passive.spared && !suspicionOf(tally, settings) ? withTarget(pool, origin, { ...target, passive: { ...passive, spared: undefined } }) : pool
  }
  if (observation.kind !== 'failure') return pool
  tallyFailure(tally, nowMs, settings.windowMs)
  const suspicion = suspicionOf(tally, settings)
  if (!suspicion) return pool
  const spared = sparedBy(pool, target, settings)
  if (!spared) return ejectTarget(pool, origin, target, suspicion, nowMs, roll, settings)
  return spared === passive.spared ? pool : withTarget(pool, origin, { ...target, passive: { ...passive, spared } })
}

/**
 * Before a request goes to a target that is half-open: the pool with that trial begun, or undefined when there is none to
 * be had any more. Each is to be settled by {@link settleTrial}, however the request ends.
 */
export function startTrial(pool: PoolHealth, origin: string, nowMs: number, settings: PassiveSettings): PoolHealth | undefined {
  const target = pool.get(origin)
  if (target?.passive.phase !== 'out' || !hasTrial(target.passive, nowMs, settings)) return undefined
  return withTarget(pool, origin, { ...target, passive: beginTrial(target.passive, nowMs, settings) })
}

/** After a trial. One success brings the target back, one failure keeps it out for longer, anything else leaves it as it was. */
export function settleTrial(pool: PoolHealth, origin: string, observation: Observation, nowMs: number, roll: number, settings: PassiveSettings): PoolHealth {
  const target = pool.get(origin)
  // Another trial has decided in the meantime, and this is an answer like any other.
  if (target?.passive.phase !== 'out') return observe(pool, origin, observation, nowMs, roll, settings)
  // The same, and it was decided against the target: it has been sent away for longer since this trial began.
  if (target.passive.trials === 0) return pool
  if (observation.kind === 'success') return withTarget(pool, origin, readmitted(target, nowMs))
  if (observation.kind === 'failure') return ejectTarget(pool, origin, target, 'failed-trial', nowMs, roll, settings)
  return withTarget(pool, origin, { ...target, passive: endTrial(target.passive) })
}

/** The same when those who would settle its trials are gone: others may begin. */
export function withoutTrials(pool: PoolHealth): PoolHealth {
  return new Map([...pool].map(([origin, target]) => [origin, target.passive.phase === 'out' ? { ...target, passive: { ...target.passive, trials: 0 } } : target]))
}

/** Takes part again, with nothing held against it but the number of its ejections. */
export function readmitted(target: TargetHealth, nowMs: number): TargetHealth {
  if (target.passive.phase === 'in') return target
  clearTally(target.tally)
  return { ...target, passive: readmit(target.passive, nowMs) }
}

/** Why a target that is in must stay, or undefined when the pool can do without it. */
export function sparedBy(pool: PoolHealth, target: TargetHealth, { maxEjectedPercent }: PassiveSettings): Spared | undefined {
  let out = 0
  let available = isAvailable(target) ? -1 : 0
  for (const each of pool.values()) {
    if (each.passive.phase === 'out') out++
    if (isAvailable(each)) available++
  }
  if (available <= 0) return 'last-available'
  return (out + 1) * 100 > pool.size * maxEjectedPercent ? 'too-many-ejected' : undefined
}

export function ejectTarget(pool: PoolHealth, origin: string, target: TargetHealth, reason: EjectionReason, nowMs: number, roll: number, settings: PassiveSettings): PoolHealth {
  return withTarget(pool, origin, { ...target, passive: eject(target.passive, reason, nowMs, roll, settings) })
}

function withTarget(pool: PoolHealth, origin: string, target: TargetHealth): PoolHealth {
  return new Map(pool).set(origin, target)
}
