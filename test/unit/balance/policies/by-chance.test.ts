import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draw, drawOther, indexAt, lineOf, nextRoll, rollOf, stretchesOf } from '../../../../src/balance/policies/line.js'
import { leastRequests } from '../../../../src/balance/policies/least-requests.js'
import { peakEwma } from '../../../../src/balance/policies/peak-ewma.js'
import { powerOfTwo } from '../../../../src/balance/policies/power-of-two.js'
import { random } from '../../../../src/balance/policies/random.js'
import type { Policy } from '../../../../src/balance/policy.js'
import { chance, equalPool, inputOf, poolOf, surprise, tally, type TestCandidate } from '../../../support/balance.js'

const WEIGHTS = [1, 2, 0, 5, 0.5, 20]
const MANY = Array.from({ length: 100 }, (_, i) => (i % 10) + 1)

describe('a line of weights', () => {
  test('a point is in the stretch that begins at it or before and ends after it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 2 ** 24 })), { minLength: 1, maxLength: 100, size: 'max' }), fc.double({ min: 0, max: 0.999999, noNaN: true }), (lengths, part) => {
        const stretches = stretchesOf(lengths)
        const point = Math.floor(part * stretches.total)
        expect(indexAt(stretches, point)).toBe(stretches.ends.findIndex((end) => point < end))
      }),
    )
  })

  test('all drawing goes by weight: of all, of those not tried, and of all others', () => {
    const line = lineOf(poolOf(WEIGHTS))
    const shares = line.candidates.map(({ weight }) => weight)
    const without = (index: number): number[] => shares.map((share, i) => (i === index ? 0 : share))
    const next = chance(3)
    const counted = (pick: () => number): number[] => tally(line.candidates, 30_000, () => line.candidates[pick()])
    expect(surprise(counted(() => draw(line, rollOf(next), [])), shares)).toBeLessThan(5)
    expect(surprise(counted(() => draw(line, rollOf(next), [line.candidates[4]!.target])), without(4))).toBeLessThan(5)
    for (const index of shares.keys()) expect(surprise(counted(() => drawOther(line, index, rollOf(next))), without(index))).toBeLessThan(5)
  })
})

test('a roll after a roll is as good as chance, and tells nothing of where it came from', () => {
  const cells = Array.from({ length: 64 }, () => 0)
  const next = chance(9)
  for (let i = 0; i < 64_000; i++) {
    const roll = rollOf(next)
    cells[(roll >>> 27) * 8 + (nextRoll(roll) >>> 27)]!++
  }
  expect(surprise(cells, cells.map(() => 1))).toBeLessThan(5)
})

describe.each<[string, Policy]>(Object.entries({ random, powerOfTwo, leastRequests, peakEwma }))('%s', (_, policy) => {
  test.each([[WEIGHTS], [MANY]])('while all are idle and equally fast the weights are the shares (pool %#)', (weights) => {
    const candidates = poolOf(weights)
    for (const { load } of candidates) load.latency = { latencyMs: 20, atMs: 0 }
    const picker = policy(candidates)
    const next = chance(11)
    expect(surprise(tally(candidates, 50_000, (tick) => picker.pick(inputOf({ tick, random: next }))), weights)).toBeLessThan(5)
  })
})

/** Requests come one at a time and take long; the target of `slow` answers a tenth as fast. Who has how many under way at the end. */
function loaded(policy: Policy, candidates: TestCandidate[], slow?: TestCandidate): TestCandidate[] {
  const picker = policy(candidates)
  const next = chance(17)
  for (let tick = 0; tick < 20_000; tick++) {
    const picked = picker.pick(inputOf({ tick, random: next, nowMs: tick })) as TestCandidate
    picked.load.inFlight++
    for (const candidate of candidates) if (next() < (candidate === slow ? 0.0001 : 0.001) * candidate.load.inFlight) candidate.load.inFlight--
  }
  return candidates
}

describe.each<[string, Policy]>(Object.entries({ powerOfTwo, leastRequests }))('%s', (_, policy) => {
  test.each([8, 100])('of %d targets a slow one gets hardly more under way than the others', (size) => {
    const candidates = equalPool(size)
    loaded(policy, candidates, candidates[3])
    const others = candidates.filter((candidate) => candidate !== candidates[3]).map(({ load }) => load.inFlight)
    expect(candidates[3]!.load.inFlight).toBeLessThan(Math.max(...others) * 1.1)
    // By chance alone it has many times as much.
    const byChance = equalPool(size)
    loaded(random, byChance, byChance[3])
    expect(byChance[3]!.load.inFlight).toBeGreaterThan(candidates[3]!.load.inFlight * 2)
  })

  test('what is under way is in proportion to the weights', () => {
    const candidates = poolOf([1, 2, 4, 8])
    for (let tick = 0; tick < 1500; tick++) (policy(candidates).pick(inputOf({ tick, random: chance(tick) })) as TestCandidate).load.inFlight++
    expect(candidates.map(({ load }, i) => Math.round(load.inFlight / 2 ** i / 10))).toEqual([10, 10, 10, 10])
  })
})

