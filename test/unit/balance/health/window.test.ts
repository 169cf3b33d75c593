import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clear, count, emptyWindow, exceeds, forgetOld, type Window } from '../../../../src/balance/health/window.js'

const WINDOW_MS = 10_000
const T = 1_700_000_000_000

const countAll = (...outcomes: [atMs: number, isGood: boolean][]): Window => {
  const window = emptyWindow()
  for (const [atMs, isGood] of outcomes) count(window, isGood, T + atMs, WINDOW_MS)
  return window
}

describe('a window', () => {
  test('counts what is young enough', () => {
    const window = countAll([0, true], [0, false], [5000, true], [8999, true])
    expect([window.goods, window.bads]).toEqual([3, 1])
  })

  test('forgets slot by slot', () => {
    const window = countAll([0, true], [5000, false])
    forgetOld(window, T + 10_000, WINDOW_MS)
    expect([window.goods, window.bads]).toEqual([0, 1])
    forgetOld(window, T + 15_000, WINDOW_MS)
    expect([window.goods, window.bads]).toEqual([0, 0])
  })

  test('goes on counting when the clock is set back a little, and starts anew when it is set back far', () => {
    const window = countAll([5000, true], [2000, false])
    expect([window.goods, window.bads]).toEqual([1, 1])
    count(window, false, T - 3_600_000, WINDOW_MS)
    expect([window.goods, window.bads]).toEqual([0, 1])
  })

  test('is plain values', () => {
    const window = countAll([0, true], [3000, false])
    expect(JSON.parse(JSON.stringify(window))).toEqual(window)
  })

  test('can be cleared', () => {
    const window = countAll([0, true], [3000, false])
    clear(window)
    expect([window.goods, window.bads]).toEqual([0, 0])
  })

  test('its sums are those of its slots, and hold all that is young and nothing that is old, whatever the clock does forward', () => {
    const steps = fc.array(fc.record({ stepMs: fc.oneof(fc.nat(500), fc.nat(20_000)), isGood: fc.boolean() }), { minLength: 1, maxLength: 100, size: 'max' })
    fc.assert(
      fc.property(steps, (outcomes) => {
        const window = emptyWindow()
        const seen: { atMs: number; isGood: boolean }[] = []
        let nowMs = T
        for (const { stepMs, isGood } of outcomes) {
          nowMs += stepMs
          count(window, isGood, nowMs, WINDOW_MS)
          seen.push({ atMs: nowMs, isGood })
          expect(window.goods).toBe(window.good.reduce((a, b) => a + b))
          expect(window.bads).toBe(window.bad.reduce((a, b) => a + b))
          for (const [sum, good] of [[window.goods, true], [window.bads, false]] as const) {
            const within = (ageMs: number): number => seen.filter((each) => each.isGood === good && nowMs - each.atMs < ageMs).length
            expect(sum).toBeGreaterThanOrEqual(within(WINDOW_MS * 0.9))
            expect(sum).toBeLessThanOrEqual(within(WINDOW_MS))
          }
        }
      }),
    )
  })

  test('never goes below zero, however the clock jumps', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -100_000, max: 100_000 }), fc.boolean()), { maxLength: 100, size: 'max' }), (outcomes) => {
        const window = countAll(...outcomes)
        expect(Math.min(...window.good, ...window.bad)).toBeGreaterThanOrEqual(0)
        expect(window.goods + window.bads).toBeLessThanOrEqual(outcomes.length)
        expect(window.goods + window.bads).toBeGreaterThanOrEqual(Math.min(1, outcomes.length))
      }),
    )
  })
})

describe('a share of failures', () => {
  test.each([
    [10, 10, true],
    [11, 9, false],
    [10, 9, false],
    [0, 19, false],
    [0, 20, true],
    [0, 0, false],
  ])('of %d good and %d bad is too much: %s', (goods, bads, tooMuch) => {
    expect(exceeds({ ...emptyWindow(), goods, bads }, { minSamples: 20, percent: 50 })).toBe(tooMuch)
  })

  test('of nothing is never too much', () => {
    expect(exceeds(emptyWindow(), { minSamples: 0, percent: 0 })).toBe(false)
  })
})
