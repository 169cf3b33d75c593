import { describe, expect, test } from 'vitest'
import { fieldValue } from '../../../src/http/fields.js'
import type { Config } from '../../../src/index.js'
import { createMemoryStore } from '../../../src/cache/stores/memory.js'
import { text, worldOf } from '../../support/gateway.js'

type Route = Config['routes'][number]

const UPSTREAMS = { app: { targets: ['http://app.internal'] }, next: { targets: ['http://next.internal'] } }
const withRoute = (route: Route): Partial<Config> => ({ upstreams: UPSTREAMS, routes: [route] })
const FRESH = ['Cache-Control', 'max-age=60']

describe('the headers of a route', () => {
  test.each<[string, Route['headers'], string[], number]>([
    ['in short are fields to match', { 'X-Beta': '1' }, ['x-beta', '1'], 200],
    ['in short are fields to match, all of them', { 'X-Beta': '1', 'X-More': '2' }, ['x-beta', '1'], 404],
    ['in short may match fields called like the parts of the long form', { Match: '1', request: '2' }, ['match', '1', 'Request', '2'], 200],
    ['in full have fields to match', { match: { 'X-Beta': '1' } }, [], 404],
    ['in full match those', { match: { 'X-Beta': '1' }, request: {} }, ['X-BETA', '1'], 200],
    ['with edits only match everything', { response: { remove: ['x'] } }, [], 200],
  ])('%s', async (_, headers, fields, status) => {
    const { ask } = worldOf(withRoute({ upstream: 'app', ...(headers ? { headers } : {}) }))
    expect((await ask('GET', '/', { fields })).status).toBe(status)
  })

  test('edit both ways: removed first, then set, then added', async () => {
    const edits = { remove: ['X-Gone'], set: { 'X-Set': 'new' }, add: { 'X-Add': 'more' } }
    const sent = ['X-Gone', '1', 'x-set', 'old', 'X-SET', 'older', 'X-Add', 'first']
    const world = worldOf(withRoute({ upstream: 'app', headers: { request: edits, response: edits } }), () => text('', sent))
    const { fields } = await world.ask('GET', '/', { fields: sent })
    for (const lines of [world.sent[0]!.fields, fields]) {
      const named = lines.flatMap((name, i) => (i % 2 === 0 && /^x-(gone|set|add)$/i.test(name) ? [name, lines[i + 1]!] : []))
      expect(named).toEqual(['X-Add', 'first', 'X-Set', 'new', 'X-Add', 'more'])
    }
  })

  test('edit what the route answers itself too', async () => {
    const { ask } = worldOf({ routes: [{ respond: { headers: { 'X-A': '1' } }, headers: { response: { set: { 'X-A': '2' } } } }] })
    expect((await ask('GET', '/')).value('x-a')).toBe('2')
  })
})

describe('the answers of a route itself', () => {
  test.each<[Route, number]>([
    [{ redirect: { to: '/x' } }, 308],
    [{ redirect: { to: '/x', status: 302 } }, 302],
    [{ respond: {} }, 200],
    [{ respond: { status: 503 } }, 503],
  ])('%j has the status %d', async (route, status) => {
    expect((await worldOf({ routes: [route] }).ask('GET', '/')).status).toBe(status)
  })
})

describe('the prefixes of a route', () => {
  test.each<[Partial<Route>, string, string]>([
    [{ stripPrefix: '/api/' }, '/api/x', '/x'],
    [{ addPrefix: '/v1/' }, '/x', '/v1/x'],
    [{ stripPrefix: '/', addPrefix: '/' }, '/x', '/x'],
    [{ stripPrefix: '/api', addPrefix: '/v1' }, '/api/x?y', '/v1/x?y'],
  ])('%j: %s goes as %s', async (route, target, expected) => {
    const world = worldOf(withRoute({ upstream: 'app', ...route }))
    await world.ask('GET', target)
    expect(world.sent[0]!.target).toBe(expected)
  })
})

