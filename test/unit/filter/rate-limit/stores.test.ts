import { describe, expect, test } from 'vitest'
import { type Config, ConfigError, type CounterStore, createGateway } from '../../../../src/index.js'
import { type World, worldOf } from '../../../support/gateway.js'

/** A store that answers while `state.works`, and counts how often it was asked. */
function storeOf(state: { works: boolean; asked: string[] }): CounterStore {
  return {
    consistency: 'exact-shared',
    count: (key) => {
      state.asked.push(key)
      return state.works ? Promise.resolve({ verdict: state.asked.length > 1 ? 'refuse' : 'pass', remaining: 0, resetSeconds: 7 }) : Promise.reject(new Error('gone'))
    },
  }
}

const world = (state: Parameters<typeof storeOf>[0], rest: object = {}): World =>
  worldOf({ counters: { shared: { store: 'redis', url: 'redis://127.0.0.1' } }, filters: [{ rateLimit: { limit: 1, window: '1m', by: 'client-ip', store: 'shared', ...rest } }] }, undefined, { openCounters: () => storeOf(state) })

test('a store outside the process decides, and gets a key that says of which filter it is', async () => {
  const state = { works: true, asked: [] as string[] }
  const gate = world(state)
  const [passed, refused] = [await gate.ask('GET', '/'), await gate.ask('GET', '/')]
  expect([passed.status, passed.value('ratelimit'), refused.status, refused.value('retry-after')]).toEqual([200, '"1/60s";r=0;t=7', 429, '7'])
  expect(state.asked[0]).toMatch(/^ rateLimit \{.*\} =203\.0\.113\.9$/)
})

describe('a store that does not answer', () => {
  test.each<[object, number, string | undefined]>([
    [{}, 200, undefined],
    [{ onStoreFailure: 'open' }, 200, undefined],
    [{ onStoreFailure: 'closed' }, 503, '1'],
    [{ onStoreFailure: 'closed', trial: true }, 200, undefined],
  ])('with %j', async (rest, status, retryAfter) => {
    const state = { works: false, asked: [] as string[] }
    const gate = world(state, rest)
    const told = await gate.ask('GET', '/')
    expect([told.status, told.value('retry-after'), told.value('ratelimit')]).toEqual([status, retryAfter, undefined])
    expect(gate.events[0]).toMatchObject({ kind: 'service-failed', filter: 'rateLimit', service: 'counters.shared', detail: 'gone' })
  })

  test('is left alone for a second, so that not every request waits for it, and is asked again then, or when the clock was set', async () => {
    const state = { works: false, asked: [] as string[] }
    const gate = world(state)
    await gate.ask('GET', '/')
    gate.nowMs += 999
    await gate.ask('GET', '/')
    expect(state.asked.length).toBe(1)
    gate.nowMs += 1
    await gate.ask('GET', '/')
    gate.nowMs -= 100_000
    await gate.ask('GET', '/')
    expect(state.asked.length).toBe(3)
  })
})

test('a named store in memory holds as many keys as it is told', async () => {
  const gate = worldOf({ counters: { small: { store: 'memory', maxKeys: 1 } }, filters: [{ rateLimit: { limit: 5, window: '1m', by: 'client-ip', store: 'small' } }] })
  const remaining = async (peer: string): Promise<string | undefined> => (await gate.ask('GET', '/', { peer })).value('ratelimit')
  expect([await remaining('192.0.2.1'), await remaining('192.0.2.1'), await remaining('192.0.2.2'), await remaining('192.0.2.1')].map((told) => /r=(\d)/.exec(told!)![1])).toEqual(['4', '3', '4', '4'])
})

describe('a setting that is wrong is told at start', () => {
  const issuesOf = (config: Partial<Config>): string[] => {
    try {
      createGateway({ routes: [], ...config })
      return []
    } catch (error) {
      return (error as ConfigError).issues.map(({ path, message }) => `${path}: ${message}`)
    }
  }
  const counting = (store: string, rest = {}): Config['filters'] => [{ rateLimit: { limit: 1, window: '1s', by: 'host', store, ...rest } }]
  const redis = { store: 'redis', url: 'redis://127.0.0.1' } as const

  test.each<[Partial<Config>, string]>([
    [{ counters: { shared: redis }, filters: counting('shred') }, 'filters[0].rateLimit.store: there is no store of counters "shred"; did you mean "shared"?'],
    [{ counters: { shared: redis }, routes: [{ filters: counting('other'), respond: { status: 204 } }] }, 'routes[0].filters[0].rateLimit.store: there is no store of counters "other"; there are: memory, shared'],
    [{ counters: { shared: redis }, filters: counting('shared') }, 'filters[0].rateLimit.store: is a redis store of counters, which this runtime cannot reach; write "memory"'],
    [{ counters: { shared: { store: 'redis' } } }, 'counters.shared: a redis store needs "url"'],
    [{ counters: { shared: { ...redis, maxKeys: 5 } } }, 'counters.shared: a redis store has no "maxKeys"; its server bounds itself'],
    [{ counters: { small: { store: 'memory', timeout: '1s' } } }, 'counters.small: a memory store has no "url" and no "timeout"'],
    [{ filters: counting('memory', { onStoreFailure: 'closed' }) }, 'filters[0].rateLimit: has an "onStoreFailure" without a "store" that could fail; leave it out'],
  ])('%j', (config, expected) => {
    expect(issuesOf(config)).toEqual([expected])
  })
})
