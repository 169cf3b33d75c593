import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BudgetLimits, type BudgetWindow, countRequest, countRetry, EMPTY_WINDOW } from '../../../src/forward/budget.js'

const NOW_MS = 1_800_000_000_000

interface Step {
  readonly kind: 'request' | 'retry'
  readonly nowMs: number
}

/** Counts one after another. Gives the retries that were allowed, by when. */
function counted(steps: readonly Step[], limits: BudgetLimits): { granted: number[]; window: BudgetWindow } {
  let window = EMPTY_WINDOW
  const granted: number[] = []
  for (const { kind, nowMs } of steps) {
    if (kind === 'request') {
      window = countRequest(window, nowMs)
      continue
    }
    const next = countRetry(window, limits, nowMs)
    if (!next) continue
    granted.push(nowMs)
    window = next
  }
  return { granted, window }
}

const many = (count: number, kind: Step['kind'], atMs: number): Step[] => Array.from({ length: count }, () => ({ kind, nowMs: NOW_MS + atMs }))

describe('the budget', () => {
  test.each<[string, Step[], BudgetLimits, number]>([
    ['of a quiet pool is what is always allowed, at once', many(500, 'retry', 0), { percent: 20, minPerSecond: 10 }, 100],
    ['grows with the requests', [...many(1000, 'request', 0), ...many(500, 'retry', 0)], { percent: 20, minPerSecond: 10 }, 300],
    ['is a share alone where nothing is always allowed', [...many(50, 'request', 0), ...many(50, 'retry', 0)], { percent: 20, minPerSecond: 0 }, 10],
    ['is what is always allowed where the share is nothing', [...many(50, 'request', 0), ...many(50, 'retry', 0)], { percent: 0, minPerSecond: 1 }, 10],
    ['may be nothing', [...many(50, 'request', 0), ...many(50, 'retry', 0)], { percent: 0, minPerSecond: 0 }, 0],
    ['allows no part of a retry', [...many(4, 'request', 0), ...many(5, 'retry', 0)], { percent: 20, minPerSecond: 0 }, 0],
    ['counts requests of the seconds before', [...many(50, 'request', 0), ...many(50, 'request', 9000), ...many(50, 'retry', 9500)], { percent: 20, minPerSecond: 0 }, 20],
    ['forgets requests of long ago', [...many(50, 'request', 0), ...many(50, 'retry', 11_000)], { percent: 20, minPerSecond: 0 }, 0],
    ['is not whole again before ten seconds have passed', [...many(5, 'retry', 900), ...many(5, 'retry', 10_800)], { percent: 0, minPerSecond: 0.5 }, 5],
    ['is whole again after that', [...many(5, 'retry', 0), ...many(5, 'retry', 11_000)], { percent: 0, minPerSecond: 0.5 }, 10],
    ['is not made whole by a clock that is set back', [...many(5, 'retry', 0), ...many(5, 'retry', -5000)], { percent: 0, minPerSecond: 0.5 }, 5],
    ['begins anew with a clock that is set back by more than it looks back', [...many(5, 'retry', 0), ...many(5, 'retry', -3_600_000), ...many(5, 'retry', -3_600_000)], { percent: 0, minPerSecond: 0.5 }, 10],
  ])('%s', (_, steps, limits, allowed) => {
    expect(counted(steps, limits).granted).toHaveLength(allowed)
  })

  const limits = fc.record({ percent: fc.integer({ min: 0, max: 100 }), minPerSecond: fc.constantFrom(0, 0.1, 1, 3) })
  const stepsBy = (pauseMs: fc.Arbitrary<number>): fc.Arbitrary<Step[]> =>
    fc.array(fc.record({ kind: fc.constantFrom('request' as const, 'retry' as const), pauseMs, times: fc.integer({ min: 1, max: 20 }) }), { maxLength: 60, size: 'max' }).map((rows) => {
      let nowMs = NOW_MS
      return rows.flatMap(({ kind, pauseMs, times }) => {
        nowMs += pauseMs
        return Array.from({ length: times }, () => ({ kind, nowMs }))
      })
    })

  test('never allows more than its share and what is always allowed, in any ten seconds', () => {
    fc.assert(
      fc.property(stepsBy(fc.oneof(fc.nat(50), fc.nat(3000), fc.nat(15_000))), limits, (steps, given) => {
        const { granted } = counted(steps, given)
        const requests = steps.filter(({ kind }) => kind === 'request').map(({ nowMs }) => nowMs)
        granted.forEach((atMs, i) => {
          const retries = granted.slice(0, i + 1).filter((ms) => ms > atMs - 10_000).length
          // Whole seconds are counted, so that requests of up to eleven seconds may be.
          const share = (requests.filter((ms) => ms <= atMs && ms > atMs - 11_000).length * given.percent) / 100
          expect(retries).toBeLessThanOrEqual(share + 10 * given.minPerSecond + 1e-9)
        })
      }),
    )
  })

  test('is harmed by no clock: counts stay whole and few, and each jump back gives at most what is always allowed', () => {
    fc.assert(
      fc.property(stepsBy(fc.oneof(fc.integer({ min: -3000, max: 3000 }), fc.integer({ min: -1e7, max: 1e7 }))), limits, (steps, given) => {
        const { granted, window } = counted(steps, given)
        const seconds = [window, ...window.before]
        expect(seconds.length).toBeLessThanOrEqual(11)
        for (const { requests, retries } of seconds) expect(Number.isInteger(requests) && Number.isInteger(retries) && requests >= 0 && retries >= 0).toBe(true)
        const windows = 1 + steps.filter(({ nowMs }, i) => i > 0 && Math.abs(nowMs - steps[i - 1]!.nowMs) > 1000).length
        expect(granted.length).toBeLessThanOrEqual(windows * (10 * given.minPerSecond + (given.percent / 100) * steps.length) + 1e-9)
      }),
    )
  })
})
