import { describe, expect, test } from 'vitest'
import { type ErrorCode, GatewayError } from '../../../src/errors.js'
import { BytesPayload, StreamPayload } from '../../../src/http/payload.js'
import type { Answer, OutboundRequest } from '../../../src/ports.js'
import { type AskOptions, type World, worldOf } from '../../support/gateway.js'

type Reply = Answer | Error

const OK: Answer = { status: 200, fields: [], body: undefined }
const fails = (code: ErrorCode): GatewayError => new GatewayError(code, { message: `${code} at the origin` })

interface Carried extends World {
  readonly status: number
  readonly error: string | undefined
  readonly attempts: number
}

/** Carries a request over servers that reply in the given order; the last reply repeats. */
async function carried(replies: readonly Reply[], { method = 'GET', servers = 3, attempts = 2, ...asked }: AskOptions & { method?: string; servers?: number; attempts?: number } = {}, onSend: (request: OutboundRequest) => void = () => {}): Promise<Carried> {
  const targets = Array.from({ length: servers }, (_, i) => `http://127.0.0.1:${3000 + i}`)
  const world = worldOf({ upstreams: { app: { targets, retry: { attempts }, timeout: { connect: '1ms', headers: '2ms', idle: '3ms' } } }, routes: [{ upstream: 'app', stripPrefix: '/api' }] }, (request, number) => {
    const reply = replies[Math.min(number, replies.length) - 1]!
    onSend(request)
    if (reply instanceof Error) throw reply
    return reply
  })
  const { status } = await world.ask(method, '/api/a%2fb?x', asked)
  const event = world.events.at(-1)
  if (event?.kind !== 'request') throw new Error('the request was not told')
  return { ...world, status, error: event.error, attempts: event.attempts }
}

const ports = ({ sent }: World): number[] => sent.map((request) => request.server.port)

describe('an attempt', () => {
  test('is the rewritten request, with the body and signal of the client and the limits of the upstream', async () => {
    const body = new BytesPayload(new Uint8Array(3))
    const { signal } = new AbortController()
    const { sent } = await carried([OK], { method: 'PUT', fields: ['Content-Length', '3'], body, signal })
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ server: { origin: 'http://127.0.0.1:3000' }, method: 'PUT', target: '/a%2fb?x', limits: { connectMs: 1, headersMs: 2, idleMs: 3 } })
    expect(sent[0]!.body).toBe(body)
    expect(sent[0]!.signal).toBe(signal)
  })

  test.each<[string, Reply[], Parameters<typeof carried>[1], number[], number, string | undefined]>([
    ['that sent nothing is made again on the next server', [fails('connection_refused'), OK], {}, [3000, 3001], 200, undefined],
    ['of a POST that sent nothing too', [fails('connection_refused'), OK], { method: 'POST' }, [3000, 3001], 200, undefined],
    ['of a GET whose connection broke too', [fails('connection_terminated'), OK], {}, [3000, 3001], 200, undefined],
    ['of a POST whose connection broke is the last', [fails('connection_terminated'), OK], { method: 'POST' }, [3000], 502, 'connection_terminated'],
    ['is made once on each server at most where none listens', [fails('connection_refused')], { attempts: 10 }, [3000, 3001, 3002], 502, 'connection_refused'],
    ['is made no more often than allowed', [fails('connection_refused')], { attempts: 1 }, [3000, 3001], 502, 'connection_refused'],
    ['is not repeated with retries off', [fails('connection_refused'), OK], { attempts: 0 }, [3000], 502, 'connection_refused'],
    ['that failed last is the one that is told', [fails('connection_refused'), fails('connection_timeout')], { attempts: 1 }, [3000, 3001], 504, 'connection_timeout'],
    ['that took too long is not repeated', [fails('http_response_timeout'), OK], {}, [3000], 504, 'http_response_timeout'],
    ['that got 425 has its answer, which is for the client to act on', [{ ...OK, status: 425 }, OK], {}, [3000], 425, undefined],
    ['that got an error status has its answer', [{ ...OK, status: 503 }, OK], {}, [3000], 503, undefined],
    ['that got a status which is none failed', [{ ...OK, status: 101 }, OK], {}, [3000], 502, 'http_protocol_error'],
    ['whose transport breaks its word is our failure', [new TypeError('boom'), OK], {}, [3000], 500, 'proxy_internal_error'],
  ])('%s', async (_, replies, asked, expected, status, error) => {
    const all = await carried(replies, asked)
    expect(ports(all)).toEqual(expected)
    expect([all.status, all.error, all.attempts]).toEqual([status, error, expected.length])
  })

  test('is not repeated when it has begun to read the body', async () => {
    const stream = (): StreamPayload => new StreamPayload(new ReadableStream())
    expect(ports(await carried([fails('connection_refused'), OK], { method: 'PUT', body: stream() }, (request) => void request.body?.stream()))).toEqual([3000])
    expect(ports(await carried([fails('connection_refused'), OK], { method: 'PUT', body: stream() }))).toEqual([3000, 3001])
  })

  test('has the body from its first byte where bodies are kept, and nothing is kept once an answer has come', async () => {
    const replayed: number[][] = []
    const kept = (method: string): Promise<World> => {
      const world = worldOf({ upstreams: { app: { targets: ['http://a.internal', 'http://b.internal'], retry: { replayBody: '10B' } } } }, async ({ body }, number) => {
        const reader = body!.stream().getReader()
        replayed.push([...(await reader.read()).value!])
        if (number === 1) throw fails('connection_terminated')
        expect((await reader.read()).done).toBe(true)
        return OK
      })
      return world.ask(method, '/', { fields: ['Content-Length', '3'], body: new StreamPayload(new BytesPayload(new Uint8Array([1, 2, 3])).stream(), 3) }).then(() => world)
    }
    const { sent } = await kept('PUT')
    expect(replayed).toEqual([[1, 2, 3], [1, 2, 3]])
    expect(sent[1]!.body!.used).toBe(true)
    expect((await kept('POST')).sent).toHaveLength(1)
  })

  test('has the client\'s own body where it is too long to be kept', async () => {
    const world = worldOf({ upstreams: { app: { targets: ['http://a.internal'], retry: { replayBody: '2B' } } } })
    const body = new BytesPayload(new Uint8Array(3))
    await world.ask('PUT', '/', { fields: ['Content-Length', '3'], body })
    expect(world.sent[0]!.body).toBe(body)
  })

  test('under a client that went away is nobody else\'s fault, and the last', async () => {
    const client = new AbortController()
    const all = await carried([fails('connection_terminated'), OK], { signal: client.signal }, () => client.abort())
    expect([all.status, all.error]).toEqual([499, 'client_aborted'])
    expect(ports(all)).toEqual([3000])
    expect(all.events.map(({ kind }) => kind)).toEqual(['request'])
  })

  test('that failed is told, and whether another follows', async () => {
    const { events } = await carried([fails('connection_refused')], { servers: 2, attempts: 5 })
    expect(events.slice(0, -1)).toEqual([
      { kind: 'attempt-failed', id: 'id-1', upstream: 'app', server: 'http://127.0.0.1:3000', error: 'connection_refused', detail: 'connection_refused at the origin', retried: true, why: 'connect-failure' },
      { kind: 'attempt-failed', id: 'id-1', upstream: 'app', server: 'http://127.0.0.1:3001', error: 'connection_refused', detail: 'connection_refused at the origin', retried: false, why: 'no other target is left' },
    ])
  })

  test('on the only server is made again after a reset, as an idle connection may have ended just then', async () => {
    expect(ports(await carried([fails('connection_terminated'), OK], { servers: 1 }))).toEqual([3000, 3000])
    expect(ports(await carried([fails('connection_terminated')], { servers: 1, attempts: 1 }))).toEqual([3000, 3000])
  })
})