describe('least-requests', () => {
  const loads = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 4 }), inFlight: fc.nat(3) }), { minLength: 1, maxLength: 32, size: 'max' })

  test('of 32 targets or fewer nobody has less to do for its weight than the one it takes', () => {
    fc.assert(
      fc.property(loads, fc.nat(100), (items, tick) => {
        const candidates = poolOf(items.map(({ weight }) => weight), items.map(({ inFlight }) => inFlight))
        const { load, weight } = leastRequests(candidates).pick(inputOf({ tick, random: chance(tick) }))!
        for (const other of candidates) expect(load.inFlight / weight).toBeLessThanOrEqual(other.load.inFlight / other.weight)
      }),
    )
  })

  test('those with equally little take exact turns while they are all', () => {
    const candidates = poolOf([5, 1, 1])
    const { pick } = leastRequests(candidates)
    expect(Array.from({ length: 7 }, (_, tick) => candidates.indexOf(pick(inputOf({ tick })) as TestCandidate))).toEqual([0, 0, 1, 0, 2, 0, 0])
  })

  test('those with equally little share by weight what a busy one\'s turn would be', () => {
    const candidates = poolOf([2, 1, 3, 1], [9, 0, 0, 0])
    const next = chance(2)
    const { pick } = leastRequests(candidates)
    // Turns that are not of the busy one remain exact; a fifth of the ticks is what it leaves.
    expect(surprise(tally(candidates, 35_000, (tick) => pick(inputOf({ tick, random: next }))), [0, 1, 3, 1])).toBeLessThan(5)
  })

  test('of a hundred targets it avoids the busy ones, unless all that it looks at are busy', () => {
    const candidates = poolOf(Array.from({ length: 100 }, () => 1), Array.from({ length: 100 }, (_, i) => (i % 2) * 5))
    const next = chance(4)
    const { pick } = leastRequests(candidates)
    const busy = tally(candidates, 20_000, (tick) => pick(inputOf({ tick, random: next }))).filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0)
    // One of two, eight times: 0.4 %.
    expect(busy / 20_000).toBeLessThan(0.006)
  })
})

describe('peak-ewma', () => {
  const shares = (candidates: TestCandidate[], nowMs = 0): number[] => {
    const next = chance(6)
    return tally(candidates, 10_000, (tick) => peakEwma(candidates).pick(inputOf({ tick, random: next, nowMs }))).map((had) => had / 10_000)
  }
  const known = (latencies: readonly (number | undefined)[], inFlight: readonly number[] = []): TestCandidate[] => {
    const candidates = poolOf(latencies.map(() => 1), inFlight)
    for (const [i, latencyMs] of latencies.entries()) candidates[i]!.load.latency = latencyMs === undefined ? undefined : { latencyMs, atMs: 0 }
    return candidates
  }

  test('of two the faster one is taken', () => {
    expect(shares(known([10, 20]))).toEqual([1, 0])
  })

  test('requests under way count as time', () => {
    expect(shares(known([10, 20], [1, 0]))).not.toEqual([1, 0])
    expect(shares(known([10, 20], [2, 0]))).toEqual([0, 1])
  })

  test('the slowest of a pool gets nothing until its bad news is old', () => {
    const candidates = known([10, 10, 10, 1000])
    expect(shares(candidates)[3]).toBe(0)
    for (const candidate of candidates.slice(0, 3)) candidate.load.latency = { latencyMs: 10, atMs: 60_000 }
    expect(shares(candidates, 60_000)[3]).toBeGreaterThan(0.25)
  })

  test('an unknown target gets one request, and no second one before it has answered', () => {
    expect(shares(known([10, undefined]))).toEqual([0, 1])
    expect(shares(known([10, undefined], [5, 1]))).toEqual([1, 0])
  })

  test('where all are unknown they share what comes', () => {
    const candidates = known(Array.from({ length: 10 }, () => undefined))
    const next = chance(8)
    for (let tick = 0; tick < 1000; tick++) (peakEwma(candidates).pick(inputOf({ random: next })) as TestCandidate).load.inFlight++
    for (const { load } of candidates) expect(Math.abs(load.inFlight - 100)).toBeLessThan(5)
  })

  test('a heavy target may have more under way before it counts as slow', () => {
    const candidates = poolOf([1, 3], [1, 2])
    for (const { load } of candidates) load.latency = { latencyMs: 10, atMs: 0 }
    expect(shares(candidates)).toEqual([0, 1])
  })
})
