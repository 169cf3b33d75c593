import { describe, expect, test } from 'vitest'
import type { Observation } from '../../../../src/balance/health/observation.js'
import { observe, type PoolHealth, settleTrial, startTrial } from '../../../../src/balance/health/pool-health.js'
import { DEFAULT_PASSIVE, type PassiveSettings } from '../../../../src/balance/health/settings.js'
import { backSinceMs, changesAtMs, standingOf, troubleOf } from '../../../../src/balance/health/target-health.js'
import { carryOver } from '../../../../src/balance/health/upkeep.js'

const T = 1_700_000_000_000
const SETTINGS: PassiveSettings = { ...DEFAULT_PASSIVE, failureRatio: undefined, deviation: undefined }
const RATIO: PassiveSettings = { ...DEFAULT_PASSIVE, consecutiveFailures: 0, deviation: undefined }
const OBSERVATIONS: Record<string, Observation> = {
  '+': { kind: 'success' },
  '-': { kind: 'failure', reason: 'connection_refused' },
  a: { kind: 'aborted' },
  l: { kind: 'local-fault', reason: 'EMFILE' },
}

const poolOf = (origins: string, settings = SETTINGS): PoolHealth => carryOver(new Map(), [...origins], T, settings)
/** After observations of one target, `+` good, `-` bad, `a` aborted, `l` a fault of our own, each a millisecond after the other. */
const after = (pool: PoolHealth, origin: string, observations: string, settings = SETTINGS, fromMs = T): PoolHealth =>
  [...observations].reduce((state, each, i) => observe(state, origin, OBSERVATIONS[each]!, fromMs + i, 0.5, settings), pool)
const standings = (pool: PoolHealth, nowMs = T + 1000, settings = SETTINGS): string => [...pool].map(([origin, target]) => `${origin} ${standingOf(target, nowMs, settings)}`).join(', ')
const trial = (pool: PoolHealth, origin: string, outcome: string, nowMs: number, settings = SETTINGS): PoolHealth =>
  settleTrial(startTrial(pool, origin, nowMs, settings)!, origin, OBSERVATIONS[outcome]!, nowMs + 5, 0.5, settings)

describe('failures in a row', () => {
  test.each<[string, boolean]>([
    ['----', false],
    ['-----', true],
    ['----+-----', true],
    ['----+----', false],
    ['--a--a-', true],
    ['----aaaa', false],
    ['llllllllll', false],
    ['--l--l-', true],
    ['++++++-----', true],
  ])('%s eject: %s', (observations, ejected) => {
    expect(standings(after(poolOf('ab'), 'a', observations))).toBe(ejected ? 'a ejected, b healthy' : 'a healthy, b healthy')
  })

  test('never eject where the setting is 0', () => {
    const settings = { ...SETTINGS, consecutiveFailures: 0 }
    expect(standings(after(poolOf('ab'), 'a', '-'.repeat(100), settings))).toBe('a healthy, b healthy')
  })
})

describe('a share of failures', () => {
  test.each<[string, boolean]>([
    ['+-'.repeat(9), false],
    ['+-'.repeat(10), true],
    ['++-'.repeat(30), false],
    ['+-'.repeat(9) + 'al'.repeat(9), false],
    ['-'.repeat(19), false],
  ])('%s ejects: %s', (observations, ejected) => {
    expect(standings(after(poolOf('ab'), 'a', observations, RATIO))).toBe(ejected ? 'a ejected, b healthy' : 'a healthy, b healthy')
  })

  test('counts within the window only', () => {
    const early = after(poolOf('ab'), 'a', '+-'.repeat(9), RATIO)
    expect(standings(after(early, 'a', '+-', RATIO, T + 5000), T + 6000)).toBe('a ejected, b healthy')
    const late = after(poolOf('ab'), 'a', '+-'.repeat(9), RATIO)
    expect(standings(after(late, 'a', '+-', RATIO, T + 12_000), T + 13_000)).toBe('a healthy, b healthy')
  })
})

