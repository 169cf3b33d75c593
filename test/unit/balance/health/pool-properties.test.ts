// Whatever happens to a pool, in whatever order and by whatever clock, these hold.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ActiveSettings, DEFAULT_ACTIVE } from '../../../../src/balance/health/active.js'
import type { Observation } from '../../../../src/balance/health/observation.js'
import { observe, type PoolHealth, settleTrial, startTrial } from '../../../../src/balance/health/pool-health.js'
import { DEFAULT_PASSIVE, type PassiveSettings } from '../../../../src/balance/health/settings.js'
import { isAvailable, standingOf } from '../../../../src/balance/health/target-health.js'
import { afterProbeOf, carryOver, sweep } from '../../../../src/balance/health/upkeep.js'

const ACTIVE: ActiveSettings = { ...DEFAULT_ACTIVE, rise: 1, fall: 2 }
const ORIGINS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const T = 1_700_000_000_000

const origin = fc.constantFrom(...ORIGINS)
const roll = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const failure: Observation = { kind: 'failure', reason: 'connection_refused' }
const success: Observation = { kind: 'success' }
const observation = fc.oneof({ arbitrary: fc.constant(failure), weight: 4 }, { arbitrary: fc.constantFrom<Observation>(success, { kind: 'aborted' }, { kind: 'local-fault', reason: 'EMFILE' }), weight: 1 })

type Step =
  | { do: 'requests'; origin: string; observation: Observation; times: number; roll: number }
  | { do: 'begin'; origin: string }
  | { do: 'settle'; origin: string; observation: Observation; roll: number }
  | { do: 'probe'; origin: string; passes: boolean }
  | { do: 'sweep'; roll: number }
  | { do: 'targets'; origins: string[] }
  | { do: 'time'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('requests' as const), origin, observation, times: fc.constantFrom(1, 2, 6, 110), roll }),
  fc.record({ do: fc.constant('begin' as const), origin }),
  fc.record({ do: fc.constant('settle' as const), origin, observation, roll }),
  fc.record({ do: fc.constant('probe' as const), origin, passes: fc.boolean() }),
  fc.record({ do: fc.constant('sweep' as const), roll }),
  fc.record({ do: fc.constant('targets' as const), origins: fc.uniqueArray(origin, { minLength: 1 }) }),
  fc.record({ do: fc.constant('time' as const), ms: fc.oneof(fc.nat(15_000), fc.integer({ min: -400_000, max: 400_000 })) }),
)
const passive: fc.Arbitrary<PassiveSettings> = fc.record({ maxEjectedPercent: fc.constantFrom(0, 10, 34, 50, 100), consecutiveFailures: fc.constantFrom(0, 1, 5), trials: fc.constantFrom(1, 2) }).map((some) => ({ ...DEFAULT_PASSIVE, ...some }))

const after = (pool: PoolHealth, nowMs: number, settings: PassiveSettings, each: Exclude<Step, { do: 'time' }>): PoolHealth => {
  switch (each.do) {
    case 'requests': {
      let state = pool
      for (let i = 0; i < each.times; i++) state = observe(state, each.origin, each.observation, nowMs, each.roll, settings)
      return state
    }
    case 'begin':
      return startTrial(pool, each.origin, nowMs, settings) ?? pool
    case 'settle':
      return settleTrial(pool, each.origin, each.observation, nowMs, each.roll, settings)
    case 'probe':
      return afterProbeOf(pool, each.origin, each.passes ? { kind: 'pass' } : { kind: 'fail', reason: 'refused' }, nowMs, ACTIVE, settings)
    case 'sweep':
      return sweep(pool, nowMs, each.roll, settings)
    case 'targets':
      return carryOver(pool, each.origins, nowMs, settings)
  }
}

