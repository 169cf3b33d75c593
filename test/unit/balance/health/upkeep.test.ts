import { describe, expect, test } from 'vitest'
import { DEFAULT_ACTIVE as ACTIVE } from '../../../../src/balance/health/active.js'
import { observe, type PoolHealth } from '../../../../src/balance/health/pool-health.js'
import type { ProbeVerdict } from '../../../../src/balance/health/probe-verdict.js'
import { DEFAULT_PASSIVE as SETTINGS } from '../../../../src/balance/health/settings.js'
import { backSinceMs, standingOf, troubleOf } from '../../../../src/balance/health/target-health.js'
import { afterProbeOf, carryOver, sweep } from '../../../../src/balance/health/upkeep.js'

const T = 1_700_000_000_000

const poolOf = (origins: string): PoolHealth => carryOver(new Map(), [...origins], T, SETTINGS)
const standings = (pool: PoolHealth, nowMs = T): string => [...pool].map(([origin, target]) => `${origin} ${standingOf(target, nowMs, SETTINGS)}`).join(', ')
const failing = (pool: PoolHealth, ...origins: string[]): PoolHealth => {
  let after = pool
  for (const origin of origins) for (let i = 0; i < 5; i++) after = observe(after, origin, { kind: 'failure', reason: '503' }, T, 0.5, SETTINGS)
  return after
}
const probed = (pool: PoolHealth, origin: string, verdicts: string, nowMs = T): PoolHealth =>
  [...verdicts].reduce((state, each) => {
    const verdict: ProbeVerdict = each === '+' ? { kind: 'pass' } : { kind: 'fail', reason: 'status 500' }
    return afterProbeOf(state, origin, verdict, nowMs, ACTIVE, SETTINGS)
  }, pool)

describe('another list of targets', () => {
  test('keeps what is known of an origin, forgets who is gone, and takes the new ones as available', () => {
    const before = probed(failing(poolOf('abcd'), 'a'), 'b', '---')
    const after = carryOver(before, ['a', 'b', 'd', 'e'], T, SETTINGS)
    expect(standings(after)).toBe('a ejected, b unhealthy, d healthy, e healthy')
    expect(after.get('a')).toBe(before.get('a'))
  })

  test('keeps counts: a failure in a row goes on over it', () => {
    let pool = poolOf('ab')
    for (let i = 0; i < 4; i++) pool = observe(pool, 'a', { kind: 'failure', reason: '503' }, T, 0.5, SETTINGS)
    pool = carryOver(pool, ['a', 'b', 'c'], T, SETTINGS)
    expect(standings(observe(pool, 'a', { kind: 'failure', reason: '503' }, T, 0.5, SETTINGS))).toBe('a ejected, b healthy, c healthy')
  })

  test('lets come back whom the smaller pool cannot spare, the first to end first', () => {
    let before = poolOf('abcdef')
    for (const [origin, roll] of [['a', 0.9], ['b', 0.1], ['c', 0.5]] as const) for (let i = 0; i < 5; i++) before = observe(before, origin, { kind: 'failure', reason: '503' }, T, roll, SETTINGS)
    expect(standings(carryOver(before, ['a', 'b', 'c', 'd'], T, SETTINGS))).toBe('a ejected, b healthy, c ejected, d healthy')
    expect(standings(carryOver(before, ['a', 'b', 'c'], T, SETTINGS))).toBe('a ejected, b healthy, c healthy')
    expect(standings(carryOver(before, ['a'], T, SETTINGS))).toBe('a healthy')
  })

  test('may be empty, and may come back from JSON', () => {
    expect(carryOver(failing(poolOf('ab'), 'a'), [], T, SETTINGS).size).toBe(0)
    const before = probed(failing(poolOf('abc'), 'a'), 'b', '---')
    const restored = new Map(JSON.parse(JSON.stringify([...before])) as [string, never][])
    expect(carryOver(restored, ['a', 'b', 'c'], T, SETTINGS)).toEqual(before)
  })
})

