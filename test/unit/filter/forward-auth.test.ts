import { describe, expect, test } from 'vitest'
import type { FilterConfig } from '../../../src/config/schema.js'
import { grantBytes } from '../../../src/filter/forward-auth/grant.js'
import { fieldValue, fieldValues } from '../../../src/http/fields.js'
import { type Answer, type Clock, type Config, type OutboundRequest, validateConfig } from '../../../src/index.js'
import { fails, type Origin, text, worldOf } from '../../support/gateway.js'

type Settings = Partial<Extract<NonNullable<Config['filters']>[number], { forwardAuth?: unknown }>['forwardAuth'] & object>

const isService = ({ server }: OutboundRequest): boolean => server.authority === 'auth.internal:9091'
/** A clock that waits until nobody does any more. */
const patient = (nowMs: () => number): Clock => ({ nowMs, sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())) })

/** A gateway whose service is a function; the origin answers "ok". */
function world(settings: Settings, service: Origin, config: Partial<Config> = {}) {
  let nowMs = 1_000_000
  const made = worldOf(
    { filters: [{ forwardAuth: { url: 'http://auth.internal:9091/verify?realm=a', ...settings } }], ...config },
    (request, number) => (isService(request) ? service(request, number) : text('ok')),
    { clock: patient(() => nowMs) },
  )
  return {
    ask: made.ask,
    events: made.events,
    questions: () => made.sent.filter(isService),
    relayed: () => made.sent.filter((request) => !isService(request)),
    wait: (ms: number) => void (nowMs += ms),
  }
}

describe('what the service is asked', () => {
  test('is a request of its own that says what the client wants, as the origin would read it', async () => {
    const { ask, questions } = world({}, () => text(''))
    await ask('POST', '/public/..//%61dmin?q=1', { fields: ['Cookie', 'a=1', 'Cookie', 'b=2', 'Authorization', 'Bearer t', 'X-Secret', 's', 'X-Forwarded-Uri', '/fake', 'X-Forwarded-For', '10.0.0.1', 'Content-Length', '3'] })
    const { method, target, fields, body } = questions()[0]!
    expect([method, target, body]).toEqual(['GET', '/verify?realm=a', undefined])
    expect(fields).toEqual([
      'Host', 'auth.internal:9091', 'User-Agent', 'fetchgate', 'X-Forwarded-Method', 'POST', 'X-Forwarded-Uri', '/admin?q=1', 'X-Forwarded-For', '203.0.113.9',
      'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'gate.example', 'authorization', 'Bearer t', 'cookie', 'a=1; b=2', 'X-Request-ID', 'id-1',
    ])
  })

  test('holds the headers that are named, and no others', async () => {
    const { ask, questions } = world({ requestHeaders: ['X-Api-Key'], method: 'HEAD' }, () => text(''))
    await ask('GET', '/', { fields: ['Cookie', 'a=1', 'x-api-key', 'k', 'X-Api-Key', 'l'] })
    expect([questions()[0]!.method, fieldValue(questions()[0]!.fields, 'cookie'), fieldValue(questions()[0]!.fields, 'x-api-key')]).toEqual(['HEAD', undefined, 'k, l'])
  })
})

describe('a request that may pass', () => {
  test('takes along what the service says of it, and its cookies go to the client', async () => {
    const { ask, relayed, events } = world({ copyHeaders: ['X-User', 'X-Groups'], user: 'x-user' }, () => text('', ['X-User', 'eve', 'x-groups', 'a', 'X-Groups', 'b', 'X-Other', 'c', 'Set-Cookie', 's=1; Domain=auth.internal'], 204))
    const { status, value } = await ask('GET', '/')
    const sent = relayed()[0]!.fields
    expect([status, value('set-cookie'), fieldValues(sent, 'x-user'), fieldValues(sent, 'x-groups'), fieldValue(sent, 'x-other')]).toEqual([200, 's=1', ['eve'], ['a', 'b'], undefined])
    expect(events.find(({ kind }) => kind === 'request')).toMatchObject({ user: 'eve' })
  })

  test.each(['X-User', 'x-user', 'X_User', 'X.USER'])('cannot bring %s itself, whether or not the service sends it', async (name) => {
    for (const said of [[], ['X-User', 'eve']]) {
      const { ask, relayed } = world({ copyHeaders: ['X-User'] }, () => text('', said), { normalization: { oddHeaders: 'keep' } })
      await ask('GET', '/', { fields: [name, 'root', 'Connection', 'X-User'] })
      const { fields } = relayed()[0]!
      expect(fields.flatMap((text, i) => (i % 2 === 0 && /^x.user$/i.test(text) ? [fields[i + 1]] : []))).toEqual(said.slice(1))
    }
  })
})

