import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leastRequests } from '../../../src/balance/policies/least-requests.js'
import { peakEwma } from '../../../src/balance/policies/peak-ewma.js'
import type { AttemptLease } from '../../../src/balancer.js'
import { DEFAULT_BREAKER } from '../../../src/balance/protect/breaker.js'
import { DEFAULT_CONCURRENCY } from '../../../src/balance/protect/concurrency.js'
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
    for (let i = 0; i < 4; i++) scene.now()
    expect(scene.lease()).toBeInstanceOf(Promise)
  })

  test('is counted whatever becomes of requests, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.constantFrom(...Object.values(ends))), { maxLength: 60, size: 'max' }), (steps) => {
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

  test('at a target that joins goes to those who wait, as soon as another request comes', async () => {
    const scene = sceneOf(['http://a'], {}, { maxInFlightPerTarget: 1 })
    scene.now()
    const waiting = [scene.lease()]
    scene.pool.retarget(targetsOf(['http://a', 'http://b', 'http://c']))
    waiting.push(scene.lease())
    const leases = [await waiting[0], await waiting[1]] as AttemptLease[]
    expect(leases.map(({ server }) => server.origin).sort()).toEqual(['http://b', 'http://c'])
  })

  test('is refused at once where the list is empty, and can be had when it no longer is', () => {
    const scene = sceneOf(['http://a'], {}, { maxInFlightPerTarget: 1 })
    served(scene)
    scene.pool.retarget([])
    for (let i = 0; i < 2; i++) expect(scene.lease()).toMatchObject({ code: 'destination_unavailable' })
    scene.pool.retarget(targetsOf(['http://b']))
    expect(served(scene)).toBe('http://b')
  })

  test('of a subset that is full is refused with a time to come back, while others are served', () => {
    const scene = sceneOf([{ url: 'http://a', labels: { tier: 'gold' } }, 'http://b'], {}, { maxInFlightPerTarget: 1 })
    const gold = { wish: { subset: { tier: 'gold' } } }
    scene.now(gold)
    expect(scene.lease(gold)).toMatchObject({ code: 'connection_limit_reached', retryAfterSeconds: expect.any(Number) as number })
    expect(served(scene)).toBe('http://b')
  })

  test('is not waited for by a session whose target is full; it goes back there later', async () => {
    const scene = sceneOf(['http://a', 'http://b'], { sticky: { name: 'gate', secret: 's' } }, { maxInFlightPerTarget: 1 })
    const fields = ['Cookie', 'gate=s-http___b']
    const first = (await scene.lease({ fields })) as AttemptLease
    expect([first.server.origin, first.cookie]).toEqual(['http://b', undefined])
    const second = scene.now({ fields })
    expect([second.server.origin, second.cookie]).toEqual(['http://a', undefined])
    first.answered(200)
    first.ended()
    expect(scene.now({ fields }).server.origin).toBe('http://b')
  })
})

