import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { murmur3 } from '../../../../src/balance/hash/murmur3.js'
import { consistentHash } from '../../../../src/balance/policies/consistent-hash.js'
import { maglev } from '../../../../src/balance/policies/maglev.js'
import { rendezvous } from '../../../../src/balance/policies/rendezvous.js'
import type { Candidate, Policy } from '../../../../src/balance/policy.js'
import { equalPool, hashes, inFlightOf, inputOf, poolOf, surprise, tally, type TestCandidate } from '../../../support/balance.js'

/** The bounds of what may move beyond what must, as a part of all keys. */
const POLICIES: [string, Policy, number][] = [['consistentHash', consistentHash, 0], ['rendezvous', rendezvous, 0], ['maglev', maglev, 0.01]]
const KEYS = hashes(20_000)

const placesOf = (policy: Policy, candidates: readonly Candidate[]): string[] => {
  const picker = policy(candidates)
  return KEYS.map((hash) => picker.pick(inputOf({ hash }))!.target.origin)
}
/** The part of the keys that moved between others than this one. */
const movedBetweenOthers = (before: readonly string[], after: readonly string[], { target }: Candidate): number =>
  before.filter((place, i) => place !== after[i] && place !== target.origin && after[i] !== target.origin).length / KEYS.length

describe.each(POLICIES)('%s', (_, policy, slack) => {
  test.each([3, 10, 50])('of %d targets one that leaves or joins moves its own keys and no others', (size) => {
    const candidates = equalPool(size)
    const [all, less] = [placesOf(policy, candidates), placesOf(policy, candidates.slice(1))]
    expect(movedBetweenOthers(all, less, candidates[0]!)).toBeLessThanOrEqual(slack)
    expect(all.filter((place, i) => place !== less[i]).length / KEYS.length).toBeLessThan(1.5 / size + slack)
  })

  test('a target that gets lighter gives keys away, and the others exchange none', () => {
    const before = poolOf([1, 1, 1, 1])
    const after = poolOf([0.1, 1, 1, 1])
    const [all, less] = [placesOf(policy, before), placesOf(policy, after)]
    const origin = before[0]!.target.origin
    expect(movedBetweenOthers(all, less, before[0]!)).toBeLessThanOrEqual(slack)
    expect(less.filter((place) => place === origin).length).toBeLessThan(all.filter((place) => place === origin).length / 4)
    expect(less.some((place, i) => place === origin && all[i] !== origin)).toBe(false)
  })

  test('the keys of a dead target are spread over the others by retries as well', () => {
    const candidates = equalPool(5)
    const picker = policy(candidates)
    const dead = KEYS.filter((hash) => picker.pick(inputOf({ hash })) === candidates[2])
    const spread = tally(candidates, dead.length, (i) => picker.pick(inputOf({ hash: dead[i]!, tried: [candidates[2]!.target] })))
    expect(spread[2]).toBe(0)
    for (const index of [0, 1, 3, 4]) expect(spread[index]! / dead.length).toBeGreaterThan(0.12)
  })

  test('attempts go through the order one after another', () => {
    const candidates = poolOf([1, 3, 1, 0.5, 2])
    const picker = policy(candidates)
    for (const hash of KEYS.slice(0, 50)) {
      const order = picker.order(inputOf({ hash }))
      for (const [i, next] of order.entries()) expect(picker.pick(inputOf({ hash, tried: order.slice(0, i).map(({ target }) => target) }))).toBe(next)
    }
  })

  test('keys that a split by the same key has sent here, those of a hundredth of all hashes, go to all targets', () => {
    const candidates = equalPool(5)
    const picker = policy(candidates)
    for (const had of tally(candidates, KEYS.length, (i) => picker.pick(inputOf({ hash: Math.floor(KEYS[i]! / 100) })))) expect(had / KEYS.length).toBeGreaterThan(0.13)
  })

  test('targets whose origins differ in one character share the keys', () => {
    const candidates = poolOf([1, 1]).map((candidate, i) => ({ ...candidate, target: { ...candidate.target, origin: `http://app:${8080 + i}` } }))
    const picker = policy(candidates)
    for (const had of tally(candidates, KEYS.length, (i) => picker.pick(inputOf({ hash: KEYS[i]! })))) expect(had / KEYS.length).toBeGreaterThan(0.35)
  })
})

// These are promises to gateways of other versions and on other runtimes: a change moves the keys of everybody.
describe.each([
  ['consistentHash', consistentHash, [5, 1, 2, 3, 3, 2, 0, 3, 5, 3, 5, 2]],
  ['rendezvous', rendezvous, [3, 1, 3, 3, 1, 3, 2, 2, 3, 5, 5, 2]],
  ['maglev', maglev, [5, 3, 3, 3, 3, 3, 2, 3, 4, 4, 3, 0]],
] as const)('%s', (_, policy, places) => {
  test('places keys where it always has', () => {
    const candidates = poolOf([1, 2, 1, 5, 0.5, 1])
    const picker = policy(candidates)
    expect(places.map((__, i) => candidates.indexOf(picker.pick(inputOf({ hash: murmur3(`client-${i}`) })) as TestCandidate))).toEqual(places)
  })
})