describe('the limits of ejection', () => {
  test.each<[string, number, number]>([
    ['a', 50, 0],
    ['a', 100, 0],
    ['ab', 50, 1],
    ['ab', 100, 1],
    ['ab', 49, 0],
    ['abc', 50, 1],
    ['abcd', 50, 2],
    ['abcd', 100, 3],
    ['abcdefghij', 10, 1],
    ['abcdefghij', 0, 0],
  ])('of %s, of which %d percent may go, are kept to %d', (origins, maxEjectedPercent, out) => {
    const settings = { ...SETTINGS, maxEjectedPercent }
    let pool = poolOf(origins)
    for (const origin of origins) pool = after(pool, origin, '-----', settings)
    expect(standings(pool).match(/ejected/g)?.length ?? 0).toBe(out)
  })

  test('tell why a target stays, until it is well', () => {
    const alone = after(poolOf('a'), 'a', '-----')
    expect(troubleOf(alone.get('a')!)).toBe('it fails, but no other target is available')
    expect(troubleOf(after(alone, 'a', '+').get('a')!)).toBeUndefined()
    const two = after(after(poolOf('abc'), 'a', '-----'), 'b', '-----')
    expect(troubleOf(two.get('b')!)).toBe('it fails, but no more of the pool may be ejected')
  })

  test('change nothing more while a spared target goes on as it does', () => {
    const alone = after(poolOf('a'), 'a', '-----')
    expect(after(alone, 'a', '---')).toBe(alone)
    const half = after(poolOf('a', RATIO), 'a', '+-'.repeat(10), RATIO)
    expect(troubleOf(half.get('a')!)).toBe('it fails, but no other target is available')
    expect(after(half, 'a', '-+-', RATIO, T + 30)).toBe(half)
  })

  test('let a spared target go as soon as there is room', () => {
    let pool = after(after(poolOf('abc'), 'a', '-----'), 'b', '-----')
    expect(standings(pool)).toBe('a ejected, b healthy, c healthy')
    pool = trial(pool, 'a', '+', T + 60_000)
    expect(standings(after(pool, 'b', '-', SETTINGS, T + 60_010), T + 60_010)).toBe('a healthy, b ejected, c healthy')
  })
})

describe('after an ejection', () => {
  const pool = after(poolOf('ab'), 'a', '-----')
  const overMs = T + 4 + 10_000

  test('a target is half-open when its time is over, and says when that is', () => {
    expect([standings(pool, overMs - 1), standings(pool, overMs)]).toEqual(['a ejected, b healthy', 'a half-open, b healthy'])
    expect([changesAtMs(pool.get('a')!, SETTINGS), changesAtMs(pool.get('b')!, SETTINGS)]).toEqual([overMs, Infinity])
  })

  test('there is no trial before the time is over, nor a second one, nor for others', () => {
    expect(startTrial(pool, 'a', overMs - 1, SETTINGS)).toBeUndefined()
    expect(startTrial(pool, 'b', overMs, SETTINGS)).toBeUndefined()
    expect(startTrial(pool, 'nobody', overMs, SETTINGS)).toBeUndefined()
    const tried = startTrial(pool, 'a', overMs, SETTINGS)!
    expect(startTrial(tried, 'a', overMs, SETTINGS)).toBeUndefined()
    expect(standings(tried, overMs)).toBe('a ejected, b healthy')
    expect(changesAtMs(tried.get('a')!, SETTINGS)).toBe(overMs + 60_000)
  })

  test('a success brings it back, with nothing held against it', () => {
    const back = trial(pool, 'a', '+', overMs)
    expect(standings(back, overMs)).toBe('a healthy, b healthy')
    expect(backSinceMs(back.get('a')!)).toBe(overMs + 5)
    expect(standings(after(back, 'a', '----', SETTINGS, overMs + 10))).toBe('a healthy, b healthy')
  })

  test('a failure keeps it out for twice as long', () => {
    const again = trial(pool, 'a', '-', overMs)
    expect(again.get('a')!.passive).toMatchObject({ phase: 'out', reason: 'failed-trial', timesEjected: 2, forMs: 20_000 })
    expect(troubleOf(again.get('a')!)).toBe('ejected for 20 s (time 2) after another failure after an ejection')
  })

  test.each(['a', 'l'])('what tells nothing (%s) leaves the trial to another request', (outcome) => {
    expect(standings(trial(pool, 'a', outcome, overMs), overMs)).toBe('a half-open, b healthy')
  })

  test('answers to requests from before change nothing', () => {
    expect(after(pool, 'a', '+-+-')).toBe(pool)
  })

  test('a trial that another one has overtaken cannot make it worse', () => {
    const lost = startTrial(pool, 'a', overMs, SETTINGS)!
    const decided = trial(lost, 'a', '-', overMs + 60_000)
    expect(settleTrial(decided, 'a', OBSERVATIONS['-']!, overMs + 60_010, 0.5, SETTINGS)).toBe(decided)
    const back = trial(lost, 'a', '+', overMs + 60_000)
    expect(standings(settleTrial(back, 'a', OBSERVATIONS['-']!, overMs + 60_010, 0.5, SETTINGS), overMs)).toBe('a healthy, b healthy')
  })
})

describe('the hot path', () => {
  test('changes no object: not for a success, nor for a failure that decides nothing', () => {
    const pool = poolOf('ab')
    expect(after(pool, 'a', '+++--al+')).toBe(pool)
  })

  test('says nothing of a target that is gone', () => {
    const pool = poolOf('ab')
    expect(after(pool, 'gone', '+-----')).toBe(pool)
    expect(settleTrial(pool, 'gone', OBSERVATIONS['-']!, T, 0.5, SETTINGS)).toBe(pool)
  })
})
