import { describe, expect, test } from 'vitest'
import { ConfigError, createGateway, validateConfig } from '../../src/index.js'
import { fieldValue } from '../../src/http/fields.js'
import { StreamPayload } from '../../src/http/payload.js'
import { fails, text, worldOf } from '../support/gateway.js'

const BROWSER = ['Accept', 'text/html,application/xhtml+xml;q=0.9']
const CACHED = { routes: [{ upstream: 'app', cache: true as const }] }
const fresh = (body: string, ...fields: string[]): ReturnType<typeof text> => text(body, ['Cache-Control', 'max-age=60', ...fields])

describe('a gateway', () => {
  test('refuses a configuration with every fault at once', () => {
    expect(() => createGateway({ routes: [{}, {}] })).toThrow(ConfigError)
    expect(() => createGateway({ routes: [{}, {}] })).toThrow(/routes\[0\].*\n.*routes\[1\]/)
  })

  test('refuses what its ports cannot do, by name', () => {
    const config = { upstreams: { app: { targets: ['http://a'], host: 'preserve' } }, routes: [{ upstream: 'app', cache: { store: 'edge' } }], caches: { edge: { store: 'platform' as const } } }
    const transport = { lacks: new Set(['host-field' as const]), send: () => fails('not_implemented') }
    expect(() => createGateway(config, { transport, openStore: () => undefined })).toThrow(/upstreams\.app\.host[^]*caches\.edge\.store/)
  })

  test('relays an answer as it came, but for what belongs to the hop and to the origin', async () => {
    const { ask } = worldOf({}, () => text('body', ['X-b', '1', 'x-A', '2', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Connection', 'X-Hop', 'X-Hop', '3', 'Server', 'nginx', 'X-Request-ID', 'theirs'], 203))
    const { status, fields, text: body } = await ask('GET', '/')
    expect([status, body]).toEqual([203, 'body'])
    expect(fields.slice(0, 10)).toEqual(['Content-Length', '4', 'X-b', '1', 'x-A', '2', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
    expect(fields.slice(10)).toEqual(['X-Request-ID', 'id-1'])
  })

  test('takes another configuration whole or not at all, and keeps what it knows of targets', async () => {
    const config = { upstreams: { app: { targets: ['http://a.internal', 'http://b.internal'], outlier: { consecutiveFailures: 1 }, retry: { attempts: 0 } } }, routes: [{ upstream: 'app' }] }
    const asked: string[] = []
    const gateway = createGateway(config, { transport: { lacks: new Set(['host-field']), send: async ({ server }) => (asked.push(server.hostname), server.hostname === 'a.internal' ? fails('connection_refused') : text('ok')) } })
    const ask = async (): Promise<number> => (await gateway.fetch(new Request('http://gate.example/x'))).status
    expect([await ask(), await ask()].sort()).toEqual([200, 502])
    const other = validateConfig({ ...config, routes: [{ path: '/x', upstream: 'app' }] })
    const wrong = validateConfig({ ...config, upstreams: { app: { ...config.upstreams.app, host: 'preserve' } } })
    if (other.kind === 'invalid' || wrong.kind === 'invalid') throw new Error('the test is wrong')
    expect(() => gateway.reload(wrong.config)).toThrow(ConfigError)
    gateway.reload(other.config)
    asked.length = 0
    expect([await ask(), await ask()]).toEqual([200, 200])
    expect(asked).toEqual(['b.internal', 'b.internal'])
    expect((await gateway.fetch(new Request('http://gate.example/y'))).status).toBe(404)
  })

  test('a body that somebody has read already fails the request at once, and says so; a route without a server does not mind', async () => {
    const { fetch, sent } = worldOf({ routes: [{ path: '/here', respond: { body: 'mine' } }, { upstream: 'app' }] })
    const [read, locked, unread, empty] = ['read', 'locked', 'unread', ''].map((body) => new Request('http://gate.example/', { method: 'POST', body, headers: { 'Content-Length': String(body.length) } }))
    await Promise.all([read!.text(), empty!.text()])
    locked!.body!.getReader()
    for (const request of [read!, locked!]) {
      const response = await fetch(request)
      expect([response.status, await response.json()]).toEqual([500, expect.objectContaining({ detail: expect.stringContaining('read before') as string })])
    }
    expect(sent).toEqual([])
    expect((await fetch(empty!)).status).toBe(200)
    expect((await fetch(unread!)).status).toBe(200)
    const local = new Request('http://gate.example/here', { method: 'POST', body: 'read' })
    await local.text()
    expect(await (await fetch(local)).text()).toBe('mine')
  })

  test('asks its stages in order, and the first that answers is the last', async () => {
    const config = {
      filters: [{ deny: { method: ['TRACE'] } }],
      routes: [
        { path: '/closed/*', upstream: 'app', filters: [{ deny: { path: ['/closed/secret'] } }] },
        { path: '/old', redirect: { to: '/new' } },
        { path: '/text', respond: { status: 418, headers: { 'X-Tea': 'yes' }, body: 'short and stout' } },
      ],
    }
    const { ask, sent } = worldOf(config)
    expect((await ask('GET', '/a b')).status).toBe(400)
    expect((await ask('TRACE', '/nowhere')).status).toBe(403)
    expect((await ask('GET', '/nowhere')).status).toBe(404)
    expect((await ask('GET', '/closed/../closed/secret')).status).toBe(403)
    const moved = await ask('GET', '/old?x=1')
    expect([moved.status, moved.value('location'), moved.text]).toEqual([308, '/new?x=1', ''])
    const tea = await ask('GET', '/text')
    expect([tea.status, tea.value('x-tea'), tea.value('content-length'), tea.text]).toEqual([418, 'yes', '15', 'short and stout'])
    expect(sent).toEqual([])
    expect((await ask('GET', '/closed/a')).status).toBe(200)
    expect(sent).toHaveLength(1)
  })

  test('takes the first route that fits host, path, method, fields and query', async () => {
    const answer = (body: string): object => ({ respond: { body } })
    const { ask } = worldOf({
      routes: [
        { host: 'a.test', path: '/x', methods: ['post'], ...answer('posted') },
        { host: '*.a.test', ...answer('below') },
        { path: '/x', headers: { 'X-Beta': '1' }, ...answer('beta') },
        { path: '/x', query: { v: '2' }, ...answer('second') },
        { ...answer('rest') },
      ],
    })
    expect((await ask('POST', '/x', { host: 'A.test:80' })).text).toBe('posted')
    expect((await ask('GET', '/x', { host: 'a.test' })).text).toBe('rest')
    expect((await ask('GET', '/y', { host: 'b.a.test' })).text).toBe('below')
    expect((await ask('GET', '/x', { fields: ['x-beta', '1'] })).text).toBe('beta')
    expect((await ask('GET', '/x?v=2')).text).toBe('second')
    expect((await ask('GET', '/y?v=2')).text).toBe('rest')
  })

  test('turns to another server when one cannot be reached, and takes turns', async () => {
    const { ask, sent } = worldOf({}, ({ server }) => (server.port === 3001 ? fails('connection_refused') : text('ok')))
    expect((await ask('POST', '/')).status).toBe(200)
    expect((await ask('GET', '/')).status).toBe(200)
    // The repeated one has taken nobody's turn.
    expect(sent.map(({ server }) => server.port)).toEqual([3001, 3002, 3002])
  })

  test.each([2, 3, 4])('of %d servers a dead one gets its share of first attempts and no more, and the others share the rest', async (size) => {
    const targets = ['http://dead.internal', ...['a', 'b', 'c'].slice(0, size - 1).map((name) => `http://${name}.internal`)]
    const { ask, sent } = worldOf({ upstreams: { app: { targets, outlier: { consecutiveFailures: 0 }, retry: { attempts: 1, budgetPercent: 100 } } } }, ({ server }) => (server.hostname === 'dead.internal' ? fails('connection_refused') : text('ok')))
    for (let i = 0; i < 240; i++) expect((await ask('GET', '/')).status).toBe(200)
    const counts = targets.map((url) => sent.filter(({ server }) => server.origin === url).length)
    expect(counts[0]).toBe(240 / size)
    for (const count of counts.slice(1)) expect(Math.abs(count - 240 / (size - 1))).toBeLessThanOrEqual(20)
  })

  test('does not repeat a POST that the server may have taken', async () => {
    const { ask, sent } = worldOf({}, () => fails('connection_terminated'))
    expect((await ask('POST', '/')).status).toBe(502)
    expect(sent).toHaveLength(1)
  })

  test('tells of each request, once', async () => {
    const world = worldOf({}, ({ target }) => (target === '/bad' ? fails('http_response_timeout', { message: 'origin-a.internal was slow' }) : text('ok')))
    await world.ask('GET', '/good?x', { host: 'A.test:81' })
    await world.ask('GET', '/bad')
    await world.ask('GET', 'bad target')
    const told = world.events.filter((event) => event.kind === 'request')
    expect(told.map(({ requestFields, answerFields }) => [fieldValue(requestFields, 'host'), fieldValue(answerFields, 'x-request-id')])).toEqual([['A.test:81', 'id-1'], ['gate.example', 'id-2'], ['gate.example', 'id-3']])
    expect(told).toMatchObject([
      { kind: 'request', id: 'id-1', method: 'GET', host: 'a.test', target: '/good?x', client: '203.0.113.9', status: 200, durationMs: 0, server: 'http://origin-a.internal:3001', attempts: 1, cache: undefined, error: undefined, detail: undefined },
      { kind: 'request', id: 'id-2', method: 'GET', host: 'gate.example', target: '/bad', client: '203.0.113.9', status: 504, durationMs: 0, server: 'http://origin-b.internal:3002', attempts: 1, cache: undefined, error: 'http_response_timeout', detail: 'origin-a.internal was slow' },
      { kind: 'request', id: 'id-3', status: 400, error: 'http_request_error', server: undefined, attempts: 0 },
    ])
  })
})

describe('an error', () => {
  test('is a problem document that names the fault, the request and nothing of the origin', async () => {
    const { ask } = worldOf({}, () => fails('connection_refused', { message: 'connect ECONNREFUSED origin-a.internal:3001' }))
    const { status, text: body, value } = await ask('GET', '/')
    expect([status, value('content-type'), value('cache-control'), value('x-request-id'), value('proxy-status')]).toEqual([502, 'application/problem+json', 'no-store', 'id-1', 'fetchgate; error=connection_refused'])
    expect(JSON.parse(body)).toEqual({ type: 'about:blank', title: 'The server cannot be reached', status: 502, code: 'connection_refused', instance: 'urn:request:id-1' })
    expect(value('content-length')).toBe(String(body.length))
    expect(body).not.toContain('origin-a')
  })

  test('is a page for a browser', async () => {
    const { ask } = worldOf({}, () => fails('connection_refused', { message: 'origin-a.internal' }))
    const { text: body, value } = await ask('GET', '/', { fields: BROWSER })
    expect(value('content-type')).toBe('text/html; charset=utf-8')
    expect(value('content-security-policy')).toContain("default-src 'none'")
    expect(body).toContain('<h1>The server cannot be reached</h1>')
    expect(body).toContain('id-1')
    expect(body).not.toContain('origin-a')
    expect(value('content-length')).toBe(String(new TextEncoder().encode(body).byteLength))
  })

  test('of the client\'s making has its detail and no Proxy-Status, and ends the connection', async () => {
    const { text: body, value, close } = await worldOf({}).ask('GET', '/', { fields: ['Content-Length', '1', 'Content-Length', '2'] })
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'http_request_error', detail: 'The request has more than one Content-Length.' })
    expect([value('proxy-status'), close]).toEqual([undefined, true])
  })

  test('has no body for HEAD, but the length of one', async () => {
    const { hasBody, value } = await worldOf({ routes: [] }).ask('HEAD', '/')
    expect(hasBody).toBe(false)
    expect(Number(value('content-length'))).toBeGreaterThan(0)
  })

  test('of a filter tells its reason to the log alone', async () => {
    const world = worldOf({ filters: [{ deny: { ip: ['203.0.113.0/24'] } }] })
    const { text: body } = await world.ask('GET', '/')
    expect(JSON.parse(body)).toMatchObject({ status: 403, title: 'The request is refused' })
    expect(body).not.toContain('203.0.113')
    expect(world.events.at(-1)).toMatchObject({ error: 'http_request_denied', detail: 'deny: client address in 203.0.113.0/24' })
  })
})

describe('HEAD', () => {
  test('of a fixed answer has its fields and no body', async () => {
    const { hasBody, value } = await worldOf({ routes: [{ respond: { body: 'hello' } }] }).ask('HEAD', '/')
    expect([hasBody, value('content-length')]).toEqual([false, '5'])
  })

  test('is answered from a stored GET', async () => {
    const { ask, sent } = worldOf(CACHED, () => fresh('hello'))
    await ask('GET', '/')
    const { status, hasBody, value } = await ask('HEAD', '/')
    expect([status, hasBody, value('content-length'), sent.length]).toEqual([200, false, '5', 1])
  })
})

describe('the cache', () => {
  test('answers again what is fresh, with its age, and asks again what is stale', async () => {
    const world = worldOf(CACHED, (_, number) => fresh(`answer ${number}`, 'ETag', '"a"'))
    const first = await world.ask('GET', '/')
    expect([first.text, first.value('age'), first.value('cache-status')]).toEqual(['answer 1', undefined, 'fetchgate; fwd=uri-miss; fwd-status=200; stored'])
    world.nowMs += 59_000
    const second = await world.ask('GET', '/')
    expect([second.text, second.value('age'), second.value('cache-status')]).toEqual(['answer 1', '59', 'fetchgate; hit; ttl=1'])
    world.nowMs += 1000
    const third = await world.ask('GET', '/')
    expect([third.text, third.value('age'), third.value('cache-status')]).toEqual(['answer 2', undefined, 'fetchgate; fwd=stale; fwd-status=200; stored'])
    expect(world.sent).toHaveLength(2)
  })

  test.each([
    ['one', ['Age', '50'], '50'],
    ['the first of several', ['Age', '50, 7'], '50'],
    ['the first line', ['Age', '50', 'Age', '7'], '50'],
    ['none that can be read', ['Age', 'old'], '0'],
  ])('counts the age that an answer came with: %s', async (_, fields, age) => {
    const { ask } = worldOf(CACHED, () => fresh('x', ...fields))
    await ask('GET', '/')
    expect((await ask('GET', '/')).value('age')).toBe(age)
  })

  test('answers 304 to who has it already', async () => {
    const { ask, sent } = worldOf(CACHED, () => fresh('hello', 'ETag', '"a"'))
    await ask('GET', '/')
    const { status, hasBody, value } = await ask('GET', '/', { fields: ['If-None-Match', 'W/"a"'] })
    expect([status, hasBody, value('etag'), value('content-length'), sent.length]).toEqual([304, false, '"a"', undefined, 1])
  })

  test('keeps variants apart', async () => {
    const { ask, sent } = worldOf(CACHED, ({ fields }) => fresh(`in ${fields[fields.indexOf('Accept-Language') + 1]!}`, 'Vary', 'Accept-Language'))
    const speak = (language: string): Promise<{ text: string; value(name: string): string | undefined }> => ask('GET', '/', { fields: ['Accept-Language', language] })
    expect((await speak('en')).text).toBe('in en')
    const other = await speak('de')
    expect([other.text, other.value('cache-status')]).toEqual(['in de', 'fetchgate; fwd=vary-miss; fwd-status=200; stored'])
    expect([(await speak('en')).text, (await speak('de')).text, sent.length]).toEqual(['in en', 'in de', 2])
  })

  test('keeps hosts and targets apart', async () => {
    const { ask } = worldOf(CACHED, (_, number) => fresh(String(number)))
    const asked = [['/', 'a.test'], ['/', 'b.test'], ['/?', 'a.test'], ['/?x', 'a.test'], ['/%61', 'a.test'], ['/a', 'a.test'], ['/', 'a.test:81']] as const
    const texts: string[] = []
    for (const [target, host] of asked) texts.push((await ask('GET', target, { host })).text)
    expect(new Set(texts).size).toBe(asked.length)
  })

  test('forgets what an unsafe method may have changed, unless that failed', async () => {
    const { ask } = worldOf(CACHED, ({ method, target }, number) => (method === 'GET' ? fresh(String(number)) : text('', [], target.includes('fail') ? 500 : 200)))
    expect((await ask('GET', '/a')).text).toBe('1')
    expect((await ask('GET', '/b')).text).toBe('2')
    await ask('POST', '/a')
    expect((await ask('GET', '/a')).text).toBe('4')
    expect((await ask('GET', '/b')).text).toBe('2')
    expect((await ask('GET', '/fail')).text).toBe('5')
    await ask('DELETE', '/fail')
    expect((await ask('GET', '/fail')).text).toBe('5')
  })

  test.each<[string, string[], string]>([
    ['a cookie', ['Cache-Control', 'public, max-age=60', 'Set-Cookie', 'session=1'], 'set-cookie'],
    ['no lifetime', [], 'no lifetime or validator'],
    ['private', ['Cache-Control', 'private, max-age=60'], 'response private'],
  ])('stores nothing of an answer with %s', async (_, fields, reason) => {
    const { ask } = worldOf(CACHED, (_request, number) => text(String(number), fields))
    const first = await ask('GET', '/')
    expect(first.value('cache-status')).toBe(`fetchgate; fwd=uri-miss; fwd-status=200; detail="${reason}"`)
    expect((await ask('GET', '/')).text).toBe('2')
  })

  test('is not asked for a GET with a body, nor keeps its answer', async () => {
    const { ask } = worldOf(CACHED, (_request, number) => fresh(String(number)))
    const first = await ask('GET', '/', { fields: ['Content-Length', '1'], body: new StreamPayload(new Response('x').body!, 1) })
    expect([first.text, first.value('cache-status')]).toEqual(['1', 'fetchgate; fwd=bypass; fwd-status=200'])
    expect((await ask('GET', '/')).text).toBe('2')
  })

  test('keeps an answer without a body', async () => {
    const { ask, fetch, sent, background } = worldOf(CACHED, () => ({ status: 204, fields: ['Cache-Control', 'max-age=60'], body: undefined }))
    await ask('GET', '/')
    const { status, hasBody } = await ask('GET', '/')
    expect([status, sent.length, background.length]).toEqual([204, 1, 1])
    expect(hasBody).toBe(false)
    await fetch(new Request('http://gate.example/2'))
    expect((await fetch(new Request('http://gate.example/2'))).status).toBe(204)
  })

  test('keeps nothing of an answer that broke off', async () => {
    const broken = (): ReadableStream<Uint8Array> => new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) })
    const { ask } = worldOf(CACHED, (_, number) => (number === 1 ? { status: 200, fields: ['Cache-Control', 'max-age=60'], body: new StreamPayload(broken()) } : fresh('whole')))
    await expect(ask('GET', '/')).rejects.toThrow('reset')
    const next = await ask('GET', '/')
    expect([next.text, next.value('cache-status')]).toEqual(['whole', 'fetchgate; fwd=uri-miss; fwd-status=200; stored'])
  })

  describe('that several routes share', () => {
    const UPSTREAMS = { app: { targets: ['http://app.internal'] }, next: { targets: ['http://next.internal'] } }
    const byServer: Parameters<typeof worldOf>[1] = ({ method, server, target }, number) => (method === 'GET' ? fresh(`${number} ${server.hostname} ${target}`) : text(''))

    test('keeps the answers of their upstreams apart', async () => {
      const { ask } = worldOf({ upstreams: UPSTREAMS, routes: [{ headers: { 'X-Beta': '1' }, upstream: 'next', cache: true }, { upstream: 'app', cache: true }] }, byServer)
      expect((await ask('GET', '/')).text).toBe('1 app.internal /')
      expect((await ask('GET', '/', { fields: ['X-Beta', '1'] })).text).toBe('2 next.internal /')
      expect((await ask('GET', '/')).text).toBe('1 app.internal /')
      expect((await ask('GET', '/', { fields: ['X-Beta', '1'] })).text).toBe('2 next.internal /')
    })

    test('keeps the arms of a split apart', async () => {
      let roll = 0
      const { ask } = worldOf({ upstreams: UPSTREAMS, routes: [{ upstream: [{ name: 'app', weight: 1 }, { name: 'next', weight: 1 }], cache: true }] }, byServer, { random: () => roll })
      const texts: string[] = []
      for (roll of [0, 0.9, 0, 0.9]) texts.push((await ask('GET', '/')).text)
      expect(texts).toEqual(['1 app.internal /', '2 next.internal /', '1 app.internal /', '2 next.internal /'])
    })

    test('keeps apart what one upstream is asked for under different paths', async () => {
      const { ask } = worldOf({ upstreams: UPSTREAMS, routes: [{ headers: { 'X-Beta': '1' }, upstream: 'app', addPrefix: '/beta', cache: true }, { upstream: 'app', cache: true }] }, byServer)
      expect((await ask('GET', '/x')).text).toBe('1 app.internal /x')
      expect((await ask('GET', '/x', { fields: ['X-Beta', '1'] })).text).toBe('2 app.internal /beta/x')
      expect((await ask('GET', '/x')).text).toBe('1 app.internal /x')
    })

    test('forgets what an unsafe method changed through any route, also one without a cache', async () => {
      const { ask } = worldOf(
        {
          upstreams: UPSTREAMS,
          routes: [
            { methods: ['POST'], path: '/api/users/*', upstream: 'app', rewrite: '/users/*' },
            { headers: { 'X-Beta': '1' }, upstream: 'next', cache: true },
            { path: '/api/*', upstream: 'app', stripPrefix: '/api', cache: true },
          ],
        },
        byServer,
      )
      const [app, next] = [() => ask('GET', '/api/users/7'), () => ask('GET', '/api/users/7', { fields: ['X-Beta', '1'] })]
      expect([(await app()).text, (await next()).text]).toEqual(['1 app.internal /users/7', '2 next.internal /api/users/7'])
      await ask('POST', '/api/users/7')
      expect([(await app()).text, (await next()).text]).toEqual(['4 app.internal /users/7', '5 next.internal /api/users/7'])
    })

    test('keeps apart what routes ask with other fields', async () => {
      const tagged = (tag: string) => ({ upstream: 'app', headers: { request: { set: { 'X-Tag': tag } } }, cache: true as const })
      const { ask } = worldOf({ upstreams: UPSTREAMS, routes: [{ ...tagged('beta'), query: { beta: '1' } }, { ...tagged('b'), methods: ['HEAD'] }, tagged('a')] }, ({ fields }, number) => fresh(`${number} ${fields[fields.indexOf('X-Tag') + 1]!}`))
      expect((await ask('GET', '/x')).text).toBe('1 a')
      expect((await ask('HEAD', '/x')).value('cache-status')).toBe('fetchgate; fwd=uri-miss; fwd-status=200; detail="request method"')
      expect((await ask('GET', '/x')).text).toBe('1 a')
    })
  })

  describe('of an answer with variants', () => {
    const inLanguage: Parameters<typeof worldOf>[1] = ({ method, fields }, number) => (method === 'GET' ? fresh(`${number} in ${fields[fields.indexOf('Accept-Language') + 1]!}`, 'Vary', 'Accept-Language') : text(''))
    const speaker = ({ ask }: ReturnType<typeof worldOf>) => async (language: string) => (await ask('GET', '/', { fields: ['Accept-Language', language] })).text

    test('forgets all of them at an unsafe method, also when one is stored again', async () => {
      const world = worldOf(CACHED, inLanguage)
      const speak = speaker(world)
      expect([await speak('en'), await speak('de')]).toEqual(['1 in en', '2 in de'])
      await world.ask('POST', '/')
      expect([await speak('en'), await speak('de')]).toEqual(['4 in en', '5 in de'])
      expect([await speak('en'), await speak('de')]).toEqual(['4 in en', '5 in de'])
    })

    test('forgets them though every request comes under one id', async () => {
      const world = worldOf({ ...CACHED, trustedProxies: 1 }, inLanguage)
      const speak = async (language: string): Promise<string> => (await world.ask('GET', '/', { fields: ['Accept-Language', language, 'X-Request-ID', 'one-and-the-same'] })).text
      expect([await speak('en'), await speak('de')]).toEqual(['1 in en', '2 in de'])
      await world.ask('POST', '/')
      world.nowMs += 1
      expect([await speak('en'), await speak('de')]).toEqual(['4 in en', '5 in de'])
    })

    test('does not bring them back when a request was under way that had seen them', async () => {
      let release = (): void => {}
      const world = worldOf(CACHED, async (request, number) => {
        if (number === 3) await new Promise<void>((resolve) => (release = resolve))
        return inLanguage(request, number)
      })
      const speak = speaker(world)
      expect([await speak('en'), await speak('de')]).toEqual(['1 in en', '2 in de'])
      const slow = speak('fr')
      for (let i = 0; i < 50; i++) await Promise.resolve()
      await world.ask('POST', '/')
      release()
      expect(await slow).toBe('3 in fr')
      expect([await speak('en'), await speak('de')]).toEqual(['5 in en', '6 in de'])
    })

    test('keeps them when a further one is stored, and when one is stored again', async () => {
      const world = worldOf(CACHED, inLanguage)
      const speak = speaker(world)
      expect(await speak('en')).toBe('1 in en')
      world.nowMs += 30_000
      expect(await speak('de')).toBe('2 in de')
      world.nowMs += 30_000
      expect([await speak('en'), await speak('de'), await speak('fr')]).toEqual(['3 in en', '2 in de', '4 in fr'])
      expect([await speak('en'), await speak('de'), await speak('fr')]).toEqual(['3 in en', '2 in de', '4 in fr'])
    })

    test('that differ by other fields than before keeps each by its own', async () => {
      const world = worldOf(CACHED, ({ fields }, number) => fresh(`${number}`, 'Vary', fields.includes('X-New') ? 'Accept' : 'Accept-Language'))
      const speak = speaker(world)
      expect([await speak('en'), await speak('de')]).toEqual(['1', '2'])
      expect((await world.ask('GET', '/', { fields: ['Accept-Language', 'fr', 'X-New', '1', 'Accept', 'a'] })).text).toBe('3')
      expect([await speak('en'), await speak('de'), await speak('fr')]).toEqual(['1', '2', '4'])
    })
  })

  test('that fails is a miss, and is told', async () => {
    const failing = { match: () => Promise.reject(new Error('down')), put: () => Promise.reject(new Error('down')), delete: () => Promise.reject(new Error('down')) }
    const world = worldOf({ ...CACHED, caches: { default: { store: 'platform' } } }, () => fresh('hello'), { openStore: () => failing })
    expect((await world.ask('GET', '/')).text).toBe('hello')
    expect((await world.ask('POST', '/')).text).toBe('hello')
    expect(world.events.flatMap((event) => (event.kind === 'background-failed' ? [event.what] : []))).toEqual(['cache-read', 'cache-write', 'cache-delete'])
  })

  test('shows nothing of its own among the fields of a hit', async () => {
    const { ask } = worldOf(CACHED, () => fresh('x'))
    await ask('GET', '/')
    expect((await ask('GET', '/')).fields.join('\n')).not.toContain('fetchgate-entry')
  })
})

