// What happens to requests whose server fails: which of them another server gets, in which bytes, and how many.
import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { Config } from '../../src/index.js'
import { answerText, type RawOrigin, type Responder, type SeenRequest, startRawOrigin } from '../support/raw-origin.js'
import { ask, head, RawConnection } from '../support/raw-client.js'
import { startBlackHole } from '../support/black-hole.js'
import { type Bench, type Case, type Launch, OK, runCases, type Skips } from './bench.js'

type Upstream = NonNullable<Config['upstreams']>[string]
type Retry = NonNullable<Upstream['retry']>

const echo = async (request: SeenRequest): Promise<void> => void request.socket.write(answerText('200 OK', [], await request.body()))
const reset = ({ socket }: SeenRequest): void => void socket.resetAndDestroy()

/** Waits for a part of the body, then breaks the connection. */
const resetAfter = (bytes: number): Responder => async (request) => {
  await request.bodyBytes(bytes)
  request.socket.resetAndDestroy()
}

/** A gateway before an origin that fails, which is asked first, and one that answers with what it got. */
async function pair({ launch }: Bench, fail: Responder, retry: Retry, run: (port: number, first: RawOrigin, second: RawOrigin) => Promise<void>): Promise<void> {
  const [first, second] = await Promise.all([startRawOrigin(fail), startRawOrigin(echo)])
  const { port } = await launch({ upstreams: { app: { targets: [first.url, second.url], retry } }, routes: [{ upstream: 'app' }] })
  await run(port, first, second)
  await Promise.all([first.close(), second.close()])
}

const KEPT: Retry = { replayBody: '64KiB' }
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

