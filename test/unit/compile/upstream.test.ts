import { describe, expect, test } from 'vitest'
import { fieldValue } from '../../../src/http/fields.js'
import { type Config, createGateway } from '../../../src/index.js'
import type { Transport } from '../../../src/ports.js'
import { fails, text, type World, worldOf } from '../../support/gateway.js'

type Upstream = NonNullable<Config['upstreams']>[string]

const worldWith = (upstream: Upstream, origin?: Parameters<typeof worldOf>[1]): World => worldOf({ upstreams: { app: upstream } }, origin)

describe('an upstream', () => {
  test.each<[string, Upstream, object]>([
    ['has limits unless told otherwise', { targets: ['http://a'] }, { connectMs: 5000, headersMs: 60_000, idleMs: 300_000, upgradedIdleMs: 3_600_000 }],
    ['has those it is told, each for itself', { targets: ['http://a'], timeout: { headers: '2s', upgraded: '1m' } }, { connectMs: 5000, headersMs: 2000, idleMs: 300_000, upgradedIdleMs: 60_000 }],
    ['keeps connections as it is told', { targets: ['http://a'], keepAlive: { idle: '10s' } }, { connectMs: 5000, headersMs: 60_000, idleMs: 300_000, upgradedIdleMs: 3_600_000, keepAlive: { idleMs: 10_000 } }],
    ['pings WebSockets when it is told to', { targets: ['http://a'], websocket: { ping: '30s' } }, { connectMs: 5000, headersMs: 60_000, idleMs: 300_000, upgradedIdleMs: 3_600_000, pingMs: 30_000 }],
  ])('%s', async (_, upstream, limits) => {
    const world = worldWith(upstream)
    await world.ask('GET', '/')
    expect(world.sent[0]!.limits).toEqual(limits)
  })

  test('has targets in either form, with their weights', async () => {
    const world = worldWith({ targets: ['http://a.internal', { url: 'http://b.internal', weight: 2 }, { url: 'http://c.internal' }, { url: 'http://d.internal', weight: 0 }] })
    for (let i = 0; i < 8; i++) await world.ask('GET', '/')
    const count = (name: string): number => world.sent.filter(({ server }) => server.hostname === name).length
    expect(['a.internal', 'b.internal', 'c.internal', 'd.internal'].map(count)).toEqual([2, 4, 2, 0])
  })

  test('of a Unix socket is asked as localhost', async () => {
    const world = worldWith({ targets: ['unix:/run/app.sock'] }, () => text('', ['Location', 'http://localhost/x'], 302))
    const { value } = await world.ask('GET', '/')
    expect(world.sent[0]).toMatchObject({ server: { socketPath: '/run/app.sock', authority: 'localhost' } })
    expect(fieldValue(world.sent[0]!.fields, 'host')).toBe('localhost')
    expect(value('location')).toBe('http://gate.example/x')
  })

  test.each<[Upstream['host'], string]>([
    [undefined, 'origin.internal:3000'],
    ['upstream', 'origin.internal:3000'],
    ['preserve', 'gate.example'],
    ['app.example:81', 'app.example:81'],
  ])('whose host is %j gets the Host %s', async (host, expected) => {
    const world = worldWith({ targets: ['http://origin.internal:3000'], ...(host === undefined ? {} : { host }) })
    await world.ask('GET', '/')
    expect(fieldValue(world.sent[0]!.fields, 'host')).toBe(expected)
  })

  test.each<[string, Upstream['retry'], number]>([
    ['once unless told otherwise', undefined, 2],
    ['not at all', { attempts: 0 }, 1],
    ['as often as it says', { attempts: 2 }, 3],
    ['for named reasons only', { attempts: 2, on: ['timeout'] }, 1],
    ['for no reason', { attempts: 2, on: [] }, 1],
  ])('is asked again %s', async (_, retry, attempts) => {
    const world = worldWith({ targets: ['http://a', 'http://b', 'http://c'], ...(retry ? { retry } : {}) }, () => fails('connection_refused'))
    await world.ask('GET', '/')
    expect(world.sent).toHaveLength(attempts)
  })

  test.each<Upstream['proxyProtocol']>([undefined, 'v1', 'v2'])('with the PROXY protocol %s has each target told of its clients', async (proxyProtocol) => {
    const world = worldWith({ targets: ['http://a'], ...(proxyProtocol ? { proxyProtocol } : {}) })
    await world.ask('GET', '/', { peer: '203.0.113.9' })
    expect([world.sent[0]!.server.proxyProtocol, world.sent[0]!.client?.address, world.sent[0]!.peer?.address]).toEqual([proxyProtocol, '203.0.113.9', '203.0.113.9'])
  })

  test('is one to all of its routes: they share its turns', async () => {
    const world = worldOf({ routes: [{ path: '/x/*', upstream: 'app' }, { upstream: 'app' }] })
    for (const target of ['/x', '/y', '/x', '/y']) await world.ask('GET', target)
    expect(world.sent.map(({ server }) => server.port)).toEqual([3001, 3002, 3001, 3002])
  })
})

