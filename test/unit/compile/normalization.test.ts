import { describe, expect, test } from 'vitest'
import type { Config } from '../../../src/index.js'
import { type World, worldOf } from '../../support/gateway.js'

type Said = NonNullable<Config['routes'][number]['normalization']>

/** What went upstream, or the status where nothing did. */
async function outcome(world: World, target: string): Promise<string | number> {
  world.sent.length = 0
  const { status } = await world.ask('GET', target)
  return world.sent[0]?.target ?? status
}

const detailOf = ({ events }: World): string | undefined => events.flatMap((event) => (event.kind === 'request' ? [event.detail] : [])).at(-1)

/** `/area/*` beside everything else, so that a reading can lead astray. */
const AREA: Config['routes'] = [{ path: '/area/*', upstream: 'app' }, { path: '/*', upstream: 'app' }]

describe('each setting of a path', () => {
  test.each<[Said, string, string | number, string | number, string | undefined]>([
    [{}, '/a/./b', '/a/b', '/a/b', undefined],
    [{ dotSegments: 'resolve' }, '/a/%2E%2e/b?x=/./', '/b?x=/./', '/b?x=/./', undefined],
    [{ dotSegments: 'reject' }, '/a/..', 400, 400, 'normalization.dotSegments: reject'],
    [{ dotSegments: 'reject' }, '/a/%2e/b', 400, 400, 'normalization.dotSegments: reject'],
    [{ dotSegments: 'reject' }, '/.well-known/..a/b.?x=/../', '/.well-known/..a/b.?x=/../', '/.well-known/..a/b.?x=/../', undefined],
    [{ repeatedSlashes: 'keep' }, '/a//b', '/a//b', '/a//b', undefined],
    [{ repeatedSlashes: 'keep' }, '//area/b', '//area/b', '/area/b', undefined],
    [{ repeatedSlashes: 'merge' }, '/a//b%2f', '/a/b%2F', '/a/b%2F', undefined],
    [{ repeatedSlashes: 'reject' }, '/a//b', 400, 400, 'normalization.repeatedSlashes: reject'],
    [{ encodedSlashes: 'keep' }, '/a%2fb', '/a%2fb', '/a%2fb', undefined],
    [{ encodedSlashes: 'keep' }, '/area%2fb', '/area%2fb', 400, 'normalization: read as "/area/b", the path is that of another route'],
    [{ encodedSlashes: 'literal' }, '/area%2fb', '/area%2fb', '/area%2fb', undefined],
    [{ encodedSlashes: 'literal' }, '/area%5cb', '/area%5cb', 400, 'normalization: read as "/area/b", the path is that of another route'],
    [{ encodedSlashes: 'reject' }, '/a%2fb', 400, 400, 'normalization.encodedSlashes: reject'],
    [{ encodedSlashes: 'reject' }, '/a%5cb?x=%2f', '/a%5cb?x=%2f', '/a%5cb?x=%2f', undefined],
    [{ encodedSlashes: 'literal', encodedBackslashes: 'literal' }, '/area%2f%5cb', '/area%2f%5cb', '/area%2f%5cb', undefined],
    [{ encodedSlashes: 'literal' }, '//area%2fb', '//area%2fb', '//area%2fb', undefined],
    [{ encodedSlashes: 'literal' }, '//area/a%2fb', '//area/a%2fb', '/area/a%2Fb', undefined],
    [{ encodedSlashes: 'literal' }, '/area%252Fb', '/area%252Fb', 400, 'normalization: read as "/area/b", the path is that of another route'],
    [{ encodedBackslashes: 'literal' }, '/area%5Cb', '/area%5Cb', '/area%5Cb', undefined],
    [{ encodedBackslashes: 'reject' }, '/a%5Cb', 400, 400, 'normalization.encodedBackslashes: reject'],
    [{ doubleEncoding: 'keep' }, '/area%252Fb', '/area%252Fb', 400, 'normalization: read as "/area/b", the path is that of another route'],
    [{ doubleEncoding: 'literal' }, '/area%252Fb', '/area%252Fb', '/area%252Fb', undefined],
    [{ doubleEncoding: 'reject' }, '/a%2541', 400, 400, 'normalization.doubleEncoding: reject'],
    [{ doubleEncoding: 'reject' }, '/a%25%34%31', 400, 400, 'normalization.doubleEncoding: reject'],
    [{ doubleEncoding: 'reject' }, '/100%25', '/100%25', '/100%25', undefined],
    [{ parameters: 'keep' }, '/area;x/b', '/area;x/b', 400, 'normalization: read as "/area/b", the path is that of another route'],
    [{ parameters: 'literal' }, '/area;x/b', '/area;x/b', '/area;x/b', undefined],
    [{ parameters: 'reject' }, '/a;x', 400, 400, 'normalization.parameters: reject'],
    [{ parameters: 'reject' }, '/a%3bx', 400, 400, 'normalization.parameters: reject'],
  ])('%j makes of %s: %s; %s where another route is near', async (normalization, target, alone, near, reason) => {
    const [one, two] = [worldOf({ normalization }), worldOf({ normalization, routes: AREA })]
    expect([await outcome(one, target), await outcome(two, target)]).toEqual([alone, near])
    expect(detailOf(two)).toBe(reason)
  })

  test('holds for a route by its own word, then by the general one, then by the profile', async () => {
    const routes: Config['routes'] = [
      { path: '/own/*', upstream: 'app', normalization: { encodedSlashes: 'keep' } },
      { path: '/short/*', upstream: 'app', encodedSlashes: 'keep' },
      { path: '/other/*', upstream: 'app', normalization: { parameters: 'reject' } },
      { upstream: 'app' },
    ]
    const world = worldOf({ normalization: { profile: '2026-11', encodedSlashes: 'reject', encodedBackslashes: 'reject' }, routes })
    const asked = ['/own/a%2Fb', '/own/a%5Cb', '/short/a%2Fb', '/short/a%5Cb', '/other/a%2Fb', '/other/a;b', '/rest/a%2Fb', '/rest/a;b']
    expect(await Promise.all(asked.map((target) => worldOf({ routes }).ask('GET', target).then(({ status }) => status)))).toEqual([200, 200, 200, 200, 200, 400, 200, 200])
    const outcomes = []
    for (const target of asked) outcomes.push(await outcome(world, target))
    expect(outcomes).toEqual(['/own/a%2Fb', 400, '/short/a%2Fb', '/short/a%5Cb', 400, 400, 400, '/rest/a;b'])
  })

  test('is not looked into where a route answers by itself, but rejects there too', async () => {
    const world = worldOf({ routes: [{ path: '/here', respond: { status: 204 } }, { path: '/:x', respond: { status: 203 } }, { respond: {}, normalization: { parameters: 'reject' } }] })
    expect([await outcome(world, '/here%2F'), await outcome(world, '/a%2Fb'), await outcome(world, '/a/b;c')]).toEqual([203, 203, 400])
  })
})

