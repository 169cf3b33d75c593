import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consistentHash } from '../../../src/balance/policies/consistent-hash.js'
import { maglev } from '../../../src/balance/policies/maglev.js'
import { rendezvous } from '../../../src/balance/policies/rendezvous.js'
import type { Policy } from '../../../src/balance/policy.js'
import type { PoolSettings } from '../../../src/balance/stage.js'
import { REFUSED, type Scene, sceneOf, served } from '../../support/pool.js'

/** What may move beyond what must, as a part of all keys. */
const POLICIES: [string, Policy, number][] = [['consistentHash', consistentHash, 0], ['rendezvous', rendezvous, 0], ['maglev', maglev, 0.03]]
const KEYS = Array.from({ length: 300 }, (_, i) => `user-${i}`)

const keyed = (weights: readonly number[], policy: Policy, more: Partial<PoolSettings> = {}): Scene =>
  sceneOf(weights.map((weight, i) => ({ url: `http://t${i}`, weight })), { policy, key: { kind: 'header', name: 'x-user' }, ...more }, { maxInFlight: 1000 })
const placesIn = (scene: Scene): string[] => KEYS.map((key) => served(scene, { fields: ['X-User', key] }))

/** Five failures in a row. */
function eject(scene: Scene, origin: string): void {
  const tried = scene.pool.members.map(({ target }) => target).filter((target) => target.origin !== origin)
  for (let i = 0; i < 5; i++) scene.now({ tried }).failed(REFUSED)
}

/** The part of the keys that are at another target, though neither was this one. */
const movedBetweenOthers = (before: readonly string[], after: readonly string[], origin: string): number =>
  before.filter((place, i) => place !== after[i] && place !== origin && after[i] !== origin).length / KEYS.length

const weights = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 256 })), { minLength: 3, maxLength: 8, size: 'max' })

describe.each(POLICIES)('the keys of %s', (_, policy, slack) => {
  const runs = { numRuns: policy === maglev ? 15 : 50 }

  test('stay where they are while another target is ejected, and go back to one that has recovered', () => {
    fc.assert(
      fc.property(weights, fc.nat(7), (given, at) => {
        const scene = keyed(given, policy)
        const origin = `http://t${at % given.length}`
        const before = placesIn(scene)
        eject(scene, origin)
        const without = placesIn(scene)
        expect(without).not.toContain(origin)
        expect(movedBetweenOthers(before, without, origin)).toBeLessThanOrEqual(slack)
        scene.nowMs += 13_000
        served(scene, { tried: scene.pool.members.map(({ target }) => target).filter((target) => target.origin !== origin) })
        expect(placesIn(scene)).toEqual(before)
      }),
      runs,
    )
  })

  test('come back to a target that warms up little by little, while the others exchange none', () => {
    const scene = keyed([3, 1, 2, 1], policy, { selection: { slowStartMs: 20_000 } })
    const before = placesIn(scene)
    eject(scene, 'http://t0')
    scene.nowMs += 13_000
    served(scene, { tried: scene.pool.members.slice(1).map(({ target }) => target) })
    const kept = before.filter((place) => place === 'http://t0').length
    const counts: number[] = []
    let last: string[] = []
    for (; counts.length <= 20; scene.nowMs += 1000) {
      const places = placesIn(scene)
      expect(movedBetweenOthers(before, places, 'http://t0')).toBeLessThanOrEqual(slack)
      // A key that has come back stays.
      expect(last.filter((place, i) => place === 'http://t0' && places[i] !== place)).toEqual([])
      // One that has not, waits at the same target.
      expect(last.filter((place, i) => place !== places[i] && places[i] !== 'http://t0')).toEqual([])
      counts.push(places.filter((place) => place === 'http://t0').length)
      last = places
    }
    expect(counts[0]! / kept).toBeLessThan(0.25)
    expect(Math.abs(counts[10]! / kept - 0.5)).toBeLessThan(0.2)
    expect(last).toEqual(before)
  })

  test('stay over a reload with requests under way', () => {
    const scene = keyed([1, 1, 1], policy)
    for (const key of KEYS) scene.now({ fields: ['X-User', key] })
    expect(placesIn(scene.reloaded())).toEqual(placesIn(scene))
  })
})