describe('a probe', () => {
  test('or an ejection, whichever ended last, is what a target is back from', () => {
    const up = probed(probed(poolOf('ab'), 'a', '---'), 'a', '++', T + 5000)
    const readmitted = carryOver(failing(up, 'a'), ['a'], T + 9000, SETTINGS)
    expect(backSinceMs(readmitted.get('a')!)).toBe(T + 9000)
    expect(backSinceMs(probed(probed(readmitted, 'a', '---'), 'a', '++', T + 12_000).get('a')!)).toBe(T + 12_000)
  })

  test('that finds a dead target well ends its ejection too', () => {
    const dead = probed(failing(poolOf('ab'), 'a'), 'a', '---')
    expect(standings(probed(dead, 'a', '+'))).toBe('a unhealthy, b healthy')
    expect(standings(probed(dead, 'a', '++', T + 1000), T + 1000)).toBe('a healthy, b healthy')
  })

  test('that passes does not end the ejection of a target that probes never found dead', () => {
    expect(standings(probed(failing(poolOf('ab'), 'a'), 'a', '--+++'))).toBe('a ejected, b healthy')
  })

  test('makes a target unhealthy and healthy, and tells since when it is back', () => {
    const down = probed(poolOf('ab'), 'a', '---')
    expect(standings(down)).toBe('a unhealthy, b healthy')
    expect(troubleOf(down.get('a')!)).toBe('probes fail: status 500')
    const up = probed(down, 'a', '++', T + 5000)
    expect(standings(up)).toBe('a healthy, b healthy')
    expect([backSinceMs(up.get('a')!), backSinceMs(up.get('b')!)]).toEqual([T + 5000, undefined])
  })

  test('may take out all of them: what is known for sure is not held back', () => {
    expect(standings(probed(probed(poolOf('ab'), 'a', '---'), 'b', '---'))).toBe('a unhealthy, b unhealthy')
  })

  test('that takes out the last available one brings back one that was ejected', () => {
    const pool = failing(poolOf('abcd'), 'a', 'b')
    expect(standings(probed(pool, 'c', '---'))).toBe('a ejected, b ejected, c unhealthy, d healthy')
    expect(standings(probed(probed(pool, 'c', '---'), 'd', '---'))).toBe('a healthy, b ejected, c unhealthy, d unhealthy')
  })

  test('brings nobody back whose own probes fail', () => {
    const pool = probed(failing(poolOf('abcd'), 'a', 'b'), 'a', '---')
    const last = probed(probed(pool, 'c', '---'), 'd', '---')
    expect(standings(last)).toBe('a unhealthy, b healthy, c unhealthy, d unhealthy')
    expect(last.get('a')!.passive.phase).toBe('out')
  })

  test('of a target that is gone, or that says what is known, changes nothing', () => {
    const pool = probed(poolOf('ab'), 'a', '++')
    expect(probed(pool, 'a', '+')).toBe(pool)
    expect(probed(pool, 'gone', '---')).toBe(pool)
  })

  test('does not end an ejection by passing: what requests met, probes may not', () => {
    expect(standings(probed(failing(poolOf('ab'), 'a'), 'a', '++++'))).toBe('a ejected, b healthy')
  })
})

describe('a sweep', () => {
  const served = (bads: Record<string, number>): PoolHealth => {
    let pool = poolOf('abcdefghij')
    for (const origin of pool.keys()) {
      // Well mixed, so that nothing but the comparison can find it.
      for (let i = 0; i < 100; i++) pool = observe(pool, origin, i % 2 === 1 && i % 10 < 2 * (bads[origin] ?? 0) ? { kind: 'failure', reason: '503' } : { kind: 'success' }, T, 0.5, SETTINGS)
    }
    return pool
  }

  test('ejects who does much worse than the others', () => {
    const swept = sweep(served({ c: 4 }), T, 0.5, SETTINGS)
    expect(standings(swept)).toContain('b healthy, c ejected, d healthy')
    expect(troubleOf(swept.get('c')!)).toBe('ejected for 10 s (time 1) after many more failures than the others')
  })

  test('lets those that it ejects at once come back at different times', () => {
    const swept = sweep(served({ c: 4, h: 4 }), T, 0.5, SETTINGS)
    const forMs = [...swept.values()].flatMap(({ passive }) => (passive.phase === 'out' ? [passive.forMs] : []))
    expect(forMs).toHaveLength(2)
    expect(Math.abs(forMs[0]! - forMs[1]!)).toBeGreaterThan(1000)
  })

  test('looks at nobody twice', () => {
    const swept = sweep(served({ c: 4 }), T, 0.5, SETTINGS)
    expect(sweep(swept, T + 1, 0.5, SETTINGS)).toBe(swept)
  })

  test('keeps the limits', () => {
    const swept = sweep(served({ c: 4, h: 4 }), T, 0.5, { ...SETTINGS, maxEjectedPercent: 10 })
    expect(standings(swept).match(/ejected/g)).toHaveLength(1)
  })

  test('does nothing without anything to find, later than the window, or where it is turned off', () => {
    const even = served({})
    expect(sweep(even, T, 0.5, SETTINGS)).toBe(even)
    const uneven = served({ c: 4 })
    expect(sweep(uneven, T, 0.5, { ...SETTINGS, deviation: undefined })).toBe(uneven)
    expect(sweep(uneven, T + 20_000, 0.5, SETTINGS)).toBe(uneven)
  })
})
