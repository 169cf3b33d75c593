import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leastRequests } from '../../../src/balance/policies/least-requests.js'
import type { AttemptLease } from '../../../src/balancer.js'
import { GatewayError } from '../../../src/errors.js'
import { REFUSED, type Scene, sceneOf, served, targetsOf } from '../../support/pool.js'

const underWay = ({ pool }: Scene): number => pool.members.reduce((sum, { load }) => sum + load.inFlight, 0)

describe('a place', () => {
  const ends: Record<string, (lease: AttemptLease) => void> = {
    'after the head': (lease) => (lease.answered(200), lease.ended()),
    'before anybody has looked at the head': (lease) => (lease.ended(), lease.answered(200)),
    'without an answer': (lease) => lease.failed(REFUSED),
    'with a broken body': (lease) => (lease.answered(200), lease.ended(new GatewayError('http_response_incomplete'))),
    'with an answer that was none, given up afterwards': (lease) => (lease.failed(new GatewayError('http_protocol_error')), lease.ended(new GatewayError('client_aborted'))),
    'told twice': (lease) => (lease.answered(200), lease.ended(), lease.ended(new GatewayError('client_aborted'))),
  }

  test.each(Object.entries(ends))('that ends %s is given back once', (_, end) => {
    const scene = sceneOf(['http://a'])
    const lease = scene.now()
    expect(underWay(scene)).toBe(1)
    end(lease)
    expect(underWay(scene)).toBe(0)
    // As many as there are places can be had again, and no more.
    const all = Array.from({ length: 4 }, () => scene.now())
    expect(scene.lease()).toBeInstanceOf(Promise)
    expect(all).toHaveLength(4)
  })

  test('is counted whatever becomes of requests, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.constantFrom(...Object.values(ends))), { maxLength: 60 }), (steps) => {
        const scene = sceneOf(['http://a', 'http://b'], {}, { maxInFlight: 1000 })
        const open: AttemptLease[] = []
        for (const [at, end] of steps) {
          open.push(scene.now())
          const leaving = open[at]
          if (!leaving) continue
          open.splice(at, 1)
          end(leaving)
        }
        expect(underWay(scene)).toBe(open.length)
      }),
    )
  })

  test('is waited for where the pool is full, and refused where too many wait', async () => {
    const scene = sceneOf(['http://a'])
    const places = Array.from({ length: 4 }, () => scene.now())
    const waiting = [scene.lease(), scene.lease()]
    const refused = scene.lease()
    expect(refused).toBeInstanceOf(GatewayError)
    expect((refused as GatewayError).retryAfterSeconds).toBeGreaterThan(0)
    places[0]!.failed(REFUSED)
    expect(await waiting[0]).not.toBeInstanceOf(GatewayError)
    expect(underWay(scene)).toBe(4)
  })

  test('goes to nobody who left while waiting', async () => {
    const scene = sceneOf(['http://a'])
    const places = Array.from({ length: 4 }, () => scene.now())
    const client = new AbortController()
    const left = scene.lease({ signal: client.signal })
    const stays = scene.lease()
    client.abort()
    expect(await left).toMatchObject({ code: 'client_aborted' })
    places[0]!.failed(REFUSED)
    expect(await stays).not.toBeInstanceOf(GatewayError)
    expect(underWay(scene)).toBe(4)
  })

  test('is at no target that is full while another is not', () => {
    const scene = sceneOf(['http://a', 'http://b'], {}, { maxInFlightPerTarget: 1 })
    expect([scene.now(), scene.now()].map(({ server }) => server.origin).sort()).toEqual(['http://a', 'http://b'])
    expect(scene.lease()).toBeInstanceOf(Promise)
  })
})

describe('a target', () => {
  const fail = (scene: Scene, origin: string, times: number): void => {
    while (times > 0) {
      const lease = scene.now()
      if (lease.server.origin === origin) {
        lease.failed(REFUSED)
        times--
      } else {
        lease.answered(200)
        lease.ended()
      }
    }
  }

  test('that keeps failing is left out for a while, then tried with one request', () => {
    const scene = sceneOf(['http://a', 'http://b'])
    fail(scene, 'http://a', 5)
    expect(scene.events).toMatchObject([{ kind: 'target-health', target: 'http://a', well: false }])
    const origins = (): string[] => Array.from({ length: 60 }, () => served(scene))
    expect(new Set(origins())).toEqual(new Set(['http://b']))
    scene.nowMs += 13_000
    expect(origins()).toContain('http://a')
    expect(scene.events.at(-1)).toMatchObject({ kind: 'target-health', target: 'http://a', well: true })
  })

  test('that stays on the list keeps what is known of it, and one that left ends its requests', () => {
    const scene = sceneOf(['http://a', 'http://b', 'http://c'], { policy: leastRequests }, { maxInFlight: 100 })
    fail(scene, 'http://a', 5)
    const held = scene.now()
    const { joined, left } = scene.pool.retarget(targetsOf(['http://a', 'http://d']))
    expect([joined, left]).toEqual([['http://d'], ['http://b', 'http://c']])
    expect(Array.from({ length: 8 }, () => scene.now().server.origin)).not.toContain('http://a')
    held.answered(200)
    held.ended()
    expect(underWay(scene)).toBe(8)
  })
})

test('the first request of a session waits for nothing but the names of the targets, and later lists have theirs', async () => {
  const scene = sceneOf(['http://a'], { sticky: { name: 'gate', secret: 's' } })
  const first = scene.lease()
  scene.pool.retarget(targetsOf(['http://b']))
  expect((await first) as AttemptLease).toMatchObject({ server: { origin: 'http://b' }, cookie: 'gate=s-http___b; Path=/; HttpOnly; SameSite=Lax' })
})
