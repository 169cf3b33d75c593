import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPool, smoothSchedule, type Upstream } from '../../../src/balance/pool.js'
import { nextTurn } from '../../../src/balance/round-robin.js'
import { createBalancer } from '../../../src/balance/stage.js'

const poolOf = (...weights: number[]): ReturnType<typeof createPool> => createPool('app', weights.map((weight, i) => ({ url: `http://127.0.0.1:${3000 + i}`, weight })))
const weights = fc.array(fc.nat(20), { minLength: 1, maxLength: 6 })
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const count = <T>(items: readonly T[], wanted: T): number => items.filter((item) => item === wanted).length

describe('createPool', () => {
  test.each([
    ['http://127.0.0.1:3001', { origin: 'http://127.0.0.1:3001', authority: '127.0.0.1:3001', secure: false, hostname: '127.0.0.1', port: 3001 }, '127.0.0.1'],
    ['http://Origin.internal/', { origin: 'http://origin.internal', authority: 'origin.internal', secure: false, hostname: 'origin.internal', port: 80 }, 'origin.internal'],
    ['https://origin.internal:443', { origin: 'https://origin.internal', authority: 'origin.internal', secure: true, hostname: 'origin.internal', port: 443 }, 'origin.internal'],
    ['https://[2001:DB8::1]:8443', { origin: 'https://[2001:db8::1]:8443', authority: '[2001:db8::1]:8443', secure: true, hostname: '2001:db8::1', port: 8443 }, '[2001:db8::1]'],
  ])('reads the server %s', (url, server, hostname) => {
    const pool = createPool('app', [{ url, weight: 1 }])
    expect(pool.upstreams).toEqual([{ ...server, weight: 1 }])
    expect([...pool.hostnames]).toEqual([hostname])
  })

  test('names each host once, whatever ports it listens on', () => {
    const targets = ['http://App.internal:1', 'http://app.internal:2', 'https://[::1]'].map((url) => ({ url, weight: 1 }))
    expect([...createPool('app', targets).hostnames]).toEqual(['app.internal', '[::1]'])
  })
})

describe('smoothSchedule', () => {
  test.each([
    [[1], [0]],
    [[1, 1, 1], [0, 1, 2]],
    [[5, 1, 1], [0, 0, 1, 0, 2, 0, 0]],
    [[2, 4], [1, 0, 1]],
    [[0, 3], [1]],
    [[0, 0], []],
    [[], []],
  ])('of %j is %j', (given, schedule) => {
    expect(smoothSchedule(given)).toEqual(schedule)
  })

  test('each index stands in it in the proportion of its weight, in lowest terms', () => {
    fc.assert(
      fc.property(weights, (given) => {
        const schedule = smoothSchedule(given)
        const total = sum(given)
        for (const [i, weight] of given.entries()) expect(count(schedule, i) * total).toBe(weight * schedule.length)
        expect(schedule.length).toBeLessThanOrEqual(total)
        expect(schedule.length > 0).toBe(total > 0)
      }),
    )
  })

  test('it is smooth: no index runs ahead of its share by a whole turn or more', () => {
    fc.assert(
      fc.property(weights.filter((given) => sum(given) > 0), (given) => {
        const schedule = smoothSchedule(given)
        for (let end = 1; end <= schedule.length; end++) {
          for (const [i, weight] of given.entries()) expect(count(schedule.slice(0, end), i)).toBeLessThan((end * weight) / sum(given) + 1)
        }
      }),
    )
  })
})

describe('nextTurn', () => {
  const serverAt = (pool: ReturnType<typeof createPool>, turn: number): Upstream | undefined => pool.upstreams[pool.schedule[turn]!]

  test('over one cycle of turns taken one after another each server has as many as its weight says', () => {
    fc.assert(
      fc.property(weights.filter((given) => sum(given) > 0), fc.nat(10_000), (given, start) => {
        const pool = poolOf(...given)
        const cycle = pool.schedule.length
        const picks = Array.from({ length: cycle }, (_, i) => serverAt(pool, nextTurn(pool, start + i, [])))
        for (const upstream of pool.upstreams) expect(count(picks, upstream) * sum(given)).toBe(upstream.weight * cycle)
      }),
    )
  })

  test('it never gives the turn of a server that was tried nor of one without weight, and gives one as long as there is one', () => {
    fc.assert(
      fc.property(weights, fc.nat(100), fc.func(fc.boolean()), (given, tick, isTried) => {
        const pool = poolOf(...given)
        const tried = pool.upstreams.filter(({ port }) => isTried(port))
        const left = pool.upstreams.filter((upstream) => upstream.weight > 0 && !tried.includes(upstream))
        const turn = nextTurn(pool, tick, tried)
        if (left.length === 0) expect(turn).toBe(-1)
        else expect(left).toContain(serverAt(pool, turn))
      }),
    )
  })

  test('it is the nearest turn of a server that was not tried', () => {
    const pool = poolOf(1, 1, 1)
    expect(nextTurn(pool, 1, [])).toBe(1)
    expect(nextTurn(pool, 4, [])).toBe(1)
    expect(nextTurn(pool, 1, [pool.upstreams[1]!])).toBe(2)
    expect(nextTurn(pool, 2, [pool.upstreams[2]!, pool.upstreams[0]!])).toBe(1)
  })
})

describe('createBalancer', () => {
  test('servers take turns', () => {
    const { pick, pool } = createBalancer(poolOf(1, 1, 1))
    expect([1, 2, 3, 4].map(() => pool.upstreams.indexOf(pick([]) as never))).toEqual([0, 1, 2, 0])
  })

  test('a retry goes to another server, and uses up the turn that it takes', () => {
    const { pick, pool } = createBalancer(poolOf(1, 1, 1))
    const first = pick([])!
    const second = pick([first])!
    expect([first, second].map((server) => pool.upstreams.indexOf(server as never))).toEqual([0, 1])
    expect(pick([])).toBe(pool.upstreams[2])
  })

  test('with no server left a retry takes nobody\'s turn', () => {
    const { pick, pool } = createBalancer(poolOf(1, 1))
    const first = pick([])!
    expect(pick([first, pool.upstreams[1]!])).toBeUndefined()
    expect(pick([])).toBe(pool.upstreams[1])
  })

  test('the load of a dead server is spread over the others evenly', () => {
    const dead = 1
    const { pick, pool } = createBalancer(poolOf(1, 1, 1))
    const served = Array.from({ length: 8 }, () => {
      const first = pick([])!
      return pool.upstreams.indexOf((first === pool.upstreams[dead] ? pick([first]) : first) as never)
    })
    expect(served).toEqual([0, 2, 0, 2, 0, 2, 0, 2])
  })

  test('two balancers keep separate turns', () => {
    const pool = poolOf(1, 1)
    const [a, b] = [createBalancer(pool), createBalancer(pool)]
    expect([a.pick([]), b.pick([]), a.pick([])]).toEqual([pool.upstreams[0], pool.upstreams[0], pool.upstreams[1]])
  })

  test('a pool without weight has nobody', () => {
    expect(createBalancer(poolOf(0, 0)).pick([])).toBeUndefined()
  })
})
