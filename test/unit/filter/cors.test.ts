import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { originMatcher, originPatternFault } from '../../../src/config/origin-pattern.js'
import { ConfigError } from '../../../src/index.js'
import { type NamedFilter, rulesOf } from '../../support/filters.js'
import { text, worldOf } from '../../support/gateway.js'

type Cors = NonNullable<NamedFilter['cors']>

const APP = 'https://app.example.com'
const world = (cors: object, origin = () => text('ok')) => worldOf({ filters: [{ cors: cors as Cors }] }, origin)
const corsOf = (fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 && /^(access-control|vary)/i.test(name) ? [[name.replace('Access-Control-', ''), fields[i + 1]!]] : [])))
const preflight = (origin: string, method = 'PUT', ...more: string[]): string[] => ['Origin', origin, 'Access-Control-Request-Method', method, ...more]

describe('which origins a list takes', () => {
  test.each<[string, string, boolean]>([
    [APP, APP, true],
    [APP, 'http://app.example.com', false],
    [APP, 'https://app.example.com:8443', false],
    [APP, 'https://app.example.com.evil', false],
    [APP, 'https://evil-app.example.com', false],
    [APP, 'https://appxexample.com', false],
    [APP, 'HTTPS://APP.EXAMPLE.COM', false],
    ['https://*.example.com', 'https://a.b.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://evil-example.com', false],
    ['https://*.example.com', 'https://.example.com', false],
    ['https://*.example.com', 'https://a.example.com.evil', false],
    ['https://*.example.com', 'https://evil.com/.example.com', false],
    ['https://*.example.com', 'https://evil.com#.example.com', false],
    ['https://*.example.com', 'https://evil.com\\.example.com', false],
    ['https://*.example.com', 'https://user@a.example.com', false],
    ['https://*.example.com', 'http://a.example.com', false],
    ['https://*.example.com', 'https://a.example.com:8443', false],
    ['https://*.example.com', 'https://*.example.com', false],
    ['https://*.example.com:8443', 'https://a.example.com:8443', true],
    ['http://localhost:*', 'http://localhost:5173', true],
    ['http://localhost:*', 'http://localhost', true],
    ['http://localhost:*', 'http://localhost.evil:5173', false],
    ['http://[::1]:*', 'http://[::1]:80', true],
    ['capacitor://localhost', 'capacitor://localhost', true],
    ['null', 'null', true],
    [APP, 'null', false],
  ])('%s of %s: %s', (pattern, origin, expected) => {
    expect([originPatternFault(pattern), originMatcher([pattern])(origin)]).toEqual([undefined, expected])
  })

  test('no origin outside of the name gets past a pattern, whatever stands around it', () => {
    const matches = originMatcher(['https://*.example.com'])
    fc.assert(fc.property(fc.string(), fc.constantFrom('', '.', '/', '#', '?', '@', ':', '\\', ' ', '%2e'), (text, join) => {
      for (const origin of [`https://${text}${join}example.com`, `https://a.example.com${join}${text}`]) {
        if (!matches(origin)) continue
        const { hostname, origin: read } = new URL(origin)
        expect([hostname.endsWith('.example.com'), read]).toEqual([true, origin])
      }
    }))
  })

  test('a long origin is decided at once', () => {
    const matches = originMatcher(['https://*.example.com'])
    const startedMs = performance.now()
    for (let i = 0; i < 1000; i++) matches(`https://${'a.'.repeat(50_000)}example.com!`)
    expect(performance.now() - startedMs).toBeLessThan(500)
  })

  test.each([
    ['https://app.example.com/', 'without a path'], ['app.example.com', 'is not an origin'], ['https://App.example.com', 'capital letters'], ['https://app.example.com:443', 'leave the port 443 out'],
    ['https://*', 'is not an origin'], ['https://*.com', 'top-level domain'], ['https://a.*.com', 'is not an origin'], ['https://*example.com', 'is not an origin'], ['https://a.example.com.', 'ends with a dot'], ['https://a:99999', 'above 65535'],
  ])('"%s" is a fault: %s', (pattern, fault) => {
    expect(originPatternFault(pattern)).toContain(fault)
  })
})

describe('settings that would let everybody act as the user', () => {
  test.each<object>([{ origins: ['*'] }, { origins: [APP, 'null'] }, { origins: [APP], methods: ['*'] }, { origins: [APP], headers: ['*'] }, { origins: [APP], exposed: ['*'] }])('%o with credentials', (cors) => {
    expect(() => rulesOf([{ cors: { ...cors, credentials: true } as Cors }])).toThrow(/does not go with credentials/)
    expect(() => rulesOf([{ cors: cors as Cors }])).not.toThrow()
  })

  test('a list without an entry', () => {
    expect(() => rulesOf([{ cors: { origins: [] } }])).toThrow(ConfigError)
  })
})

