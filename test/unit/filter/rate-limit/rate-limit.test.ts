import { describe, expect, test } from 'vitest'
import { type Config, createGateway, validateConfig } from '../../../../src/index.js'
import type { FilterConfig } from '../../../../src/config/schema.js'
import { fieldValue } from '../../../../src/http/fields.js'
import { parseDictionary, parseList } from '../../../../src/http/structured.js'
import { text, type Told, type World, worldOf } from '../../../support/gateway.js'

type Limit = Extract<NonNullable<Config['filters']>[number], { rateLimit?: unknown }>['rateLimit'] & object

const world = (limit: Partial<Limit> & Pick<Limit, 'by'>, config: Partial<Config> = {}, ...rest: [Parameters<typeof worldOf>[1]?]): World => worldOf({ filters: [{ rateLimit: { limit: 2, window: '10s', ...limit } }], ...config }, ...rest)
const statuses = async (asked: readonly Promise<Told>[]): Promise<number[]> => (await Promise.all(asked)).map(({ status }) => status)
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

describe('the answer', () => {
  test('to a request beyond the limit is 429 with the time to wait, tells the limit, and reaches no server', async () => {
    const gate = world({ by: 'client-ip' })
    expect(await statuses(times(2, () => gate.ask('GET', '/')))).toEqual([200, 200])
    const refused = await gate.ask('GET', '/')
    expect([refused.status, refused.value('retry-after'), refused.value('ratelimit-policy'), refused.value('ratelimit')]).toEqual([429, '5', '"2/10s";q=2;w=10', '"2/10s";r=0;t=5'])
    expect([gate.sent.length, refused.value('content-type'), (JSON.parse(refused.text) as { code: string }).code]).toEqual([2, 'application/problem+json', 'too_many_requests'])
    expect(gate.events.at(-1)).toMatchObject({ kind: 'request', status: 429, error: 'too_many_requests', detail: 'rateLimit: 2/10s by client-ip', filter: 'rateLimit', attempts: 0 })
    gate.nowMs += 4999
    expect((await gate.ask('GET', '/')).status).toBe(429)
    gate.nowMs += 1
    expect((await gate.ask('GET', '/')).status).toBe(200)
  })

  test('to one that passes tells the limit too, in structured fields, and so do answers of the cache, which keeps none of it', async () => {
    const gate = world({ by: 'client-ip', limit: 10 }, { routes: [{ upstream: 'app', cache: true }] }, () => text('x', ['Cache-Control', 'max-age=60']))
    const first = await gate.ask('GET', '/')
    const hit = await gate.ask('GET', '/')
    expect([first, hit].map((told) => [told.value('ratelimit'), told.value('ratelimit-policy')])).toEqual([['"10/10s";r=9;t=1', '"10/10s";q=10;w=10'], ['"10/10s";r=8;t=2', '"10/10s";q=10;w=10']])
    expect([hit.value('cache-status'), gate.sent.length]).toEqual([expect.stringContaining('hit'), 1])
    expect([parseList(hit.value('ratelimit')!), parseDictionary('a=1')?.size]).toEqual([['10/10s'], 1])
  })

  test('tells of each of several limits, and leaves a server\'s own', async () => {
    const gate = worldOf({ filters: [{ rateLimit: { limit: 2, window: '1s', by: 'client-ip' } }, { rateLimit: { limit: 100, window: '1h', by: 'client-ip', name: 'hourly' } }] }, () => text('x', ['RateLimit', '"own";r=1']))
    expect((await gate.ask('GET', '/')).value('ratelimit')).toBe('"own";r=1, "hourly";r=99;t=36, "2/1s";r=1;t=1')
  })

  test.each<[NonNullable<Limit['headers']>, (string | undefined)[]]>([
    ['standard', ['"2/10s";r=1;t=5', '"2/10s";q=2;w=10', '99', undefined, undefined]],
    ['legacy', [undefined, undefined, '2', '1', '5']],
    ['both', ['"2/10s";r=1;t=5', '"2/10s";q=2;w=10', '2', '1', '5']],
    ['none', [undefined, undefined, '99', undefined, undefined]],
  ])('has the fields that "%s" stands for', async (headers, expected) => {
    const gate = world({ by: 'client-ip', headers }, {}, () => text('x', ['X-RateLimit-Limit', '99']))
    const told = await gate.ask('GET', '/')
    expect(['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'].map((name) => told.value(name))).toEqual(expected)
    await gate.ask('GET', '/')
    const refused = await gate.ask('GET', '/')
    expect([refused.status, refused.value('retry-after'), refused.value('ratelimit') !== undefined]).toEqual([429, '5', expected[0] !== undefined])
  })

  test('does not tell a window of less than a second', async () => {
    expect((await world({ by: 'client-ip', window: '500ms' }).ask('GET', '/')).value('ratelimit-policy')).toBe('"2/0.5s";q=2')
  })
})