describe('hiding the origin', () => {
  test('reaches redirects and cookies, in the client\'s own scheme, host and prefix', async () => {
    const { ask } = worldOf({ routes: [{ path: '/api/*', upstream: 'app', stripPrefix: '/api', addPrefix: '/v1' }] }, () => text('', ['Location', 'http://origin-b.internal:3002/v1/login?x', 'Set-Cookie', 'a=1; Domain=origin-a.internal; Path=/v1/', 'X-Powered-By', 'PHP'], 302))
    const { value } = await ask('GET', '/api/secret', { host: 'shop.example:8080' })
    expect([value('location'), value('set-cookie'), value('x-powered-by')]).toEqual(['http://shop.example:8080/api/login?x', 'a=1; Path=/api/', undefined])
  })

  test('can be turned off', async () => {
    const { ask } = worldOf({ routes: [{ upstream: 'app', hideOrigin: false }] }, () => text('', ['Location', 'http://origin-b.internal:3002/', 'Server', 'nginx'], 302))
    const { value } = await ask('GET', '/')
    expect([value('location'), value('server')]).toEqual(['http://origin-b.internal:3002/', 'nginx'])
  })
})

describe('concurrent requests', () => {
  test('share no state: each gets the answer to its own', async () => {
    const release: (() => void)[] = []
    const { ask } = worldOf({}, async ({ target, fields }) => {
      await new Promise<void>((resolve) => release.push(resolve))
      return text(`${target} ${fields[fields.indexOf('X-Request-ID') + 1]!} ${fields[fields.indexOf('X-Who') + 1]!}`)
    })
    const asked = Array.from({ length: 20 }, (_, i) => ask('GET', `/${i}`, { fields: ['X-Who', `client-${i}`], peer: `192.0.2.${i}` }))
    for (let i = 0; i < 50 && release.length < 20; i++) await Promise.resolve()
    expect(release).toHaveLength(20)
    for (const go of release.reverse()) go()
    const answers = await Promise.all(asked)
    expect(answers.map(({ text: body, value }) => [body, value('x-request-id')])).toEqual(asked.map((_, i) => [`/${i} id-${i + 1} client-${i}`, `id-${i + 1}`]))
  })
})

