import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AlgorithmName, ALGORITHMS } from '../../../../src/filter/rate-limit/algorithms.js'
import { type Counted, type Quota, UNUSED } from '../../../../src/filter/rate-limit/counter.js'

const NAMES = Object.keys(ALGORITHMS) as AlgorithmName[]
const START = 1_700_000_000_000

/** What becomes of requests at these times, all of one key. */
function countAll(name: AlgorithmName, timesMs: readonly number[], quota: Quota): Counted[] {
  let counter = UNUSED
  return timesMs.map((nowMs) => {
    const counted = ALGORITHMS[name].count(counter, nowMs, quota)
    counter = counted.counter
    return counted
  })
}

const verdicts = (name: AlgorithmName, offsetsMs: readonly number[], quota: Quota): string =>
  countAll(name, offsetsMs.map((offset) => START + offset), quota).map(({ verdict }) => (verdict === 'pass' ? '+' : '-')).join('')

/** The most that passed in any time of this length, both ends included. */
function mostWithin(timesMs: readonly number[], counted: readonly Counted[], lengthMs: number): number {
  const passed = timesMs.filter((_, i) => counted[i]!.verdict === 'pass')
  return Math.max(0, ...passed.map((from) => passed.filter((at) => at >= from && at <= from + lengthMs).length))
}

/** The most that passed in a window that begins at a multiple of its length. */
function mostInAWindow(timesMs: readonly number[], counted: readonly Counted[], { windowMs }: Quota): number {
  const windows = timesMs.filter((_, i) => counted[i]!.verdict === 'pass').map((at) => Math.floor(at / windowMs))
  return Math.max(0, ...windows.map((window) => windows.filter((other) => other === window).length))
}

const quotas = fc.record({ limit: fc.integer({ min: 1, max: 20 }), windowMs: fc.integer({ min: 1, max: 2000 }), burst: fc.integer({ min: 1, max: 30 }) })
/** Times that do not go back, often several requests at one. */
const times = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })), { minLength: 1, maxLength: 120 }).map((steps) => {
  let now = START
  return steps.map((step) => (now += step))
})
/** Times with a clock that is set back and forth. */
const wildTimes = fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 1, maxLength: 80 }).map((steps) => {
  let now = START
  return steps.map((step) => (now += step))
})

describe('gcra', () => {
  test.each<[string, number[], Quota, string]>([
    ['a burst, then one for each time in which one drains', [0, 0, 0, 0, 999, 1000, 1001, 2000], { limit: 1, windowMs: 1000, burst: 3 }, '+++--+-+'],
    ['evenly with a burst of one', [0, 1, 99, 100, 199, 200], { limit: 10, windowMs: 1000, burst: 1 }, '+--+-+'],
    ['all again after a window', [0, 0, 0, 1000, 1000, 1000], { limit: 2, windowMs: 1000, burst: 2 }, '++-++-'],
  ])('passes %s', (_, offsets, quota, expected) => {
    expect(verdicts('gcra', offsets, quota)).toBe(expected)
  })

  test('passes at most limit and burst together in any window, and at most the burst at once', () => {
    fc.assert(fc.property(quotas, times, (quota, at) => {
      const counted = countAll('gcra', at, quota)
      expect(mostWithin(at, counted, quota.windowMs)).toBeLessThanOrEqual(quota.limit + quota.burst)
      expect(mostWithin(at, counted, 0)).toBeLessThanOrEqual(quota.burst)
    }))
  })

  test('keeps a steady client at its rate exactly, also where a request takes less than a thousandth of a millisecond', () => {
    const quota: Quota = { limit: 3_000_000, windowMs: 1000, burst: 3000 }
    const at = Array.from({ length: 40_000 }, (_, i) => START + Math.floor(i / 4000))
    expect(countAll('gcra', at, quota).filter(({ verdict }) => verdict === 'pass').length).toBe(3000 + 9 * 3000)
  })
})

describe('fixed-window', () => {
  test.each<[string, number[], string]>([
    ['the limit in each window', [0, 1, 2, 999, 1000, 1001, 1002], '++--++-'],
    ['twice the limit around a border', [998, 999, 1000, 1001, 1002], '++++-'],
    ['anew after windows in which nobody came', [0, 0, 0, 5000, 5000, 5000], '++-++-'],
  ])('passes %s', (_, offsets, expected) => {
    expect(verdicts('fixed-window', offsets, { limit: 2, windowMs: 1000, burst: 2 })).toBe(expected)
  })

  test('passes at most the limit in each window', () => {
    fc.assert(fc.property(quotas, times, (quota, at) => {
      const counted = countAll('fixed-window', at, quota)
      expect(mostInAWindow(at, counted, quota)).toBeLessThanOrEqual(quota.limit)
    }))
  })
})

