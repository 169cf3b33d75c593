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
  sceneOf(weights.map((weight, i) => ({ url: `http://t${i}`, weight })), { policy, key: { kind: 'header', name: 'x-user' }, ...more })
const placesIn = (scene: Scene): string[] => KEYS.map((key) => served(scene, { fields: ['X-User', key] }))

/** Five failures in a row. */
function eject(scene: Scene, origin: string): void {
  const tried = scene.pool.members.map(({ target }) => target).filter((target) => target.origin !== origin)
  for (let i = 0; i < 5; i++) scene.now({ tried }).failed(REFUSED)
}

/** The part of the keys that are at another target, though neither was this one. */
const movedBetweenOthers = (before: readonly string[], after: readonly string[], origin: string): number =>
  before.filter((place, i) => place !== after[i] && place !== origin && after[i] !== origin).length / KEYS.length

const weights = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 256 })), { minLength: 3, maxLength: 8 })

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
})
