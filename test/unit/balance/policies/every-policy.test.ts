import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTried, type Candidate, type PickInput, type Policy } from '../../../../src/balance/policy.js'
import { consistentHash } from '../../../../src/balance/policies/consistent-hash.js'
import { first } from '../../../../src/balance/policies/first.js'
import { leastRequests } from '../../../../src/balance/policies/least-requests.js'
import { maglev } from '../../../../src/balance/policies/maglev.js'
import { peakEwma } from '../../../../src/balance/policies/peak-ewma.js'
import { powerOfTwo } from '../../../../src/balance/policies/power-of-two.js'
import { random } from '../../../../src/balance/policies/random.js'
import { rendezvous } from '../../../../src/balance/policies/rendezvous.js'
import { roundRobin } from '../../../../src/balance/policies/round-robin.js'
import { arbitraryPool, chance, equalPool, hashes, inFlightOf, inputOf, poolOf, type TestCandidate } from '../../../support/balance.js'

const POLICIES: [string, Policy][] = Object.entries({ roundRobin, random, powerOfTwo, leastRequests, peakEwma, first, consistentHash, rendezvous, maglev })
const PLACING: [string, Policy][] = Object.entries({ consistentHash, rendezvous, maglev })

/** A pool, a part of it that was tried, and the rest of a pick's input; `input()` replays the same chance. */
const situation = fc.tuple(arbitraryPool, fc.func(fc.boolean()), fc.record({ tick: fc.nat(2 ** 31), seed: fc.nat(), hash: fc.option(fc.nat(2 ** 32 - 1), { nil: undefined }), nowMs: fc.nat(100_000) })).map(
  ([candidates, wasTried, { seed, ...rest }]) => {
    // Copies: a pool that was compiled anew has other objects of the same origin.
    const tried = candidates.filter(({ target }) => wasTried(target.origin)).map(({ target }) => ({ ...target }))
    return { candidates, input: (more: Partial<PickInput> = {}): PickInput => inputOf({ ...rest, random: chance(seed), tried, inFlight: inFlightOf(candidates), ...more }) }
  },
)
const isLeft = (candidate: Candidate, input: PickInput): boolean => candidate.weight > 0 && !isTried(candidate, input.tried)

describe.each(POLICIES)('%s', (_, policy) => {
  // A table of maglev takes milliseconds to make.
  const runs = { numRuns: policy === maglev ? 25 : 100 }

  test('gives one that has weight and was not tried, as long as there is one', () => {
    fc.assert(
      fc.property(situation, ({ candidates, input }) => {
        const left = candidates.filter((candidate) => isLeft(candidate, input()))
        const picked = policy(candidates).pick(input())
        if (left.length === 0) expect(picked).toBeUndefined()
        else expect(left).toContain(picked)
      }),
      runs,
    )
  })

  test('its order names everyone who is left, once, and begins with the one it picks', () => {
    fc.assert(
      fc.property(situation, ({ candidates, input }) => {
        const picker = policy(candidates)
        const order = picker.order(input())
        const names = (those: readonly Candidate[]): string[] => those.map(({ target }) => target.origin).sort()
        expect(order[0]).toBe(picker.pick(input()))
        expect(names(order)).toEqual(names(candidates.filter((candidate) => isLeft(candidate, input()))))
      }),
      runs,
    )
  })

  test('gives the same for the same input, whoever prepared it and whatever was picked before', () => {
    fc.assert(
      fc.property(situation, fc.nat(5), ({ candidates, input }, before) => {
        const [one, other] = [policy(candidates), policy(candidates)]
        for (let i = 0; i < before; i++) one.pick(input({ tick: i }))
        expect(one.pick(input())).toBe(other.pick(input()))
      }),
      runs,
    )
  })

  test('attempts of one request reach everybody, and then nobody', () => {
    const candidates = poolOf([3, 1, 2, 1, 5])
    const picker = policy(candidates)
    const tried: TestCandidate['target'][] = []
    for (let tick = 0; tick < candidates.length; tick++) tried.push(picker.pick(inputOf({ tick, hash: 99, tried: [...tried] }))!.target)
    expect(new Set(tried).size).toBe(candidates.length)
    expect(picker.pick(inputOf({ hash: 99, tried }))).toBeUndefined()
  })

  test('a pool of a thousand with very different weights is served as well', () => {
    const candidates = poolOf(Array.from({ length: 1000 }, (__, i) => (i % 256) + 1))
    const picker = policy(candidates)
    for (const [tick, hash] of hashes(50).entries()) expect(candidates).toContain(picker.pick(inputOf({ tick, hash, tried: [candidates[tick]!.target] })))
  })
})

describe.each(PLACING)('%s, by key', (_, policy) => {
  test('the order of writing does not matter', () => {
    const candidates = poolOf(Array.from({ length: 50 }, (__, i) => (i % 7) + 0.5))
    const pickers = [candidates, candidates.toReversed(), [...candidates.slice(20), ...candidates.slice(0, 20)]].map((those) => policy(those))
    for (const hash of hashes(5000)) expect(new Set(pickers.map((picker) => picker.pick(inputOf({ hash })))).size).toBe(1)
  })

  test('a key keeps its place, whatever the tick, the time and chance', () => {
    const picker = policy(equalPool(10))
    for (const hash of hashes(50)) {
      const places = new Set([1, 2, 3].map((n) => picker.pick(inputOf({ hash, tick: n, random: chance(n), nowMs: n * 1000 }))))
      expect(places.size).toBe(1)
    }
  })

  test('a request without a key is placed by chance and weight', () => {
    const candidates = poolOf([1, 3])
    const picker = policy(candidates)
    const random = chance(7)
    const picks = Array.from({ length: 2000 }, () => picker.pick(inputOf({ random })))
    expect(picks.filter((picked) => picked === candidates[1]).length / 2000).toBeCloseTo(0.75, 1)
  })
})

describe.each(Object.entries({ consistentHash, rendezvous }))('%s, by key', (_, policy) => {
  test('a retry goes where the key goes once its target is gone', () => {
    const candidates = equalPool(10)
    for (const hash of hashes(50)) {
      const picked = policy(candidates).pick(inputOf({ hash }))!
      const gone = policy(candidates.filter((candidate) => candidate !== picked))
      expect(policy(candidates).pick(inputOf({ hash, tried: [picked.target] }))).toBe(gone.pick(inputOf({ hash })))
    }
  })
})