describe('what leads to another route', () => {
  test('is told by all that a route asks for', async () => {
    const routes: Config['routes'] = [{ path: '/area/*', methods: ['POST'], upstream: 'app' }, { upstream: 'app' }]
    const world = worldOf({ routes })
    expect(await outcome(world, '/area%2Fb')).toBe('/area%2Fb')
    expect((await world.ask('POST', '/area%2Fb')).status).toBe(400)
  })

  test('is asked after the filters for all and before those of the route', async () => {
    const world = worldOf({ filters: [{ deny: { path: ['/no/*'] } }], routes: [{ path: '/area/*', upstream: 'app' }, { upstream: 'app', filters: [{ deny: { path: ['/*'] } }] }] })
    expect([(await world.ask('GET', '/no;x')).status, (await world.ask('GET', '/area;x')).status, (await world.ask('GET', '/x')).status]).toEqual([403, 400, 403])
  })

  test('is told in the log and not to the client', async () => {
    const world = worldOf({ routes: AREA })
    const { text } = await world.ask('GET', '/area%2Fb')
    expect(text).not.toContain('another route')
    expect(world.events.at(-1)).toMatchObject({ kind: 'request', status: 400, target: '/area%2Fb', error: 'http_request_error' })
  })

  test('has the canonical path sent to all: server, mirror and cache', async () => {
    const world = worldOf({ upstreams: { app: { targets: ['http://app.internal'] }, copy: { targets: ['http://copy.internal'] } }, routes: [{ path: '/area/*', upstream: 'app', mirror: { upstream: 'copy' }, cache: true, headers: { request: { set: { 'X-Uri': '{request.uri}' } } } }, { upstream: 'app' }] })
    await world.ask('GET', '//area/%7eb?q')
    expect(world.sent.map(({ target }) => target)).toEqual(['/area/~b?q', '/area/~b?q'])
    expect(world.sent[1]!.fields).toContain('/area/~b?q')
  })
})
