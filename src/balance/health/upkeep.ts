// What changes the health of a pool beside its answers: probes, the comparison of its targets, and another list of targets.
import { type ActiveSettings, afterProbe } from './active.js'
import { outliersOf } from './deviation.js'
import { ejectTarget, newTarget, type PoolHealth, readmitted, sparedBy } from './pool-health.js'
import type { ProbeVerdict } from './probe-verdict.js'
import type { PassiveSettings } from './settings.js'
import { isAvailable, type TargetHealth } from './target-health.js'
import { forgetOld } from './window.js'

/**
 * The health of another list of targets: what is known of an origin is kept, the rest starts unknown. Where too many of
 * those that are left are out, some come back. With an empty map for `before` it makes the health of a new pool.
 */
export function carryOver(before: PoolHealth, origins: readonly string[], nowMs: number, settings: PassiveSettings): PoolHealth {
  const after = new Map(origins.map((origin) => [origin, before.get(origin) ?? newTarget()]))
  return withinLimits(after, nowMs, settings)
}

/**
 * After a probe. A target that probes had found dead comes back in full once they find it well: what it was ejected for was
 * before that. Another that was ejected comes back if the probe took out the last one that was available.
 */
export function afterProbeOf(pool: PoolHealth, origin: string, verdict: ProbeVerdict, nowMs: number, active: ActiveSettings, passive: PassiveSettings): PoolHealth {
  const target = pool.get(origin)
  if (!target) return pool
  const probed = afterProbe(target.active, verdict, nowMs, active)
  if (probed === target.active) return pool
  const recovered = target.active.status === 'unhealthy' && probed.status === 'healthy'
  const after = { ...target, active: probed }
  return withinLimits(new Map(pool).set(origin, recovered ? readmitted(after, nowMs) : after), nowMs, passive)
}

/** By how much the rolls of targets that are ejected at once lie apart: multiples of the golden ratio come nowhere close to one another. */
const ROLL_STEP = 0.618033988749895

/** Compares the targets with one another and ejects those that stand out, as far as the limits allow. Meant for every 10 s. */
export function sweep(pool: PoolHealth, nowMs: number, roll: number, settings: PassiveSettings): PoolHealth {
  if (!settings.deviation) return pool
  const outcomes = [...pool]
    .filter(([, { passive }]) => passive.phase === 'in')
    .map(([origin, { tally: { window } }]) => {
      forgetOld(window, nowMs, settings.windowMs)
      return { origin, goods: window.goods, bads: window.bads }
    })
  return outliersOf(outcomes, settings.deviation).reduce((swept, { origin }, i) => {
    const target = swept.get(origin)!
    return sparedBy(swept, target, settings) ? swept : ejectTarget(swept, origin, target, 'success-rate', nowMs, (roll + i * ROLL_STEP) % 1, settings)
  }, pool)
}

/** Ends ejections, those first that would end first, until the limits hold: not too many out, and one available if any can be. */
function withinLimits(pool: Map<string, TargetHealth>, nowMs: number, { maxEjectedPercent }: PassiveSettings): PoolHealth {
  const out = [...pool].filter(([, { passive }]) => passive.phase === 'out').sort(([, a], [, b]) => endMs(a) - endMs(b))
  let excess = Math.ceil(out.length - (pool.size * maxEjectedPercent) / 100)
  for (const [origin, target] of out) {
    // Where it is for want of an available target, one that fails its probes is no help.
    const helps = excess > 0 || (target.active.status !== 'unhealthy' && ![...pool.values()].some(isAvailable))
    if (!helps) continue
    pool.set(origin, readmitted(target, nowMs))
    excess--
  }
  return pool
}

function endMs({ passive }: TargetHealth): number {
  return passive.phase === 'out' ? passive.sinceMs + passive.forMs : 0
}