describe('a request that may not', () => {
  test('gets the answer of the service, without what ends at this hop and without its name', async () => {
    const said: Answer = text('<login>', ['Location', 'http://auth.internal:9091/login?rd=1', 'Set-Cookie', 's=1; Domain=auth.internal', 'Set-Cookie', 't=2', 'WWW-Authenticate', 'Bearer', 'Server', 'authd', 'Connection', 'X-Hop', 'X-Hop', '1', 'Transfer-Encoding', 'chunked'], 302)
    const { ask, relayed } = world({}, () => said)
    const { status, fields, text: body } = await ask('GET', '/')
    expect([status, body, relayed()]).toEqual([302, '<login>', []])
    expect(fields).toEqual(['Location', 'http://gate.example/login?rd=1', 'Set-Cookie', 's=1', 'Set-Cookie', 't=2', 'WWW-Authenticate', 'Bearer', 'Content-Length', '7', 'Cache-Control', 'no-store', 'X-Request-ID', 'id-1'])
  })

  test('is sent to the host of the service where that is meant', async () => {
    const { ask } = world({ hideOrigin: false }, () => text('', ['Location', 'http://auth.internal:9091/login'], 303))
    expect((await ask('GET', '/')).value('location')).toBe('http://auth.internal:9091/login')
  })

  test.each([401, 403, 404, 304, 500, 503])('%i is relayed', async (status) => {
    const { ask, relayed } = world({ copyHeaders: ['x-user'] }, () => text(status === 304 ? '' : 'why', ['Cache-Control', 'private'], status))
    const answer = await ask('GET', '/')
    expect([answer.status, answer.text, answer.value('cache-control'), relayed()]).toEqual([status, status === 304 ? '' : 'why', 'private', []])
  })

  test('gets no body to HEAD, but its length', async () => {
    const { ask } = world({}, () => text('why', [], 403))
    expect(await ask('HEAD', '/')).toMatchObject({ status: 403, hasBody: false })
  })
})

describe('a service that fails', () => {
  test.each<[string, Origin, number]>([
    ['refuses connections', () => fails('connection_refused', { message: 'ECONNREFUSED 10.0.0.1' }), 502],
    ['has no room', () => fails('connection_limit_reached'), 503],
    ['is too slow', () => fails('http_response_timeout'), 504],
    ['answers with more than is read', () => text('x'.repeat(2000)), 502],
    ['breaks off', () => ({ status: 200, fields: [], body: { length: 5, used: false, cancel: () => {}, stream: () => new ReadableStream({ start: (controller) => controller.error(new TypeError('gone')) }) } }), 502],
    ['answers 1xx', () => text('', [], 101), 502],
    ['does not behave', () => { throw new TypeError('?') }, 502],
  ])('that %s lets nobody pass, and is told', async (_, service, status) => {
    const { ask, relayed, events } = world({ maxAnswer: '1000B' }, service)
    const answer = await ask('GET', '/')
    expect([answer.status, relayed(), answer.text.includes('auth.internal')]).toEqual([status, [], false])
    expect(events.filter(({ kind }) => kind === 'service-failed')).toMatchObject([{ filter: 'forwardAuth', service: 'http://auth.internal:9091', id: 'id-1' }])
  })

  test('one that never answers is given up, and its request aborted', async () => {
    const { ask, events } = await (async () => {
      let signal: AbortSignal | undefined
      const made = worldOf({ filters: [{ forwardAuth: { url: 'http://auth.internal:9091/', timeout: '50ms' } }] }, (request) => new Promise(() => (signal = request.signal)), { clock: { nowMs: () => 0, sleep: async () => {} } })
      return { ask: async () => [(await made.ask('GET', '/')).status, signal?.aborted], events: made.events }
    })()
    expect(await ask()).toEqual([504, true])
    expect(events.map(({ kind }) => kind)).toEqual(['service-failed', 'request'])
  })
})