describe('the retry budget', () => {
  const TARGETS = ['http://a.internal', 'http://b.internal', 'http://c.internal']

  /** A pool of three, one of which is killed when all requests are under way. Gives the statuses and the requests that were repeated. */
  async function killedUnder(requests: number, retry: object, failureOf: (request: OutboundRequest) => ErrorCode = () => 'connection_terminated'): Promise<{ statuses: number[]; repeated: string[]; world: World }> {
    let kill = (): void => {}
    const killed = new Promise<void>((resolve) => (kill = resolve))
    const seen = new Set<string>()
    const repeated: string[] = []
    const world = worldOf({ upstreams: { app: { targets: TARGETS, retry } } }, async (request) => {
      if (seen.has(request.target)) repeated.push(request.target)
      seen.add(request.target)
      if (repeated.includes(request.target)) return OK
      await killed
      if (request.server.hostname === 'b.internal') throw fails(failureOf(request))
      return OK
    })
    const answers = Array.from({ length: requests }, (_, i) => world.fetch(new Request(`http://gate.example/${i}`)))
    while (world.sent.length < requests) await Promise.resolve()
    kill()
    return { statuses: (await Promise.all(answers)).map(({ status }) => status), repeated, world }
  }
  const count = (statuses: readonly number[], wanted: number): number => statuses.filter((status) => status === wanted).length

  test('of a pool nobody set one for repeats all that a killed server had under way', async () => {
    const { statuses, repeated } = await killedUnder(180, {})
    expect([count(statuses, 200), repeated.length]).toEqual([180, 60])
  })

  test('ends where it was set, and the failures are passed on with the reason told', async () => {
    const { statuses, world } = await killedUnder(90, { budgetPercent: 10, minRetriesPerSecond: 0 })
    expect([count(statuses, 200), count(statuses, 502)]).toEqual([60 + 9, 21])
    expect(world.events.filter((event) => event.kind === 'attempt-failed' && event.why === 'the retry budget is spent')).toHaveLength(21)
  })

  test('has no say in what nobody received, and is not used up by it', async () => {
    const refused = await killedUnder(90, { budgetPercent: 0, minRetriesPerSecond: 0 }, () => 'connection_refused')
    expect([count(refused.statuses, 200), refused.repeated.length]).toEqual([90, 30])
    const mixed = await killedUnder(90, { budgetPercent: 0, minRetriesPerSecond: 1 }, ({ target }) => (Number(target.slice(1)) < 45 ? 'connection_refused' : 'connection_terminated'))
    expect([count(mixed.statuses, 200), count(mixed.statuses, 502)]).toEqual([60 + 15 + 10, 5])
  })

  test('is whole again after a while', async () => {
    const world = worldOf({ upstreams: { app: { targets: TARGETS, retry: { budgetPercent: 0, minRetriesPerSecond: 0.1 } } } }, (_, number) => (number % 2 === 1 ? Promise.reject(fails('connection_terminated')) : OK))
    const statuses: number[] = []
    for (const atMs of [0, 11_000]) {
      world.nowMs = 1_000_000 + atMs
      statuses.push((await world.ask('GET', '/')).status)
    }
    expect(statuses).toEqual([200, 200])
  })

  test('that is spent leaves the turns of the pool alone', async () => {
    const world = worldOf({ upstreams: { app: { targets: TARGETS, retry: { budgetPercent: 0, minRetriesPerSecond: 0 } } } }, () => Promise.reject(fails('connection_terminated')))
    for (let i = 0; i < 3; i++) await world.ask('GET', '/')
    expect(world.sent.map(({ server }) => server.origin)).toEqual(TARGETS)
  })
})