/** Runs the steps and shows each state with the one before. */
const run = (steps: readonly Step[], settings: PassiveSettings, look: (pool: PoolHealth, before: PoolHealth) => void): { pool: PoolHealth; latestMs: number } => {
  let nowMs = T
  let latestMs = T
  let pool = carryOver(new Map(), ORIGINS, nowMs, settings)
  for (const each of steps) {
    latestMs = Math.max(latestMs, nowMs)
    if (each.do === 'time') nowMs += each.ms
    else {
      const before = pool
      pool = after(before, nowMs, settings, each)
      look(pool, before)
    }
  }
  return { pool, latestMs }
}

const steps = fc.array(step, { maxLength: 60, size: 'max' })
const outOf = (pool: PoolHealth): number => [...pool.values()].filter(({ passive: { phase } }) => phase === 'out').length

test('no more than the allowed part of a pool is out', () => {
  fc.assert(
    fc.property(steps, passive, (all, settings) => {
      run(all, settings, (pool) => {
        expect(outOf(pool) * 100).toBeLessThanOrEqual(pool.size * settings.maxEjectedPercent)
      })
    }),
  )
})

test('somebody is available as long as probes leave anybody', () => {
  fc.assert(
    fc.property(steps, passive, (all, settings) => {
      run(all, settings, (pool) => {
        const targets = [...pool.values()]
        expect(targets.some(isAvailable)).toBe(targets.some(({ active }) => active.status !== 'unhealthy'))
      })
    }),
  )
})

test('an ejection is within its bounds, and longer than the one that a failed trial ended, at the same roll', () => {
  fc.assert(
    fc.property(steps, passive, (all, settings) => {
      run(all, settings, (pool, before) => {
        for (const [name, { passive: now }] of pool) {
          if (now.phase === 'in') continue
          expect(now.forMs).toBeGreaterThanOrEqual(settings.ejectForMs * 0.8 - 1e-6)
          expect(now.forMs).toBeLessThanOrEqual(settings.maxEjectForMs + 1e-6)
          const old = before.get(name)?.passive
          if (old?.phase === 'out' && old !== now && now.reason === 'failed-trial' && now.trials === 0) expect(now.timesEjected).toBeGreaterThanOrEqual(old.timesEjected)
        }
      })
    }),
  )
})

test('a target that nothing was said of stays as it was, unless the limits bring it back', () => {
  fc.assert(
    fc.property(steps, passive, (all, settings) => {
      run(all, settings, (pool, before) => {
        const changed = [...pool].filter(([name, target]) => before.has(name) && before.get(name) !== target)
        const broughtBack = changed.filter(([name, target]) => before.get(name)!.passive.phase === 'out' && target.passive.phase === 'in')
        const ejected = changed.filter(([name, target]) => before.get(name)!.passive.phase === 'in' && target.passive.phase === 'out')
        expect(changed.length - broughtBack.length - ejected.length).toBeLessThanOrEqual(1)
      })
    }),
  )
})

test('every target comes back, from whatever state, once it answers well', () => {
  fc.assert(
    fc.property(steps, passive, (all, settings) => {
      const end = run(all, settings, () => {})
      let { pool } = end
      const nowMs = end.latestMs + settings.maxEjectForMs + settings.trialTimeoutMs
      for (const name of pool.keys()) {
        pool = afterProbeOf(pool, name, { kind: 'pass' }, nowMs, ACTIVE, settings)
        const begun = startTrial(pool, name, nowMs, settings)
        pool = begun ? settleTrial(begun, name, success, nowMs, 0.5, settings) : observe(pool, name, success, nowMs, 0.5, settings)
        expect(standingOf(pool.get(name)!, nowMs, settings)).toBe('healthy')
      }
    }),
  )
})

test('the state is plain values at any time', () => {
  fc.assert(
    fc.property(steps, passive, (all, settings) => {
      const { pool } = run(all, settings, () => {})
      expect(new Map(JSON.parse(JSON.stringify([...pool])) as [string, never][])).toEqual(pool)
    }),
  )
})
