import { describe, expect, test } from 'vitest'
import { roundRobin } from '../../../../src/balance/policies/round-robin.js'
import { chance, equalPool, inputOf, poolOf, surprise, tally, type TestCandidate } from '../../../support/balance.js'

/** Serves requests while one target is dead: who answers each. A retry has a tick of its own. */
function servedWithout(candidates: readonly TestCandidate[], dead: TestCandidate, requests: number): number[] {
  const picker = roundRobin(candidates)
  const random = chance(5)
  let tick = 0
  return tally(candidates, requests, () => {
    const picked = picker.pick(inputOf({ tick: tick++, random }))
    return picked === dead ? picker.pick(inputOf({ tick: tick++, random, tried: [dead.target] })) : picked
  })
}

describe('round-robin', () => {
  test('targets take turns by weight, evenly spread', () => {
    const candidates = poolOf([5, 1, 0, 1])
    const { pick } = roundRobin(candidates)
    expect(Array.from({ length: 7 }, (_, tick) => candidates.indexOf(pick(inputOf({ tick })) as TestCandidate))).toEqual([0, 0, 1, 0, 3, 0, 0])
  })

  test('a retry takes the turn after, so that equal targets share a dead one\'s load exactly', () => {
    const candidates = equalPool(3)
    expect(servedWithout(candidates, candidates[1]!, 300)).toEqual([150, 0, 150])
  })

  test.each([[[2, 1, 1], 0], [[5, 1, 1], 0], [[3, 1, 2, 2], 0], [[1, 4, 2], 1]])('with weights %j the others share the load of a dead one by weight', (weights, dead) => {
    const candidates = poolOf(weights)
    const served = servedWithout(candidates, candidates[dead]!, 20_000)
    expect(surprise(served, weights.map((weight, i) => (i === dead ? 0 : weight)))).toBeLessThan(5)
  })

  test('its order is that of the turns to come', () => {
    const candidates = poolOf([1, 1, 2, 1])
    const turns = (tick: number): number => candidates.indexOf(roundRobin(candidates).pick(inputOf({ tick })) as TestCandidate)
    const coming = [...new Set([1, 2, 3, 4, 5, 6].map(turns))]
    expect(roundRobin(candidates).order(inputOf({ tick: 1 })).map((candidate) => candidates.indexOf(candidate))).toEqual(coming)
  })
})