describe('shares', () => {
  const weights = [1, 2, 4, 0.5, 10]
  const counted = (policy: Policy, candidates: readonly Candidate[]): number[] => {
    const picker = policy(candidates)
    return tally(candidates, KEYS.length, (i) => picker.pick(inputOf({ hash: KEYS[i]! })))
  }

  test.each<[string, Policy]>(Object.entries({ rendezvous, maglev }))('those of %s are the weights, as far as chance places keys', (_, policy) => {
    expect(surprise(counted(policy, poolOf(weights)), weights)).toBeLessThan(5)
  })

  test('those of consistentHash are near the weights', () => {
    const total = weights.reduce((a, b) => a + b, 0)
    for (const [i, had] of counted(consistentHash, poolOf(weights)).entries()) expect(Math.abs(had / KEYS.length / (weights[i]! / total) - 1)).toBeLessThan(0.3)
  })

  test('in maglev\'s table even a target that is outweighed by thousands has a place', () => {
    const candidates = poolOf([...Array.from({ length: 300 }, () => 256), 0.01])
    const picker = maglev(candidates)
    // A hash for each slot.
    expect(tally(candidates, 65_537, (hash) => picker.pick(inputOf({ hash }))).at(-1)).toBe(1)
  })
})

describe('consistent-hash with bounded load', () => {
  test('nobody ever takes a request above its bound, however the keys fall', () => {
    const traffic = fc.array(fc.record({ hash: fc.constantFrom(...KEYS.slice(0, 5)), ends: fc.boolean() }), { maxLength: 300, size: 'max' })
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8, size: 'max' }), traffic, fc.constantFrom(100, 125, 150, 200), (weights, requests, maxLoadPercent) => {
        const candidates = poolOf(weights)
        const total = weights.reduce((a, b) => a + b, 0)
        const picker = consistentHash(candidates, { maxLoadPercent })
        for (const { hash, ends } of requests) {
          const inFlight = inFlightOf(candidates)
          const picked = picker.pick(inputOf({ hash, inFlight })) as TestCandidate
          picked.load.inFlight++
          expect(picked.load.inFlight).toBeLessThanOrEqual(Math.ceil((((maxLoadPercent / 100) * (inFlight + 1)) * picked.weight) / total))
          if (ends) candidates.find(({ load }) => load.inFlight > 0)!.load.inFlight--
        }
      }),
    )
  })

  test('a key goes to the next while its own is full, and comes back when there is room', () => {
    const candidates = equalPool(4)
    const picker = consistentHash(candidates)
    const hash = KEYS[0]!
    const [own, next] = picker.order(inputOf({ hash })) as TestCandidate[]
    own!.load.inFlight = 10
    expect(picker.pick(inputOf({ hash, inFlight: 10 }))).toBe(next)
    expect(picker.order(inputOf({ hash, inFlight: 10 }))[0]).toBe(next)
    own!.load.inFlight = 0
    expect(picker.pick(inputOf({ hash, inFlight: 0 }))).toBe(own)
  })

  test('without a bound it stays', () => {
    const candidates = equalPool(4)
    const hash = KEYS[0]!
    const own = consistentHash(candidates).pick(inputOf({ hash })) as TestCandidate
    own.load.inFlight = 1000
    expect(consistentHash(candidates, { maxLoadPercent: Infinity }).pick(inputOf({ hash, inFlight: 1000 }))).toBe(own)
  })

  test('a retry is served above the bound rather than not at all', () => {
    const candidates = poolOf([1, 1], [10, 0])
    expect(consistentHash(candidates).pick(inputOf({ hash: KEYS[0]!, inFlight: 10, tried: [candidates[1]!.target] }))).toBe(candidates[0])
  })
})

describe('the ring of consistent-hash', () => {
  test('stays the same when a target fails, as long as it is told what the pool weighs', () => {
    // On average 2.2; without the heavy one 1, for which a ring has twice as many points.
    const candidates = poolOf([13, ...Array.from({ length: 9 }, () => 1)])
    const [all, told, untold] = [candidates, candidates.slice(1), candidates.slice(1)].map((those, i) => placesOf((given) => consistentHash(given, i < 2 ? { averageWeight: 2.2 } : {}), those)) as [string[], string[], string[]]
    expect(movedBetweenOthers(all, told, candidates[0]!)).toBe(0)
    expect(movedBetweenOthers(all, untold, candidates[0]!)).toBeGreaterThan(0.1)
  })

  test('is no other one in a slow start, nor for weights of another unit', () => {
    const started = poolOf([1, 1, 1])
    const starting = started.map((candidate, i) => (i === 0 ? { ...candidate, weight: 0.1 } : candidate))
    expect(movedBetweenOthers(placesOf(consistentHash, started), placesOf(consistentHash, starting), started[0]!)).toBe(0)
    expect(placesOf(consistentHash, poolOf([256, 512, 256]))).toEqual(placesOf(consistentHash, poolOf([1, 2, 1])))
  })

  test('is made of configured weights of 0 as well, when others were set at run time', () => {
    const candidates = poolOf([1, 1]).map((candidate) => ({ ...candidate, target: { ...candidate.target, weight: 0 } }))
    expect(new Set(placesOf(consistentHash, candidates)).size).toBe(2)
  })
})