const CASES = {
  'a body that was sent half-way is sent again to another target, byte for byte': (bench) =>
    pair(bench, resetAfter(20_000), KEPT, async (port, first, second) => {
      const body = randomBytes(60_000)
      const answer = await ask(port, Buffer.concat([Buffer.from(head('PUT /kept', 'Content-Length: 60000')), body]), 'PUT')
      expect([answer.status, answer.body.equals(body)]).toEqual([200, true])
      expect([first.seen.length, second.seen.length]).toEqual([1, 1])
    }),

  'a body that came to its end is sent again too, in chunks or whole': async (bench) => {
    for (const [method, request] of [['PUT', `${head('PUT /kept', 'Transfer-Encoding: chunked')}${chunk('hello')}${chunk(' world')}${chunk('')}`], ['DELETE', `${head('DELETE /kept', 'Content-Length: 11')}hello world`]] as const) {
      await pair(bench, resetAfter(11), KEPT, async (port, first, second) => {
        const answer = await ask(port, request, method)
        expect([answer.status, answer.body.toString(), first.seen.length, second.seen.length]).toEqual([200, 'hello world', 1, 1])
      })
    }
  },

  'a body that is still on its way is continued with another target': (bench) =>
    pair(bench, resetAfter(5), KEPT, async (port, _, second) => {
      const reached = second.next()
      const connection = await RawConnection.open(port)
      connection.send(`${head('PUT /kept', 'Transfer-Encoding: chunked')}${chunk('first')}`)
      expect((await (await reached).bodyBytes(5)).toString()).toBe('first')
      const answer = await connection.send(`${chunk('second')}${chunk('')}`).answer('PUT')
      expect([answer.status, answer.body.toString()]).toEqual([200, 'firstsecond'])
      connection.close()
    }),

  'a QUERY is sent again with its body': (bench) =>
    pair(bench, resetAfter(9), KEPT, async (port, first, second) => {
      const answer = await ask(port, `${head('QUERY /kept', 'Content-Type: application/sql', 'Content-Length: 9')}select 42`, 'QUERY')
      expect([answer.status, answer.body.toString()]).toEqual([200, 'select 42'])
      expect([first.seen, second.seen].map(([request]) => request?.method)).toEqual(['QUERY', 'QUERY'])
    }),

  'a POST is not sent twice after a reset, though its body was kept': (bench) =>
    pair(bench, resetAfter(5), KEPT, async (port, first, second) => {
      const answer = await ask(port, `${head('POST /kept', 'Content-Length: 5')}hello`, 'POST')
      expect([answer.status, first.seen.length, second.seen.length]).toEqual([502, 1, 0])
    }),

  'a body is not sent twice where nobody asked for it': (bench) =>
    pair(bench, resetAfter(5), {}, async (port, first, second) => {
      const answer = await ask(port, `${head('PUT /kept', 'Content-Length: 5')}hello`, 'PUT')
      expect([answer.status, first.seen.length, second.seen.length]).toEqual([502, 1, 0])
    }),

  'a body that outgrows the limit passes whole, and is not sent twice': (bench) =>
    pair(bench, resetAfter(20_000), { replayBody: '10KiB' }, async (port, first, second) => {
      const body = 'x'.repeat(30_000)
      const lost = await ask(port, `${head('PUT /kept', 'Transfer-Encoding: chunked')}${chunk(body)}${chunk('')}`, 'PUT')
      const whole = await ask(port, `${head('PUT /kept', 'Transfer-Encoding: chunked')}${chunk(body)}${chunk('')}`, 'PUT')
      expect([lost.status, whole.status, whole.body.toString() === body]).toEqual([502, 200, true])
      expect([first.seen.length, second.seen.length]).toEqual([1, 1])
    }),

  'a POST goes to another target when the first cannot be reached, its body kept or not': async ({ launch, on, origin }) => {
    on('/unreached', echo)
    for (const retry of [KEPT, {}]) {
      const { port } = await launch({ upstreams: { app: { targets: ['http://127.0.0.1:1', origin.url], retry } }, routes: [{ upstream: 'app' }] })
      for (let i = 0; i < 2; i++) {
        const answer = await ask(port, `${head('POST /unreached', 'Content-Length: 5')}hello`, 'POST')
        expect([answer.status, answer.body.toString()]).toEqual([200, 'hello'])
      }
    }
  },

  'a POST goes whole to another target, or fails, when one that answered just now is gone': async ({ launch, on, origin }) => {
    on('/gone', echo)
    for (const [retry, allowed] of [[KEPT, [200]], [{}, [200, 502]]] as const) {
      const gone = await startRawOrigin(OK)
      const { port } = await launch({ upstreams: { app: { targets: [gone.url, origin.url], retry } }, routes: [{ upstream: 'app' }] })
      for (let i = 0; i < 2; i++) await ask(port, head('GET /gone'))
      await gone.close()
      for (let i = 0; i < 2; i++) {
        const answer = await ask(port, `${head('POST /gone', 'Content-Length: 5')}hello`, 'POST')
        expect(allowed).toContain(answer.status)
        if (answer.status === 200) expect(answer.body.toString()).toBe('hello')
      }
    }
  },

  'an upload that is kept is passed on as it comes': async ({ port, on, origin }) => {
    on('/trickle', echo)
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(`${head('PUT /trickle', 'Content-Length: 11')}first`)
    expect((await (await reached).bodyBytes(5)).toString()).toBe('first')
    expect((await connection.send('second').answer('PUT')).body.toString()).toBe('firstsecond')
    connection.close()
  },

  'an answer during an upload that is kept is relayed': async ({ port, on }) => {
    on('/early', (request) => void request.socket.write(answerText('401 Unauthorized', ['WWW-Authenticate: Basic'], 'who?')))
    const connection = await RawConnection.open(port)
    connection.send(`${head('PUT /early', 'Content-Length: 60000')}${'x'.repeat(1000)}`)
    const answer = await connection.answer('PUT')
    expect([answer.status, answer.body.toString()]).toEqual([401, 'who?'])
    connection.close()
  },

  'a client that leaves during an upload that is kept leaves no complete request': async ({ port, on, origin }) => {
    on('/half', echo)
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(`${head('PUT /half', 'Transfer-Encoding: chunked')}${chunk('first')}`)
    const request = await reached
    await request.bodyBytes(5)
    connection.socket.resetAndDestroy()
    await expect(request.body()).rejects.toThrow('broke off')
  },

  'a connection that ends as it is used again is not seen by the client': async ({ launch }) => {
    const used = new WeakSet<object>()
    const origin = await startRawOrigin((request) => {
      if (used.has(request.socket)) return void request.socket.destroy()
      used.add(request.socket)
      OK(request)
    })
    const { port } = await launch({ upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    for (let i = 0; i < 6; i++) expect((await ask(port, head('GET /idle'))).status).toBe(200)
    expect(origin.seen.length).toBeGreaterThan(6)
    await origin.close()
  },

  'what a server that is killed had under way is repeated': (bench) =>
    killed(bench, 90, {}, (statuses, repeated) => {
      expect([statuses.filter((status) => status === 200).length, repeated]).toEqual([90, 45])
    }),

  'a budget that is spent repeats nothing more': (bench) =>
    killed(bench, 60, { budgetPercent: 10, minRetriesPerSecond: 0 }, (statuses, repeated) => {
      expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 502).length, repeated]).toEqual([36, 24, 6])
    }),

  'a slow request is answered by the second target, and the slow one sees its connection closed': (bench) =>
    hedged(bench, '100ms', {}, async (port, slow, quick) => {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const answer = await ask(port, head(`${method} /slow`), method)
        expect([method, answer.status, answer.body.toString()]).toEqual([method, 200, method === 'HEAD' ? '' : 'quick'])
      }
      await Promise.all(slow.seen.map(({ closed }) => closed))
      expect([slow.seen.length, quick.seen.length]).toEqual([3, 3])
    }),

  'a slow answer that comes before that of the second target is taken, whole': async ({ launch }) => {
    const body = randomBytes(100_000)
    const held: SeenRequest[] = []
    const origins = await Promise.all([0, 1].map(() => startRawOrigin((request) => void held.push(request))))
    const { port } = await launch({ upstreams: { app: { targets: origins.map(({ url }) => url), hedge: { after: '100ms' } } }, routes: [{ upstream: 'app' }] })
    const second = origins[1]!.next()
    const answer = ask(port, head('GET /slow'))
    const late = await second
    held[0]!.socket.write(answerText('200 OK', [], body))
    expect((await answer).body.equals(body)).toBe(true)
    await late.closed
    await Promise.all(origins.map((origin) => origin.close()))
  },

  'a request that may have an effect is not sent to a second target while it waits': (bench) =>
    hedged(bench, '50ms', { timeout: { headers: '500ms' } }, async (port, slow, quick) => {
      const answer = await ask(port, head('POST /slow', 'Content-Length: 0'), 'POST')
      expect([answer.status, slow.seen.length, quick.seen.length]).toEqual([504, 1, 0])
    }),

  'a slow request is not sent to a second target past the budget': (bench) =>
    hedged(bench, '50ms', { timeout: { headers: '500ms' }, retry: { budgetPercent: 0, minRetriesPerSecond: 0 } }, async (port, slow, quick) => {
      expect([(await ask(port, head('GET /slow'))).status, slow.seen.length, quick.seen.length]).toEqual([504, 1, 0])
    }),

  'a deadline ends an attempt that is still connecting': async ({ launch }) => {
    const hole = await startBlackHole()
    const { port } = await launch({ upstreams: { app: { targets: [hole.url] } }, routes: [{ upstream: 'app', deadline: '300ms' }] })
    const startedMs = performance.now()
    expect((await ask(port, head('GET /hole'))).status).toBe(504)
    expect(performance.now() - startedMs).toBeLessThan(3000)
    await hole.close()
  },

  'a target that does not connect is hedged': async ({ launch, on, origin }) => {
    on('/hedged', OK)
    const hole = await startBlackHole()
    const { port } = await launch({ upstreams: { app: { targets: [hole.url, origin.url], hedge: { after: '100ms' } } }, routes: [{ upstream: 'app' }] })
    const startedMs = performance.now()
    expect((await ask(port, head('GET /hedged'))).status).toBe(200)
    expect(performance.now() - startedMs).toBeLessThan(3000)
    await hole.close()
  },

  'a 425 is for the client to act on': async ({ port, on, seen }) => {
    on('/early-data', (request) => void request.socket.write(answerText('425 Too Early', [], '')))
    expect((await ask(port, head('GET /early-data'))).status).toBe(425)
    expect(seen('/early-data')).toHaveLength(1)
  },
} satisfies Record<string, Case>