describe('turns', () => {
  const weights = [3, 1, 2]
  const weighted = weights.map((weight, i) => ({ url: `http://t${i}`, weight }))

  test('of first attempts are exact over a cycle, whatever is repeated or kept by sessions in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 12, maxLength: 12 }), async (between) => {
        const scene = sceneOf(weighted, { sticky: { name: 'gate', secret: 's' } })
        // The first of all waits for the names of sessions, and goes by one.
        const first = (await scene.lease({ fields: ['Cookie', 'gate=s-http___t1'] })) as AttemptLease
        first.failed(new GatewayError('client_aborted'))
        const counts = weights.map(() => 0)
        for (const [retries, sessions] of between) {
          const origin = served(scene)
          counts[Number(origin.at(-1))]!++
          for (let i = 0; i < retries; i++) served(scene, { tried: targetsOf([origin]) })
          for (let i = 0; i < sessions; i++) served(scene, { fields: ['Cookie', 'gate=s-http___t1'] })
        }
        expect(counts).toEqual([6, 2, 4])
      }),
      { numRuns: 30 },
    )
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

  test('whose weight changes keeps what is known of it; without weight it gets no new sessions, and keeps those it has', async () => {
    const scene = sceneOf(['http://a', 'http://b'], { sticky: { name: 'gate', secret: 's' } }, { maxInFlight: 100 })
    await scene.lease()
    const shares = (): number[] => {
      const origins = Array.from({ length: 12 }, () => served(scene))
      return ['http://a', 'http://b'].map((origin) => origins.filter((each) => each === origin).length)
    }
    const fields = ['Cookie', 'gate=s-http___a']
    const held = scene.now({ fields })
    const weigh = async (...weights: number[]): Promise<void> => {
      scene.pool.retarget(targetsOf(weights.map((weight, i) => ({ url: `http://${'ab'[i]!}`, weight }))))
      await scene.lease()
    }
    await weigh(3, 1)
    expect(shares()).toEqual([9, 3])
    await weigh(0, 1)
    expect(shares()).toEqual([0, 12])
    expect(served(scene, { fields })).toBe('http://a')
    held.failed(REFUSED)
    for (let i = 0; i < 4; i++) scene.now({ fields }).failed(REFUSED)
    expect(scene.events).toMatchObject([{ kind: 'target-health', target: 'http://a', well: false }])
    expect(served(scene, { fields })).toBe('http://b')
  })

  test('that has recovered is trusted by peak-ewma at once: its trial is not put off, and old news is forgotten', () => {
    const scene = sceneOf(['http://a', 'http://b'], { policy: peakEwma, byLatency: true }, { maxInFlight: 100 })
    const timed = (): string => {
      const lease = scene.now()
      scene.nowMs += 10
      lease.answered(200)
      lease.ended()
      return lease.server.origin
    }
    for (let i = 0; i < 20; i++) timed()
    for (let i = 0; i < 5; i++) scene.now({ tried: targetsOf(['http://b']) }).failed(REFUSED)
    expect(Array.from({ length: 100 }, timed)).not.toContain('http://a')
    scene.nowMs += 13_000
    // It is drawn for a trial in a tenth of the cases, and then found to be as good as the other.
    const origins = Array.from({ length: 200 }, timed)
    const back = origins.indexOf('http://a')
    expect(back).toBeLessThan(60)
    const after = origins.slice(back)
    expect(after.filter((origin) => origin === 'http://a').length / after.length).toBeGreaterThan(0.25)
  })

  test.each([
    [[{ weight: 2 }, { weight: 3 }], { weight: 5, backup: false }],
    [[{ weight: 2 }, { weight: 3, backup: true }], { weight: 2, backup: false }],
    [[{ weight: 2, backup: true }, { weight: 3 }], { weight: 3, backup: false }],
    [[{ weight: 2, backup: true }, { weight: 3, backup: true }], { weight: 5, backup: true }],
  ])('that a list names several times, as %j, is one', (entries, expected) => {
    const scene = sceneOf([])
    const { joined } = scene.pool.retarget(targetsOf(entries.map((entry) => ({ url: 'http://a', ...entry }))))
    expect(joined).toEqual(['http://a'])
    expect(scene.pool.members.map(({ target }) => target)).toMatchObject([expected])
  })
})

describe('after a reload', () => {
  test('a trial may begin whose predecessor will never be told how it went', () => {
    const scene = sceneOf(['http://a', 'http://b'])
    for (let i = 0; i < 5; i++) scene.now({ tried: targetsOf(['http://b']) }).failed(REFUSED)
    scene.nowMs += 13_000
    const onlyA = { tried: targetsOf(['http://b']) }
    scene.now(onlyA)
    expect(scene.lease(onlyA)).toMatchObject({ code: 'destination_unavailable' })
    expect(served(scene.reloaded(), onlyA)).toBe('http://a')
  })

  test('an open circuit stays open, and what was learnt of the limit stays', () => {
    const concurrency = { ...DEFAULT_CONCURRENCY, initialLimit: 5, minSamples: 1, windowMs: 10 }
    const scene = sceneOf(['http://a'], {}, { maxInFlight: 1000, maxPending: 0, concurrency, breaker: DEFAULT_BREAKER })
    for (let i = 0; i < 10; i++) {
      const places = Array.from({ length: 5 }, () => scene.now())
      scene.nowMs += 20
      for (const place of places) place.ended()
      for (const place of places) place.answered(200)
    }
    const after = scene.reloaded()
    expect(Array.from({ length: 10 }, () => after.now())).toHaveLength(10)
    for (let i = 0; i < 60; i++) {
      const lease = scene.lease()
      if (!(lease instanceof GatewayError)) (lease as AttemptLease).failed(REFUSED)
    }
    expect(scene.events.at(-1)).toMatchObject({ kind: 'circuit', state: 'open' })
    expect(scene.reloaded().lease()).toMatchObject({ message: 'the circuit of app is open' })
  })
})

test('the first request of a session waits for nothing but the names of the targets, and later lists have theirs', async () => {
  const scene = sceneOf(['http://a'], { sticky: { name: 'gate', secret: 's' } })
  const first = scene.lease()
  scene.pool.retarget(targetsOf(['http://b']))
  expect((await first) as AttemptLease).toMatchObject({ server: { origin: 'http://b' }, cookie: 'gate=s-http___b; Path=/; HttpOnly; SameSite=Lax' })
})