describe('a split', () => {
  const split = (rest: Partial<Route> = {}, weights = [3, 0, 1]): Partial<Config> => ({
    upstreams: { ...UPSTREAMS, idle: { targets: ['http://idle.internal'] } },
    routes: [{ upstream: ['app', 'idle', 'next'].map((name, i) => ({ name, weight: weights[i]! })), ...rest }],
  })

  test.each([[0, 'app.internal'], [0.7499, 'app.internal'], [0.75, 'next.internal'], [0.9999, 'next.internal']])('by chance gives the point %d to %s', async (roll, expected) => {
    const world = worldOf(split(), undefined, { random: () => roll })
    await world.ask('GET', '/')
    expect(world.sent[0]!.server.hostname).toBe(expected)
  })

  test('by a key keeps each client with its arm, whatever chance says, and both arms have clients', async () => {
    let roll = 0
    const world = worldOf(split({ splitBy: 'header:X-User' }), undefined, { random: () => (roll = (roll + 0.37) % 1) })
    const armOf = async (user: number): Promise<string> => {
      await world.ask('GET', '/', { fields: ['X-User', `user-${user}`] })
      return world.sent.at(-1)!.server.hostname
    }
    const arms: string[] = []
    for (let user = 0; user < 40; user++) {
      arms.push(await armOf(user))
      expect(await armOf(user)).toBe(arms.at(-1))
    }
    expect(new Set(arms)).toEqual(new Set(['app.internal', 'next.internal']))
    expect(arms.filter((arm) => arm === 'app.internal').length).toBeGreaterThan(arms.length / 2)
  })

  test('by a key that a request has not leaves it to chance', async () => {
    const world = worldOf(split({ splitBy: 'cookie:session' }), undefined, { random: () => 0.9 })
    await world.ask('GET', '/')
    expect(world.sent[0]!.server.hostname).toBe('next.internal')
  })

  test('has the other settings of its route in each arm', async () => {
    for (const [roll, name] of [[0, 'app'], [0.9, 'next']] as const) {
      const world = worldOf(split({ stripPrefix: '/api', headers: { request: { set: { 'X-A': '1' } } } }), () => text('', ['Location', `http://${name}.internal/x`], 302), { random: () => roll })
      const { value } = await world.ask('GET', '/api/y')
      expect([world.sent[0]!.target, fieldValue(world.sent[0]!.fields, 'x-a'), value('location')]).toEqual(['/y', '1', 'http://gate.example/api/x'])
    }
  })
})

describe('the cache of a route', () => {
  const requests = async (config: Partial<Config>, targets: readonly string[], ports = {}): Promise<number> => {
    const world = worldOf({ upstreams: UPSTREAMS, ...config }, () => text('hello', FRESH), ports)
    for (const target of targets) await world.ask('GET', target)
    return world.sent.length
  }

  test.each<[Route['cache'], number]>([
    [undefined, 2],
    [false, 2],
    [true, 1],
    [{}, 1],
    [{ store: 'default' }, 1],
    [{ store: 'small' }, 1],
    [{ store: 'tiny' }, 2],
  ])('%j: two requests are %d to the origin', async (cache, expected) => {
    const caches = { small: {}, tiny: { maxEntrySize: '4B' } }
    expect(await requests({ caches, routes: [{ upstream: 'app', ...(cache === undefined ? {} : { cache }) }] }, ['/', '/'])).toBe(expected)
  })

  test('is bounded by its size', async () => {
    expect(await requests({ caches: { default: { maxSize: '0B' } }, routes: [{ upstream: 'app', cache: true }] }, ['/', '/'])).toBe(2)
  })

  test('is opened once for all routes that use it, by its name', async () => {
    const opened: string[] = []
    const openStore = (kind: string, name: string) => (opened.push(`${kind} ${name}`), createMemoryStore(1e6))
    const routes: Route[] = [{ path: '/a', upstream: 'app', cache: { store: 'edge' } }, { path: '/b', upstream: 'app', cache: { store: 'edge' } }, { upstream: 'app', cache: true }]
    expect(await requests({ caches: { edge: { store: 'platform' }, unused: { store: 'platform' } }, routes }, ['/a', '/a', '/b', '/b', '/c'], { openStore })).toBe(3)
    expect(opened).toEqual(['platform edge'])
  })

  test('is another for another name, although the upstream is the same', async () => {
    const { ask, sent } = worldOf({ caches: { one: {} }, routes: [{ headers: { 'X-One': '1' }, upstream: 'app', cache: { store: 'one' } }, { upstream: 'app', cache: true }] }, () => text('hello', FRESH))
    await ask('GET', '/', { fields: ['X-One', '1'] })
    await ask('GET', '/')
    expect(sent).toHaveLength(2)
  })
})