test('on trial it refuses nobody, tells clients nothing, and observers whom it would have refused', async () => {
  const gate = world({ by: 'client-ip', trial: true })
  const told = await Promise.all(times(3, () => gate.ask('GET', '/')))
  expect(told.map((one) => [one.status, one.value('ratelimit')])).toEqual(times(3, () => [200, undefined]))
  expect(gate.events.map((event) => event.kind === 'request' && event.trial)).toEqual([undefined, undefined, 'rateLimit: 2/10s by client-ip'])
})

test('a limit of a route is its own, and that of another with the same settings another', async () => {
  const limit = { rateLimit: { limit: 1, window: '1m', by: 'client-ip' } } as const
  const gate = worldOf({ routes: [{ path: '/a', filters: [limit], upstream: 'app' }, { path: '/b', filters: [limit], upstream: 'app' }, { upstream: 'app' }] })
  expect(await statuses(['/a', '/a', '/b', '/b', '/c', '/c'].map((path) => gate.ask('GET', path)))).toEqual([200, 429, 200, 429, 200, 200])
})

test('counts go on over a reload that leaves the filter as it was, and begin anew for another limit', async () => {
  const config = (limit: number): Config => ({ filters: [{ rateLimit: { limit, window: '1h', by: 'host' } }], routes: [{ respond: { status: 204 } }] })
  const checked = (limit: number) => {
    const validation = validateConfig(config(limit))
    if (validation.kind === 'invalid') throw new Error('invalid')
    return validation.config
  }
  const gateway = createGateway(config(1))
  const ask = async (): Promise<number> => (await gateway.fetch(new Request('http://a.test/'))).status
  expect([await ask(), await ask()]).toEqual([204, 429])
  gateway.reload(checked(1))
  expect(await ask()).toBe(429)
  gateway.reload(checked(2))
  expect([await ask(), await ask(), await ask()]).toEqual([204, 204, 429])
})

test('exactly the limit passes of requests that come at once', async () => {
  const gate = world({ by: ['client-ip', 'host'], limit: 20 })
  expect((await statuses(times(200, () => gate.ask('GET', '/')))).filter((status) => status === 200).length).toBe(20)
})

describe('an attacker', () => {
  test('who makes up addresses in header fields stays one client', async () => {
    const gate = world({ by: 'client-ip' })
    const told = await statuses(times(20, (i) => gate.ask('GET', '/', { fields: ['X-Forwarded-For', `198.51.100.${i}`, 'Forwarded', `for=198.51.100.${i}`, 'X-Real-IP', `198.51.100.${i}`, 'X_Forwarded_For', `198.51.100.${i}`] })))
    expect(told.filter((status) => status === 200).length).toBe(2)
  })

  test('who makes up addresses in front of a trusted proxy stays the client that the proxy saw', async () => {
    const gate = world({ by: 'client-ip' }, { trustedProxies: ['10.0.0.0/8'] })
    const told = await statuses(times(20, (i) => gate.ask('GET', '/', { peer: '10.0.0.1', fields: ['X-Forwarded-For', `198.51.100.${i}, 203.0.113.5`] })))
    expect(told.filter((status) => status === 200).length).toBe(2)
  })

  test('who goes through the addresses of one IPv6 network stays one client', async () => {
    const gate = world({ by: 'client-ip' })
    expect((await statuses(times(50, (i) => gate.ask('GET', '/', { peer: `2001:db8:0:1:${i.toString(16)}::${i}` })))).filter((status) => status === 200).length).toBe(2)
  })

  test('who leaves the key out, or sends it among many, does not get round the limit', async () => {
    const gate = world({ by: 'cookie:session' })
    const many = (value: string): string[] => ['Cookie', [...times(200, (i) => `c${i}=x`), `session=${value}`].join('; ')]
    expect(await statuses([gate.ask('GET', '/'), gate.ask('GET', '/', { fields: ['Cookie', 'other=1'] }), gate.ask('GET', '/')])).toEqual([200, 200, 429])
    expect(await statuses(times(3, () => gate.ask('GET', '/', { fields: many('a') })))).toEqual([200, 200, 429])
  })

  test('who sends keys of any length takes no more memory for them, and long keys are told apart by their last letter', async () => {
    const gate = world({ by: 'header:x-key' })
    const long = (end: string): string[] => ['X-Key', 'k'.repeat(8000) + end]
    expect(await statuses([...times(3, () => gate.ask('GET', '/', { fields: long('a') })), ...times(3, () => gate.ask('GET', '/', { fields: long('b') }))])).toEqual([200, 200, 429, 200, 200, 429])
  })

  test('who floods with keys that are new frees nobody who is over the limit', async () => {
    const gate = world({ by: 'header:x-key', headers: 'none' }, { routes: [{ respond: { status: 204 } }] })
    await statuses(times(3, () => gate.ask('GET', '/', { fields: ['X-Key', 'victim'] })))
    for (let i = 0; i < 120_000; i += 1000) await Promise.all(times(1000, (k) => gate.ask('GET', '/', { fields: ['X-Key', String(i + k)] })))
    expect((await gate.ask('GET', '/', { fields: ['X-Key', 'victim'] })).status).toBe(429)
  })
})