describe('preflights', () => {
  test('are answered with what is allowed, and no server hears of them', async () => {
    const { ask, sent } = world({ origins: [APP], methods: ['GET', 'PUT'], headers: ['X-Key', 'Content-Type'], exposed: ['ETag'], credentials: true, maxAge: '10m', privateNetwork: true })
    const answer = await ask('OPTIONS', '/a', { fields: preflight(APP, 'PUT', 'Access-Control-Request-Headers', 'x-key', 'Access-Control-Request-Private-Network', 'true') })
    expect([answer.status, answer.hasBody, answer.value('content-length'), sent]).toEqual([204, false, undefined, []])
    expect(corsOf(answer.fields)).toEqual({
      'Allow-Origin': APP, 'Allow-Credentials': 'true', 'Allow-Methods': 'GET, PUT', 'Allow-Headers': 'X-Key, Content-Type', 'Max-Age': '600', 'Allow-Private-Network': 'true',
      Vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
    })
  })

  test('without a list of headers give leave for those that were asked for, if they are names', async () => {
    const answer = await world({ origins: ['*'] }).ask('OPTIONS', '/', { fields: preflight('https://any.test', 'DELETE', 'Access-Control-Request-Headers', 'x-a, x b,x-c') })
    expect(corsOf(answer.fields)).toEqual({ 'Allow-Origin': '*', 'Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE', 'Allow-Headers': 'x-a, x-c', Vary: expect.any(String) as string })
  })

  test.each([['a foreign origin', 'https://evil.test'], ['an origin that ends like an allowed one', 'https://evil-app.example.com'], ['no origin at all', 'null']])('of %s are answered without leave, and the log is told', async (_, origin) => {
    const { ask, sent, events } = world({ origins: [APP], privateNetwork: true })
    const answer = await ask('OPTIONS', '/', { fields: preflight(origin, 'PUT', 'Access-Control-Request-Private-Network', 'true') })
    expect([answer.status, corsOf(answer.fields)]).toEqual([204, { Vary: expect.stringContaining('Origin') as string }])
    expect([sent, events.map((event) => event.kind === 'request' && event.detail)]).toEqual([[], [`cors: origin ${origin}`]])
  })

  test('are none without an origin or a method to ask for: the server gets those', async () => {
    const { ask, sent } = world({ origins: [APP] })
    await ask('OPTIONS', '/', { fields: ['Origin', APP] })
    await ask('OPTIONS', '/', { fields: ['Access-Control-Request-Method', 'PUT'] })
    expect(sent.map(({ method }) => method)).toEqual(['OPTIONS', 'OPTIONS'])
  })
})

describe('answers', () => {
  test.each<[string, object, string[], Record<string, string>]>([
    ['to an allowed origin name it', { origins: [APP], exposed: ['ETag'], credentials: true }, ['Origin', APP], { 'Allow-Origin': APP, 'Allow-Credentials': 'true', 'Expose-Headers': 'ETag', Vary: 'Origin' }],
    ['to a foreign origin give no leave', { origins: [APP], credentials: true }, ['Origin', 'https://evil.test'], { Vary: 'Origin' }],
    ['to two origins at once give no leave', { origins: [APP] }, ['Origin', APP, 'Origin', APP], { Vary: 'Origin' }],
    ['to no origin still say that they depend on it', { origins: [APP] }, [], { Vary: 'Origin' }],
    ['to nobody are refused unless listed', { origins: [APP] }, ['Origin', 'null'], { Vary: 'Origin' }],
    ['to nobody, listed', { origins: ['null'] }, ['Origin', 'null'], { 'Allow-Origin': 'null', Vary: 'Origin' }],
    ['for everybody depend on nobody', { origins: ['*'] }, [], { 'Allow-Origin': '*' }],
    ['for everybody, of which one asks', { origins: ['*', APP] }, ['Origin', APP], { 'Allow-Origin': '*' }],
  ])('%s', async (_, cors, fields, expected) => {
    expect(corsOf((await world(cors).ask('GET', '/', { fields })).fields)).toEqual(expected)
  })

  test('do not carry what the server says of it, which lets everybody in', async () => {
    const careless = () => text('ok', ['Access-Control-Allow-Origin', '*', 'access-control-allow-credentials', 'true', 'Access-Control-Allow-Private-Network', 'true', 'Vary', 'Accept, origin'])
    expect(corsOf((await world({ origins: [APP] }, careless).ask('GET', '/', { fields: ['Origin', 'https://evil.test'] })).fields)).toEqual({ Vary: 'Accept, origin' })
    expect(corsOf((await world({ origins: [APP] }, careless).ask('GET', '/', { fields: ['Origin', APP] })).fields)).toEqual({ 'Allow-Origin': APP, Vary: 'Accept, origin' })
  })

  test('that refuse or fail can be read by the page', async () => {
    const { ask } = worldOf({ filters: [{ cors: { origins: [APP] } }, { deny: { path: ['/secret'] } }], routes: [{ path: '/app', upstream: 'app' }] }, () => text('no', [], 401))
    const answers = await Promise.all(['/secret', '/none', '/app'].map((target) => ask('GET', target, { fields: ['Origin', APP] })))
    expect(answers.map(({ status, fields }) => [status, corsOf(fields)])).toEqual([403, 404, 401].map((status) => [status, { 'Allow-Origin': APP, Vary: 'Origin' }]))
  })

  test('from the cache name who asks now, not who asked first', async () => {
    const { ask, sent } = worldOf({ caches: { default: { store: 'memory' } }, routes: [{ filters: [{ cors: { origins: [APP, 'https://b.example.com'] } }], cache: {}, upstream: 'app' }] }, () => text('ok', ['Cache-Control', 'max-age=60', 'Access-Control-Allow-Origin', APP]))
    const seen = []
    for (const fields of [['Origin', APP], ['Origin', 'https://b.example.com'], ['Origin', 'https://evil.test'], []]) seen.push(corsOf((await ask('GET', '/', { fields })).fields)['Allow-Origin'])
    expect([seen, sent.length]).toEqual([[APP, 'https://b.example.com', undefined, undefined], 1])
  })
})