/** A gateway before an origin that never answers, which is asked first, and one that does at once. */
async function hedged({ launch }: Bench, after: string, upstream: Partial<Upstream>, run: (port: number, slow: RawOrigin, quick: RawOrigin) => Promise<void>): Promise<void> {
  const [slow, quick] = await Promise.all([startRawOrigin(() => {}), startRawOrigin(({ socket, method }) => void socket.write(answerText('200 OK', method === 'HEAD' ? ['Content-Length: 5'] : [], method === 'HEAD' ? '' : 'quick')))])
  const { port } = await launch({ upstreams: { app: { targets: [slow.url, { url: quick.url, backup: true }], hedge: { after }, ...upstream } }, routes: [{ upstream: 'app' }] })
  await run(port, slow, quick)
  await Promise.all([slow.close(), quick.close()])
}

/** One of two origins breaks all its connections once each has half of the requests. */
async function killed({ launch }: Bench, requests: number, retry: Retry, judge: (statuses: number[], repeated: number) => void): Promise<void> {
  const held: SeenRequest[] = []
  let all = (): void => {}
  const reached = new Promise<void>((resolve) => (all = resolve))
  let struck = false
  const hold: Responder = (request) => {
    if (struck) return OK(request)
    if (held.push(request) === requests) all()
  }
  const origins = await Promise.all([startRawOrigin(hold), startRawOrigin(hold)])
  const { port } = await launch({ upstreams: { app: { targets: origins.map(({ url }) => url), retry } }, routes: [{ upstream: 'app' }] })
  const answers = Array.from({ length: requests }, () => ask(port, head('GET /held')))
  await reached
  struck = true
  const victims = new Set(origins[0].seen)
  for (const request of held) {
    if (victims.has(request)) reset(request)
    else OK(request)
  }
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  judge(statuses, origins[0].seen.length + origins[1].seen.length - requests)
  await Promise.all(origins.map((origin) => origin.close()))
}

/** The name of a case, for skips. */
export type RetryCase = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function retriesContract(name: string, launch: Launch, skip: Skips<RetryCase> = {}): void {
  runCases(`${name}, retries`, launch, CASES, skip, (origin) => ({ upstreams: { app: { targets: [origin.url], retry: KEPT } }, routes: [{ upstream: 'app' }] }))
}