test('an attempt that the deadline of the route has ended is the last, however its timeout is judged', async () => {
  const retry = { attempts: 3, on: ['timeout' as const, 'reset-before-response' as const] }
  let pass = (): void => {}
  const passed = new Promise<void>((resolve) => (pass = resolve))
  const world = worldOf({ upstreams: { app: { targets: ['http://a.internal', 'http://b.internal'], retry } }, routes: [{ upstream: 'app', deadline: '1s' }] }, ({ signal }) => {
    pass()
    return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(fails('connection_terminated'))))
  }, { clock: { nowMs: () => 0, sleep: () => passed } })
  expect((await world.ask('GET', '/')).status).toBe(504)
  expect(world.sent).toHaveLength(1)
  expect(world.events).toMatchObject([{ kind: 'attempt-failed', error: 'http_response_timeout', retried: false, why: 'nobody waits for it any more' }, { kind: 'request', attempts: 1 }])
})

describe('a wait before a retry', () => {
  const ONE = { upstreams: { app: { targets: ['http://a.internal'], retry: { on: ['503' as const] } } } }
  const waited: number[] = []
  const clock = { nowMs: () => 0, sleep: (delayMs: number) => (waited.push(delayMs), Promise.resolve()) }

  test('is as long as the server asks, and a server that asks for long keeps its answer', async () => {
    waited.length = 0
    const after = (seconds: string): World => worldOf(ONE, (_, number) => (number === 1 ? { ...OK, status: 503, fields: ['Retry-After', seconds] } : OK), { clock })
    expect((await after('1').ask('GET', '/')).status).toBe(200)
    expect(waited).toEqual([1000])
    const long = await after('120').ask('GET', '/')
    expect([long.status, long.value('retry-after'), waited]).toEqual([503, '120', [1000]])
  })
})

test('a pool without weight is unavailable', async () => {
  const world = worldOf({ upstreams: { app: { targets: [{ url: 'http://127.0.0.1:1', weight: 0 }] } } })
  expect((await world.ask('GET', '/')).status).toBe(503)
  expect(world.sent).toEqual([])
})

test('a request whose rewritten path would climb is the client\'s fault, and sent nowhere', async () => {
  const upstreams = { app: { targets: ['http://app.internal'] }, shadow: { targets: ['http://shadow.internal'] } }
  const world = worldOf({ upstreams, routes: [{ path: '/:file.json', rewrite: '/private/:file', upstream: 'app', mirror: { upstream: 'shadow' }, cache: true }] })
  const { status, text: body } = await world.ask('GET', '/...json')
  expect([status, (JSON.parse(body) as { detail: string }).detail]).toEqual([400, 'The path would become one with a dot segment.'])
  expect(world.sent).toEqual([])
  expect((await world.ask('GET', '/x.json')).status).toBe(200)
  expect(world.sent.map(({ target }) => target).sort()).toEqual(['/private/x', '/private/x'])
})

test('a request that has been here twice is not sent a third time', async () => {
  const world = worldOf({})
  const answer = await world.ask('GET', '/', { fields: ['Via', '1.1 fetchgate, 1.1 fetchgate'] })
  expect(answer.status).toBe(508)
  expect(world.sent).toEqual([])
})