describe('what the transport lacks', () => {
  type Lack = 'background' | 'host-field' | 'unix-socket' | 'websocket-ping' | 'proxy-protocol' | 'keep-alive' | 'tls'
  const transport = (...lacks: Lack[]): { transport: Transport } => ({ transport: { lacks: new Set(lacks), send: () => fails('not_implemented') } })
  const upstreams: NonNullable<Config['upstreams']> = {
    named: { targets: ['http://a'], host: 'b.example' },
    preserving: { targets: ['http://a'], host: 'preserve' },
    plain: { targets: ['http://a'], host: 'upstream' },
    proxied: { targets: ['http://a'], proxyProtocol: 'v2' },
    socket: { targets: ['http://a', 'unix:/run/a', { url: 'unix:/run/b' }] },
    checked: { targets: ['http://a'], health: {}, outlier: { consecutiveFailures: 3, deviation: 1.9 } },
    found: { discover: { source: async function* () { yield await Promise.resolve(['http://a']) } } },
    pinging: { targets: ['http://a'], websocket: { ping: '30s' } },
    kept: { targets: ['http://a'], keepAlive: { connections: 8 } },
    renamed: { targets: ['https://a'], tls: { serverName: 'b' } },
    hasty: { targets: ['http://a'], websocket: { ping: '0s' } },
  }

  test.each<[Lack, string[]]>([
    ['background', ['upstreams.checked.health', 'upstreams.checked.outlier.deviation', 'upstreams.found.discover']],
    ['host-field', ['upstreams.named.host', 'upstreams.preserving.host']],
    ['tls', ['upstreams.renamed.tls']],
    ['keep-alive', ['upstreams.kept.keepAlive']],
    ['proxy-protocol', ['upstreams.proxied.proxyProtocol']],
    ['unix-socket', ['upstreams.socket.targets[1]', 'upstreams.socket.targets[2]']],
    ['websocket-ping', ['upstreams.pinging.websocket.ping', 'upstreams.hasty.websocket.ping']],
  ])('%s is told for each upstream that needs it', (lack, paths) => {
    expect(() => createGateway({ upstreams, routes: [] }, transport(lack))).toThrow(expect.objectContaining({ issues: paths.map((path) => expect.objectContaining({ path }) as unknown) }) as Error)
  })

  test('all of it is told at once', () => {
    expect(() => createGateway({ upstreams, routes: [] }, transport('background', 'host-field', 'unix-socket', 'websocket-ping', 'proxy-protocol', 'keep-alive', 'tls'))).toThrow(/12 faults/)
    expect(() => createGateway({ upstreams, routes: [] }, transport())).not.toThrow()
  })

  test('a plain fetch lacks all but a background', () => {
    expect(() => createGateway({ upstreams, routes: [] })).toThrow(/9 faults/)
  })
})
