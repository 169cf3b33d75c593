import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wholeShares } from '../../../../src/balance/policies/shares.js'
import { smoothOrder } from '../../../../src/balance/policies/smooth-order.js'
import { evenStride } from '../../../../src/balance/policies/stride.js'
import { turnsOf } from '../../../../src/balance/policies/turns.js'

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const count = (items: ArrayLike<number>, wanted: number): number => Array.from(items).filter((item) => item === wanted).length
const shares = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6, size: 'max' })

/** By how many turns an index is ahead of its share or behind it, at most, over the ticks. */
function unevenness(weights: readonly number[], ticks: number, start = 0): number {
  const turns = turnsOf(weights)
  const total = sum(weights)
  const seen = weights.map(() => 0)
  let most = 0
  for (let tick = 0; tick < ticks; tick++) {
    const index = turns.at(start + tick)
    most = Math.max(most, Math.abs(++seen[index]! - ((tick + 1) * weights[index]!) / total))
  }
  for (const [index, had] of seen.entries()) most = Math.max(most, Math.abs(had - (ticks * weights[index]!) / total))
  return most
}

function countsOf(weights: readonly number[], ticks: number, start = 0): number[] {
  const { at } = turnsOf(weights)
  const counts = weights.map(() => 0)
  for (let tick = 0; tick < ticks; tick++) counts[at(start + tick)]!++
  return counts
}

describe('smoothOrder', () => {
  test.each([
    [[1], [0]],
    [[1, 1, 1], [0, 1, 2]],
    [[5, 1, 1], [0, 0, 1, 0, 2, 0, 0]],
    [[1, 2], [1, 0, 1]],
    [[], []],
  ])('of %j is %j', (given, order) => {
    expect([...smoothOrder(given)]).toEqual(order)
  })

  test('each index stands in it as often as its share', () => {
    fc.assert(
      fc.property(shares, (given) => {
        const order = smoothOrder(given)
        for (const [i, share] of given.entries()) expect(count(order, i)).toBe(share)
      }),
    )
  })

  test('it is smooth: no index runs ahead of its share by a whole turn or more', () => {
    fc.assert(
      fc.property(shares, (given) => {
        const order = smoothOrder(given)
        for (let end = 1; end <= order.length; end++) {
          for (const [i, share] of given.entries()) expect(count(order.slice(0, end), i)).toBeLessThan((end * share) / sum(given) + 1)
        }
      }),
    )
  })
})

describe('wholeShares', () => {
  test.each([
    [[2, 4], [1, 2]],
    [[256, 256], [1, 1]],
    [[3, 5], [3, 5]],
    [[0.5, 1], [1, 2]],
    [[0.1, 1, 1], [1, 10, 10]],
    [[1, 1.0004], [1, 1]],
    [[0.000001, 1], [1, 1000]],
    [[], []],
  ])('of %j are %j', (weights, expected) => {
    expect(wholeShares(weights)).toEqual(expected)
  })

  test('their sum stays below 2^27, however heavy the pool', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 100, size: 'max' }), (weights) => {
        const given = wholeShares(weights)
        expect(sum(given)).toBeLessThan(2 ** 27)
        expect(given.every((share) => Number.isInteger(share) && share > 0)).toBe(true)
      }),
    )
  })
})

describe('evenStride', () => {
  test('meets every place once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (cycle) => {
        const stride = evenStride(cycle)
        expect(new Set(Array.from({ length: cycle }, (_, i) => (i * stride) % cycle)).size).toBe(cycle)
      }),
    )
  })
})

describe('turnsOf', () => {
  test('small pools take turns in the order of nginx', () => {
    const { at, cycle } = turnsOf([5, 1, 1])
    expect(Array.from({ length: cycle + 2 }, (_, tick) => at(tick))).toEqual([0, 0, 1, 0, 2, 0, 0, 0, 0])
  })

  test('over one cycle, wherever it begins, each has exactly its share', () => {
    fc.assert(
      fc.property(shares, fc.nat(2 ** 31), (given, start) => {
        const { cycle } = turnsOf(given)
        expect(countsOf(given, cycle, start).map((had) => had * sum(given))).toEqual(given.map((share) => share * cycle))
      }),
    )
  })

  test('a thousand with weights up to 256 have exactly their shares as well, without a table of all turns', () => {
    const weights = Array.from({ length: 1000 }, (_, i) => ((i * 37) % 256) + 1)
    const { cycle } = turnsOf(weights)
    expect(cycle).toBe(sum(weights))
    expect(countsOf(weights, cycle, 123_456)).toEqual(weights)
  })

  test('a thousand of equal weight come one after another', () => {
    expect(countsOf(Array.from({ length: 1000 }, () => 256), 1000)).toEqual(Array.from({ length: 1000 }, () => 1))
  })

  test('long cycles are even at any time: nobody is ahead or behind by more than a few turns', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 60, maxLength: 300, size: 'max' }), fc.nat(2 ** 31), (weights, start) => {
        expect(unevenness(weights, 20_000, start)).toBeLessThan(6)
      }),
      { numRuns: 20 },
    )
    // Fractions of a slow start, and one that outweighs the rest.
    expect(unevenness([0.137, 1, 1, 1.271, 7.003], 20_000)).toBeLessThan(6)
    expect(unevenness([256, ...Array.from({ length: 999 }, () => 1)], 20_000)).toBeLessThan(6)
  })
})
