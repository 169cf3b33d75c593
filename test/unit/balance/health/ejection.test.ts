import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { beginTrial, eject, ejectionMs, endTrial, hasTrial, NEVER_OUT, type Out, type Passive, readmit } from '../../../../src/balance/health/ejection.js'
import { DEFAULT_PASSIVE as SETTINGS } from '../../../../src/balance/health/settings.js'

const roll = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
/** Ejected again and again, each time after so many milliseconds in service. */
const ejectedAfter = (...wellMs: number[]): { out: Out; nowMs: number } => {
  let nowMs = 1_000_000
  let state: Passive = NEVER_OUT
  let out = eject(state, 'consecutive-failures', nowMs, 0.5, SETTINGS)
  for (const ms of wellMs) {
    nowMs += out.forMs
    state = readmit(out, nowMs)
    nowMs += ms
    out = eject(state, 'consecutive-failures', nowMs, 0.5, SETTINGS)
  }
  return { out, nowMs }
}

describe('an ejection', () => {
  test.each([
    [1, 10_000],
    [2, 20_000],
    [3, 30_000],
    [24, 240_000],
    [25, 250_000],
    [30, 250_000],
    [1e9, 250_000],
  ])('for the %d. time is %d ms, more or less', (times, ms) => {
    expect(ejectionMs(times, SETTINGS, 0.5)).toBe(ms)
  })

  test('is within its jitter, never longer than the maximum, and no shorter than the one before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), roll, (times, at) => {
        const ms = ejectionMs(times, SETTINGS, at)
        expect(ms).toBeGreaterThanOrEqual(Math.min(10_000 * times, 250_000) * 0.8 - 1e-6)
        expect(ms).toBeLessThanOrEqual(Math.min(10_000 * times * 1.2, 300_000) + 1e-6)
        expect(ejectionMs(times + 1, SETTINGS, at)).toBeGreaterThanOrEqual(ms)
      }),
    )
  })

  test('keeps its spread at the maximum', () => {
    expect([0, 0.5, 1].map((at) => Math.round(ejectionMs(1000, SETTINGS, at)))).toEqual([200_000, 250_000, 300_000])
  })

  test.each<[string, number[], number]>([
    ['the first', [], 1],
    ['soon after another', [1000], 2],
    ['soon after two others', [0, 59_999], 3],
    ['a minute after two others', [0, 60_000], 2],
    ['two minutes after two others', [0, 120_000], 1],
    ['a day after two others', [0, 86_400_000], 1],
    ['an hour before the one before, by a clock set back', [0, -3_600_000], 3],
  ])('that is %s counts as number', (_, wellMs, times) => {
    expect(ejectedAfter(...wellMs).out.timesEjected).toBe(times)
  })
})

describe('a trial', () => {
  const { out, nowMs } = ejectedAfter()
  const overMs = nowMs + out.forMs

  test('is to be had when the time is over, and one at a time', () => {
    expect([hasTrial(out, nowMs, SETTINGS), hasTrial(out, overMs - 1, SETTINGS), hasTrial(out, overMs, SETTINGS)]).toEqual([false, false, true])
    expect(hasTrial(beginTrial(out, overMs, SETTINGS), overMs + 1, SETTINGS)).toBe(false)
  })

  test('is to be had again when one told nothing', () => {
    expect(hasTrial(endTrial(beginTrial(out, overMs, SETTINGS)), overMs + 1, SETTINGS)).toBe(true)
  })

  test('is to be had again when one got lost', () => {
    const begun = beginTrial(out, overMs, SETTINGS)
    expect([hasTrial(begun, overMs + 59_999, SETTINGS), hasTrial(begun, overMs + 60_000, SETTINGS)]).toEqual([false, true])
    const again = beginTrial(begun, overMs + 60_000, SETTINGS)
    expect([hasTrial(again, overMs + 60_001, SETTINGS), hasTrial(endTrial(again), overMs + 60_001, SETTINGS)]).toEqual([false, true])
  })

  test('comes early rather than late when the clock is set back', () => {
    expect(hasTrial(out, nowMs - 3_600_000, SETTINGS)).toBe(true)
  })

  test('never is one of more than the settings say, however they begin and end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(fc.boolean(), { maxLength: 60, size: 'max' }), (trials, steps) => {
        const settings = { ...SETTINGS, trials }
        let state = out
        let underWay = 0
        for (const begins of steps) {
          if (!begins) {
            state = endTrial(state)
            underWay = Math.max(0, underWay - 1)
          } else if (hasTrial(state, overMs, settings)) {
            state = beginTrial(state, overMs, settings)
            underWay++
          }
          expect(underWay).toBeLessThanOrEqual(trials)
          expect(hasTrial(state, overMs, settings)).toBe(underWay < trials)
        }
      }),
    )
  })
})