describe('sliding-window', () => {
  test.each<[string, number[], string]>([
    ['no double burst around a border', [999, 999, 999, 999, 999, 1000, 1001, 1249, 1250, 1251], '++++----+-'],
    ['as many again as fade', [0, 0, 0, 0, 1500, 1500, 1500], '++++++-'],
    ['all again after two windows', [0, 0, 0, 0, 0, 2000, 2000, 2000, 2000, 2000], '++++-++++-'],
  ])('passes %s', (_, offsets, expected) => {
    expect(verdicts('sliding-window', offsets, { limit: 4, windowMs: 1000, burst: 4 })).toBe(expected)
  })

  test('passes at most the limit in each window, and at most twice the limit in any time of its length', () => {
    fc.assert(fc.property(quotas, times, (quota, at) => {
      const counted = countAll('sliding-window', at, quota)
      expect(mostInAWindow(at, counted, quota)).toBeLessThanOrEqual(quota.limit)
      expect(mostWithin(at, counted, quota.windowMs - 1)).toBeLessThanOrEqual(2 * quota.limit)
    }))
  })
})

describe.each(NAMES)('%s', (name) => {
  test('counts down what remains by one with each request at one time, passes exactly while some does, and has none for who is refused', () => {
    fc.assert(fc.property(quotas, fc.integer({ min: 1, max: 60 }), (quota, requests) => {
      const counted = countAll(name, Array.from({ length: requests }, () => START), quota)
      const most = name === 'gcra' ? quota.burst : quota.limit
      expect(counted.map(({ remaining }) => remaining)).toEqual(counted.map((_, i) => Math.max(0, most - i - 1)))
      expect(counted.map(({ verdict }) => verdict)).toEqual(counted.map((_, i) => (i < most ? 'pass' : 'refuse')))
    }))
  })

  test('never raises what remains while no time passes, whatever came before', () => {
    fc.assert(fc.property(quotas, times, (quota, at) => {
      const counted = countAll(name, at, quota)
      for (let i = 1; i < at.length; i++) if (at[i] === at[i - 1]) expect(counted[i]!.remaining).toBeLessThanOrEqual(counted[i - 1]!.remaining)
    }))
  })

  test('tells who is refused a time after which the next one passes, if nobody else comes', () => {
    fc.assert(fc.property(quotas, times, (quota, at) => {
      const counted = countAll(name, at, quota)
      const [last, nowMs] = [counted.at(-1)!, at.at(-1)!]
      expect(Number.isInteger(last.resetSeconds) && last.resetSeconds >= 1).toBe(true)
      expect(ALGORITHMS[name].count(last.counter, nowMs + last.resetSeconds * 1000, quota).verdict).toBe('pass')
    }))
  })

  test('uses nothing up for requests that it refuses', () => {
    fc.assert(fc.property(quotas, times, fc.integer({ min: 1, max: 20 }), (quota, at, more) => {
      const counted = countAll(name, at, quota)
      const last = counted.at(-1)!
      if (last.verdict === 'pass') return
      const again = countAll(name, [...at, ...Array.from({ length: more }, () => at.at(-1)!)], quota)
      expect(again.at(-1)).toEqual(last)
    }))
  })

  test('lets nobody wait for longer than two windows, or the burst, when the clock is set back', () => {
    fc.assert(fc.property(quotas, wildTimes, (quota, at) => {
      const longestMs = name === 'gcra' ? (quota.windowMs / quota.limit) * (quota.burst + 1) : 2 * quota.windowMs
      for (const { resetSeconds, remaining } of countAll(name, at, quota)) {
        expect(resetSeconds).toBeLessThanOrEqual(Math.max(1, Math.ceil(longestMs / 1000)))
        expect(remaining).toBeGreaterThanOrEqual(0)
      }
    }))
  })

  test('gives no quota back when the clock is set back', () => {
    fc.assert(fc.property(quotas, fc.integer({ min: 1, max: 10_000_000 }), (quota, backMs) => {
      const most = name === 'gcra' ? quota.burst : quota.limit
      const spent = Array.from({ length: most }, () => START)
      expect(countAll(name, [...spent, START - backMs], quota).at(-1)!.verdict).toBe('refuse')
    }))
  })

  test('has used nothing of a key that is new, and again when its time is over', () => {
    fc.assert(fc.property(quotas, times, (quota, at) => {
      const { used } = ALGORITHMS[name]
      const { counter } = countAll(name, at, quota).at(-1)!
      const longestMs = Math.ceil((quota.windowMs / quota.limit) * (quota.burst + 1)) + 2 * quota.windowMs
      expect([used(UNUSED, START, quota), used(counter, at.at(-1)! + longestMs, quota)]).toEqual([0, 0])
      expect(used(counter, at.at(-1)!, quota)).toBeGreaterThan(0)
    }))
  })
})
