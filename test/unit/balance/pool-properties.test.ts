// Whatever happens to a pool, nobody is sent where nobody should be.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Policy } from '../../../src/balance/policy.js'
import { consistentHash } from '../../../src/balance/policies/consistent-hash.js'
import { first } from '../../../src/balance/policies/first.js'
import { leastRequests } from '../../../src/balance/policies/least-requests.js'
import { peakEwma } from '../../../src/balance/policies/peak-ewma.js'
import { powerOfTwo } from '../../../src/balance/policies/power-of-two.js'
import { random } from '../../../src/balance/policies/random.js'
import { rendezvous } from '../../../src/balance/policies/rendezvous.js'
import { roundRobin } from '../../../src/balance/policies/round-robin.js'
import type { AttemptLease } from '../../../src/balancer.js'
import { GatewayError } from '../../../src/errors.js'
import { REFUSED, sceneOf, targetsOf } from '../../support/pool.js'

const POLICIES: [string, Policy][] = Object.entries({ roundRobin, random, powerOfTwo, leastRequests, peakEwma, first, consistentHash, rendezvous })
const URLS = ['http://a', 'http://b', 'http://c', 'http://d', 'http://e']

type Step =
  | { do: 'ask'; key: number; tried: string[]; fails: boolean; stays: boolean }
  | { do: 'time'; ms: number }
  | { do: 'list'; urls: string[] }
  | { do: 'reload' }

const steps = fc.array<Step>(
  fc.oneof(
    { arbitrary: fc.record({ do: fc.constant('ask' as const), key: fc.nat(20), tried: fc.subarray(URLS), fails: fc.constantFrom(true, true, true, true, false), stays: fc.constantFrom(true, false, false) }), weight: 20 },
    { arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.nat(15_000) }), weight: 3 },
    { arbitrary: fc.record({ do: fc.constant('list' as const), urls: fc.subarray(URLS) }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constant('reload' as const) }), weight: 1 },
  ),
  { minLength: 20, maxLength: 150, size: 'max' },
)

test.each(POLICIES)('%s: who is picked is on the list, was not tried, has room, and is well as long as enough others are', async (_, policy) => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(undefined, 5000), async (all, slowStartMs) => {
      const byKey = policy === consistentHash || policy === rendezvous
      let scene = sceneOf(URLS, { policy, selection: { slowStartMs }, byLatency: policy === peakEwma, key: byKey ? { kind: 'header', name: 'x-key' } : undefined }, { maxInFlight: 1000, maxInFlightPerTarget: 3 })
      const open: AttemptLease[] = []
      for (const step of all) {
        // Those that waited arrive.
        for (let turn = 0; turn < 4; turn++) await Promise.resolve()
        if (step.do === 'time') scene.nowMs += step.ms
        else if (step.do === 'list') scene.pool.retarget(targetsOf(step.urls))
        else if (step.do === 'reload') scene = scene.reloaded()
        else {
          const { members } = scene.pool
          const standings = new Map(members.map(({ target }) => [target.origin, scene.health.standing(target.origin)]))
          const room = new Set(members.filter(({ load }) => load.inFlight < 3).map(({ target }) => target.origin))
          const lease = scene.lease({ fields: ['X-Key', String(step.key)], tried: targetsOf(step.tried) })
          if (lease instanceof Promise) {
            void lease.then((late) => late instanceof GatewayError || open.push(late))
            continue
          }
          const healthy = [...standings.values()].filter((standing) => standing === 'healthy').length
          const isPanic = healthy === 0 || healthy * 2 < members.length
          const may = [...standings].filter(([origin, standing]) => !step.tried.includes(origin) && room.has(origin) && (isPanic || standing === 'healthy' || standing === 'half-open'))
          if (lease instanceof GatewayError) {
            expect(may).toEqual([])
            continue
          }
          expect(may.map(([origin]) => origin)).toContain(lease.server.origin)
          if (step.stays) open.push(lease)
          else if (step.fails) lease.failed(REFUSED)
          else {
            lease.answered(200)
            lease.ended()
          }
          if (open.length > 6) open.shift()!.failed(new GatewayError('client_aborted'))
        }
      }
    }),
    { numRuns: 30 },
  )
})