test('refuses before a WebSocket is upgraded', async () => {
  const gate = world({ by: 'client-ip', limit: 1 })
  const upgrade = { fields: ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version', '13'] }
  await gate.ask('GET', '/', upgrade)
  expect([(await gate.ask('GET', '/', upgrade)).status, gate.sent.length]).toEqual([429, 1])
})

describe('a setting that is wrong is told at start', () => {
  const issuesOf = (rateLimit: unknown, place: 'filters' | 'route' = 'filters'): string[] => {
    const filters = [{ rateLimit }] as FilterConfig[]
    try {
      createGateway((place === 'filters' ? { filters, routes: [] } : { routes: [{ filters, respond: { status: 204 } }] }) as Config)
      return []
    } catch (error) {
      return (error as { issues: { path: string; message: string }[] }).issues.map(({ path, message }) => `${path}: ${message}`)
    }
  }

  test.each<[Record<string, unknown>, RegExp]>([
    [{ limit: 0, window: '1s', by: 'host' }, /^filters\[0\]\.rateLimit\.limit: /],
    [{ limit: 1, window: '0s', by: 'host' }, /^filters\[0\]\.rateLimit\.window: must be at least "1ms"/],
    [{ limit: 1, window: '1s' }, /^filters\[0\]\.rateLimit\.by: is missing/],
    [{ limit: 1, window: '1s', by: 'ip' }, /^filters\[0\]\.rateLimit\.by: "ip" is not "client-ip", /],
    [{ limit: 1, window: '1s', by: [] }, /^filters\[0\]\.rateLimit\.by: needs at least one key/],
    [{ limit: 1, window: '1s', by: ['path', 'header:X-Forwarded-For'] }, /^filters\[0\]\.rateLimit\.by\[1\]: .*any client can write any address; write "client-ip"/],
    [{ limit: 1, window: '1s', by: 'route' }, /^filters\[0\]\.rateLimit\.by: "route" is not known yet/],
    [{ limit: 1, window: '1s', by: 'host', algorithm: 'fixed-window', burst: 2 }, /^filters\[0\]\.rateLimit: has a "burst"/],
    [{ limit: 1, window: '1s', by: 'host', name: 'a"b' }, /^filters\[0\]\.rateLimit\.name: /],
  ])('%j', (settings, expected) => {
    expect(issuesOf(settings)).toEqual([expect.stringMatching(expected)])
  })

  test('"route" stands in the filters of a route', () => {
    expect(issuesOf({ limit: 1, window: '1s', by: 'route' }, 'route')).toEqual([])
  })
})

test('by "route" all that comes to a route counts together', async () => {
  const gate = worldOf({ routes: [{ path: '/a/*', filters: [{ rateLimit: { limit: 2, window: '1m', by: 'route' } }], upstream: 'app' }] })
  expect(await statuses(times(3, (i) => gate.ask('GET', `/a/${i}`, { peer: `192.0.2.${i}` })))).toEqual([200, 200, 429])
})

test('the key of a client is not told to anybody', async () => {
  const gate = world({ by: 'header:x-api-key', limit: 1 })
  const told = await Promise.all(times(2, () => gate.ask('GET', '/', { fields: ['X-API-Key', 'sEcReT'] })))
  expect(JSON.stringify([told, gate.events.map((event) => ({ ...event, requestFields: [] }))])).not.toContain('sEcReT')
  expect(fieldValue(told[1]!.fields, 'retry-after')).toBe('10')
})