describe('verdicts that are remembered', () => {
  const grants: Origin = ({ fields }) => (fieldValue(fields, 'cookie') === 's=eve' ? text('', ['X-User', 'eve']) : text('no', [], 401))

  test('hold for their time, for the same question only', async () => {
    const { ask, questions, relayed, wait } = world({ copyHeaders: ['X-User'], cache: { ttl: '10s' } }, grants)
    const eve = { fields: ['Cookie', 's=eve'] }
    for (let i = 0; i < 2; i++) expect((await ask('GET', '/a', eve)).status).toBe(200)
    expect([questions().length, relayed().map(({ fields }) => fieldValue(fields, 'x-user'))]).toEqual([1, ['eve', 'eve']])
    const others = [() => ask('GET', '/b', eve), () => ask('POST', '/a', eve), () => ask('GET', '/a', { ...eve, host: 'b.example' }), () => ask('GET', '/a', { ...eve, peer: '203.0.113.10' }), () => ask('GET', '/a', { fields: ['Cookie', 's=bob'] }), () => ask('GET', '/a')]
    for (const [i, other] of others.entries()) {
      await other()
      expect(questions().length).toBe(2 + i)
    }
    expect((await ask('GET', '/a')).status).toBe(401)
    wait(10_000)
    await ask('GET', '/a', eve)
    expect(questions().length).toBe(3 + others.length)
  })

  test('hold for what is said to matter', async () => {
    const { ask, questions } = world({ cache: { ttl: '10s', by: ['cookie:s', 'host'] } }, grants)
    const eve = { fields: ['Cookie', 's=eve'] }
    for (const path of ['/a', '/b']) expect((await ask('GET', path, eve)).status).toBe(200)
    expect(questions().length).toBe(1)
    for (const fields of [['Cookie', 's=bob'], ['Cookie', 's=eve; s=bob'], ['Cookie', 's=bob; s=eve'], []]) expect((await ask('GET', '/a', { fields })).status).toBe(401)
    expect(questions().length).toBe(5)
  })

  test.each([['no-store', 'Cache-Control', 'no-store', 0], ['a cookie', 'Set-Cookie', 'a=1', 0], ['a shorter time', 'Cache-Control', 'max-age=5', 5000]])('%s of the service counts', async (_, name, value, forMs) => {
    const { ask, questions, wait } = world({ cache: { ttl: '10s' } }, () => text('', [name, value]))
    await ask('GET', '/')
    wait(forMs - 1)
    await ask('GET', '/')
    expect(questions().length).toBe(forMs === 0 ? 2 : 1)
    wait(1)
    await ask('GET', '/')
    expect(questions().length).toBe(forMs === 0 ? 3 : 2)
  })

  test('equal questions at the same time are one, refusals are not shared', async () => {
    const answers: ((answer: Answer) => void)[] = []
    const { ask, questions } = world({ cache: { ttl: '10s' } }, () => new Promise((resolve) => answers.push(resolve)))
    const three = [ask('GET', '/a'), ask('GET', '/a'), ask('GET', '/b')]
    await Promise.resolve()
    expect(questions().length).toBe(2)
    for (const answer of answers) answer(text(''))
    expect((await Promise.all(three)).map(({ status }) => status)).toEqual([200, 200, 200])
    const two = [ask('GET', '/c'), ask('GET', '/c')]
    await Promise.resolve()
    answers[2]!(text('', ['Set-Cookie', 'a=1'], 401))
    await two[0]
    await new Promise((resolve) => setTimeout(resolve))
    expect(questions().length).toBe(4)
    answers[3]!(text('', [], 403))
    expect((await two[1]!).status).toBe(403)
  })

  test('a client that goes away does not take along those that wait for its answer', async () => {
    const answers: ((answer: Answer) => void)[] = []
    const { ask, questions } = world({ cache: { ttl: '10s' } }, () => new Promise((resolve) => answers.push(resolve)))
    const gone = new AbortController()
    const two = [ask('GET', '/', { signal: gone.signal }), ask('GET', '/')]
    await Promise.resolve()
    gone.abort()
    expect(questions().map(({ signal }) => signal?.aborted)).toEqual([false])
    answers[0]!(text(''))
    expect((await two[1]!).status).toBe(200)
  })

  test('take room by the length of what is remembered', () => {
    const granted = (user: string) => ({ lines: ['X-User', user], user, cookies: [] })
    expect(grantBytes('key', granted('eve')) - grantBytes('', granted(''))).toBe(2 * ('key'.length + 2 * 'eve'.length))
    expect(grantBytes('', granted(''))).toBeGreaterThan(100)
  })
})

describe('settings', () => {
  test.each<[string, unknown]>([
    ['filters[0].forwardAuth.url', { url: 'auth.internal/verify' }],
    ['filters[0].forwardAuth.url', { url: 'http://user:secret@auth.internal/' }],
    ['filters[0].forwardAuth.copyHeaders[0]', { url: 'http://a/', copyHeaders: ['Content-Length'] }],
    ['filters[0].forwardAuth.copyHeaders[0]', { url: 'http://a/', copyHeaders: ['X-Forwarded-For'] }],
    ['filters[0].forwardAuth.requestHeaders[0]', { url: 'http://a/', requestHeaders: ['Connection'] }],
    ['filters[0].forwardAuth.cache.by', { url: 'http://a/', cache: { ttl: '1s', by: ['path'] } }],
    ['filters[0].forwardAuth.cache.by[1]', { url: 'http://a/', cache: { ttl: '1s', by: ['cookie:s', 'session'] } }],
  ])('%s of %j is a fault', (path, forwardAuth) => {
    const validation = validateConfig({ routes: [], filters: [{ forwardAuth: forwardAuth as FilterConfig['forwardAuth'] }] })
    expect(validation.kind === 'invalid' && validation.issues.map((issue) => issue.path)).toEqual([path])
  })
})