describe('fetch', () => {
  test('can be called unbound, and gives a Response', async () => {
    const { fetch } = createGateway({ routes: [{ respond: { body: 'hi' } }] })
    const response = await fetch(new Request('http://gate.example/'))
    expect(response).toBeInstanceOf(Response)
    expect(await response.text()).toBe('hi')
  })

  test.each<[string, () => never]>([
    ['an error of ours', () => fails('dns_error')],
    ['an error of another kind', () => { throw new TypeError('boom') }],
    ['no error at all', () => { throw undefined as unknown as Error }],
  ])('never rejects when a transport throws %s', async (_, origin) => {
    const { fetch } = worldOf({}, origin)
    expect((await fetch(new Request('http://gate.example/'))).status).toBeGreaterThanOrEqual(500)
  })

  test.each<[string, Parameters<typeof text>[1], number]>([
    ['a field that Headers refuses', ['X-Bad', 'a\0b'], 200],
    ['a field name that Headers refuses', ['X Bad', 'a'], 200],
    ['a body where there must be none', [], 204],
    ['a body with 304', [], 304],
  ])('never rejects when an origin answers with %s', async (_, fields, status) => {
    const { fetch } = worldOf({}, () => text('x', fields, status))
    expect((await fetch(new Request('http://gate.example/'))).status).toBe(status === 200 ? 502 : status)
  })

  test.each([204, 205, 304])('a fixed answer of %d has no body, whatever is written', async (status) => {
    const world = worldOf({ routes: [{ respond: { status, body: 'x' } }] })
    expect((await world.fetch(new Request('http://gate.example/'))).status).toBe(status)
    expect((await world.ask('GET', '/')).hasBody).toBe(false)
  })

  test('carries a body up and an answer down', async () => {
    const { fetch } = worldOf({}, async ({ body }) => text(`got ${await new Response(body!.stream()).text()}`))
    const response = await fetch(new Request('http://gate.example/', { method: 'POST', body: 'hello' }))
    expect(await response.text()).toBe('got hello')
  })
})
