// What a pool does between requests and between clients: lists that change, checks, sessions, queues, circuits, fallbacks.
import { createServer as createHttp2 } from 'node:http2'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import type { Config } from '../../src/index.js'
import { startDns } from '../support/dns-server.js'
import { ask, head, type RawAnswer, RawConnection, values } from '../support/raw-client.js'
import { answerText, type RawOrigin, type Responder, startRawOrigin } from '../support/raw-origin.js'
import type { GatewayProcess } from '../support/runtimes.js'
import { type Bench, type Case, type Launch, OK, runCases, type Skips } from './bench.js'

type Upstream = NonNullable<Config['upstreams']>[string]
type Route = Config['routes'][number]

const saying = (text: string): Responder => ({ socket }) => void socket.write(answerText('200 OK', [], text))

/** A gateway of its own for a case. */
const before = async ({ launch }: Bench, upstream: Upstream, route: Partial<Route> = {}, more: Partial<Config> = {}): Promise<number> =>
  (await launch({ upstreams: { app: upstream, ...more.upstreams }, routes: [{ upstream: 'app', ...route }], ...(more.resolver ? { resolver: more.resolver } : {}), ...(more.zone === undefined ? {} : { zone: more.zone }) })).port

const textOf = async (port: number, ...fields: string[]): Promise<string> => {
  const { status, body } = await ask(port, head('GET /', ...fields))
  return status === 200 ? body.toString() : String(status)
}

/** Asks until the answers of the last few requests are these, in any order. */
async function untilAnswersAre(port: number, wanted: readonly string[], ...fields: string[]): Promise<void> {
  const last: string[] = []
  for (;;) {
    last.push(await textOf(port, ...fields))
    if (last.length > wanted.length * 4) last.shift()
    if (last.length === wanted.length * 4 && [...new Set(last)].sort().join() === [...wanted].sort().join()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function untilSaid(gateway: GatewayProcess, text: string): Promise<void> {
  while (!gateway.output().includes(text)) await once(gateway.process.stderr!, 'data')
}

async function named(...names: string[]): Promise<RawOrigin[]> {
  return Promise.all(names.map((name) => startRawOrigin(saying(name))))
}

/** Two requests for a pool with one place to wait: who was first waits, the other is refused. */
async function oneOfTwoWaits(port: number): Promise<{ refused: RawAnswer; waits: RawConnection }> {
  const both = [await RawConnection.open(port), await RawConnection.open(port)] as const
  // The one that waits is read no further here than its connection has bytes.
  const at = await Promise.race(both.map(async (connection, i) => ((await connection.send(head('GET /queued')).until('\r\n\r\n')), i)))
  const refused = await both[at]!.answer()
  both[at]!.close()
  return { refused, waits: both[1 - at]! }
}

const closing = async (origins: readonly { close(): Promise<void> }[]): Promise<void> => void (await Promise.all(origins.map((origin) => origin.close())))

const CASES = {
  'addresses that DNS adds and takes away are followed, and what is under way ends': async (bench) => {
    let finish: () => void = () => {}
    const held = new Promise<void>((resolve) => (finish = resolve))
    const a = await startRawOrigin(async (request) => {
      if (request.target === '/held') await held
      void saying('a')(request)
    }, { host: '127.0.0.2' })
    const b = await startRawOrigin(saying('b'), { host: '127.0.0.3', port: a.port })
    const dns = await startDns({ 'pool.test': { A: ['127.0.0.2'], ttlSeconds: 1 } })
    const port = await before(bench, { discover: { dns: 'pool.test', port: a.port } }, {}, { resolver: { servers: [dns.address] } })
    await untilAnswersAre(port, ['a'])
    expect(a.seen.at(-1)!.fields.find(([name]) => name.toLowerCase() === 'host')![1]).toBe(`pool.test:${a.port}`)
    const underWay = ask(port, head('GET /held'))
    dns.zones.set('pool.test', { A: ['127.0.0.3', '127.0.0.2'], ttlSeconds: 1 })
    await untilAnswersAre(port, ['a', 'b'])
    dns.zones.set('pool.test', { A: ['127.0.0.3'], ttlSeconds: 1 })
    await untilAnswersAre(port, ['b'])
    dns.zones.set('pool.test', 'SERVFAIL')
    finish()
    expect((await underWay).body.toString()).toBe('a')
    expect(await textOf(port)).toBe('b')
    await closing([a, b, dns])
  },

  'SRV records give ports, and all but the first priority stand by': async (bench) => {
    const [a, b] = (await named('a', 'b')) as [RawOrigin, RawOrigin]
    const dns = await startDns({
      '_http._tcp.pool.test': { SRV: [{ priority: 1, weight: 5, port: a.port, target: 'one.test' }, { priority: 2, weight: 5, port: b.port, target: 'two.test' }] },
      'one.test': { A: ['127.0.0.1'] },
      'two.test': { A: ['127.0.0.1'] },
    })
    const port = await before(bench, { discover: { dns: '_http._tcp.pool.test', type: 'SRV' }, outlier: { consecutiveFailures: 1, maxEjectedPercent: 100 } }, {}, { resolver: { servers: [dns.address] } })
    await untilAnswersAre(port, ['a'])
    await a.close()
    await untilAnswersAre(port, ['b'])
    await closing([b, dns])
  },

  'a file and a URL with targets are followed, and a list that is none changes nothing': async (bench) => {
    const [a, b] = (await named('a', 'b')) as [RawOrigin, RawOrigin]
    let list = JSON.stringify([a.url])
    const registry = await startRawOrigin(({ socket }) => void socket.write(answerText('200 OK', ['Content-Type: application/json'], list)))
    const folder = await mkdtemp(join(tmpdir(), 'fetchgate-list-'))
    const file = join(folder, 'targets.json')
    await writeFile(file, list)
    const byUrl = await before(bench, { discover: { url: `${registry.url}/targets`, refresh: '50ms' } })
    const byFile = await before(bench, { discover: { url: pathToFileURL(file).href, refresh: '50ms' } })
    for (const port of [byUrl, byFile]) await untilAnswersAre(port, ['a'])
    list = JSON.stringify([{ url: b.url, weight: 2 }])
    await writeFile(file, list)
    for (const port of [byUrl, byFile]) await untilAnswersAre(port, ['b'])
    list = '{"targets": "gone"}'
    await writeFile(file, list)
    const looked = registry.seen.length
    while (registry.seen.length < looked + 3) await registry.next()
    for (const port of [byUrl, byFile]) expect(await textOf(port)).toBe('b')
    await rm(folder, { recursive: true })
    await closing([a, b, registry])
  },

  'a client stays with its target by a cookie, and gets another when that is gone': async (bench) => {
    const [a, b] = (await named('a', 'b')) as [RawOrigin, RawOrigin]
    const port = await before(bench, { targets: [a.url, b.url], sticky: { cookie: 'gate', secret: 'a secret of the test', maxAge: '1h' }, outlier: { consecutiveFailures: 1 } })
    const first = await ask(port, head('GET /'))
    const cookie = values(first, 'set-cookie')[0]!
    expect(cookie).toMatch(/^gate=[\w-]{20,}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/)
    const pair = cookie.split(';', 1)[0]!
    const own = first.body.toString()
    for (let i = 0; i < 6; i++) {
      const again = await ask(port, head('GET /', `Cookie: x=1; ${pair}`))
      expect([again.body.toString(), values(again, 'set-cookie')]).toEqual([own, []])
    }
    await (own === 'a' ? a : b).close()
    const moved = await ask(port, head('GET /', `Cookie: ${pair}`))
    expect(moved.body.toString()).not.toBe(own)
    expect(values(moved, 'set-cookie')[0]).toMatch(/^gate=/)
    await (own === 'a' ? b : a).close()
  },

  'a full pool lets some wait, and tells the others at once when to come back': async (bench) => {
    const waiting: (() => void)[] = []
    const origin = await startRawOrigin((request) => void waiting.push(() => OK(request)))
    const port = await before(bench, { targets: [origin.url], breaker: { maxInFlight: 1, maxPending: 1, pendingTimeout: '30s' } })
    const first = ask(port, head('GET /1'))
    await origin.next()
    const { refused, waits } = await oneOfTwoWaits(port)
    expect(refused.status).toBe(503)
    expect(Number(values(refused, 'retry-after')[0])).toBeGreaterThan(0)
    expect(values(refused, 'proxy-status')[0]).toContain('connection_limit_reached')
    const served = origin.next()
    waiting[0]!()
    expect((await first).status).toBe(200)
    await served
    waiting[1]!()
    expect((await waits.answer()).status).toBe(200)
    waits.close()
    await origin.close()
  },

  'a client that leaves while it waits makes room': async (bench) => {
    const waiting: (() => void)[] = []
    const origin = await startRawOrigin((request) => void waiting.push(() => OK(request)))
    const port = await before(bench, { targets: [origin.url], breaker: { maxInFlight: 1, maxPending: 1, pendingTimeout: '30s' } })
    const first = ask(port, head('GET /1'))
    await origin.next()
    const { waits } = await oneOfTwoWaits(port)
    waits.close()
    // Until the gateway has heard of it, others are refused; then one of them waits in its place.
    for (;;) {
      const next = await RawConnection.open(port)
      const answer = next.send(head('GET /next')).answer()
      const isRefused = await Promise.race([answer.then(() => true), new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300))])
      if (isRefused) {
        expect((await answer).status).toBe(503)
        next.close()
        continue
      }
      const served = origin.next()
      waiting[0]!()
      expect((await first).status).toBe(200)
      expect((await served).target).toBe('/next')
      waiting[1]!()
      expect((await answer).status).toBe(200)
      next.close()
      break
    }
    await origin.close()
  },

  'the circuit of a pool opens, spares its targets, and closes again': async (bench) => {
    let failing = true
    const origin = await startRawOrigin(({ socket }) => void socket.write(answerText(failing ? '503 Service Unavailable' : '200 OK', [], 'x')))
    const port = await before(bench, { targets: [origin.url], retry: { attempts: 0 }, outlier: { consecutiveFailures: 0 }, breaker: { failurePercent: 50, openFor: '300ms' } })
    let answer = await ask(port, head('GET /'))
    while (!values(answer, 'retry-after')[0]) answer = await ask(port, head('GET /'))
    expect([answer.status, values(answer, 'proxy-status')[0]]).toEqual([503, 'fetchgate; error=destination_unavailable'])
    const seen = origin.seen.length
    expect(seen).toBeLessThan(40)
    await ask(port, head('GET /'))
    expect(origin.seen.length).toBe(seen)
    failing = false
    while ((await ask(port, head('GET /'))).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20))
    await origin.close()
  },

  'another upstream stands in for one that fails, then a fixed answer': async (bench) => {
    const [spare, dead] = (await named('spare', 'dead')) as [RawOrigin, RawOrigin]
    const erring = await startRawOrigin(({ socket }) => void socket.write(answerText('503 Service Unavailable', [], 'maintenance of the origin')))
    await dead.close()
    const upstreams = { dead: { targets: [dead.url] }, spare: { targets: [spare.url] } }
    const toSpare = await before(bench, { targets: [erring.url] }, { fallback: { upstream: ['dead', 'spare'], on: ['503'] } }, { upstreams })
    expect(await textOf(toSpare)).toBe('spare')
    const posted = await ask(toSpare, head('POST /', 'Content-Length: 0'))
    expect([posted.status, posted.body.toString()]).toEqual([503, 'maintenance of the origin'])
    const unsent = await before(bench, { targets: [dead.url] }, { fallback: { upstream: 'spare' } }, { upstreams })
    expect((await ask(unsent, head('POST /', 'Content-Length: 0'))).body.toString()).toBe('spare')
    const fixed = await before(bench, { targets: [dead.url] }, { fallback: { respond: { status: 200, body: 'we will be back' } } })
    expect(await textOf(fixed)).toBe('we will be back')
    await closing([spare, erring])
  },

  'a key keeps its target, and its target keeps nearly all keys when another leaves': async (bench) => {
    const origins = await named('a', 'b', 'c')
    const port = await before(bench, { targets: origins.map(({ url }) => url), balance: { policy: 'consistent-hash', by: 'header:x-user' }, outlier: { consecutiveFailures: 1 } })
    const users = Array.from({ length: 30 }, (_, i) => `x-user: ${i}`)
    // One after another: of many at once, the bounded load would send some elsewhere.
    const inTurn = async (): Promise<string[]> => {
      const answers: string[] = []
      for (const user of users) answers.push(await textOf(port, user))
      return answers
    }
    const once = await inTurn()
    expect(await inTurn()).toEqual(once)
    expect(new Set(once).size).toBe(3)
    await origins[0]!.close()
    const after = await inTurn()
    expect(users.map((_, i) => once[i] === 'a' || once[i] === after[i])).toEqual(users.map(() => true))
    await closing(origins.slice(1))
  },

  'checks take a target out and bring it back: by status, by header, by text': async (bench) => {
    let [status, health, body] = ['200 OK', 'fine', 'all is well']
    const sick = await startRawOrigin(({ socket, target }) => void socket.write(target === '/healthz' ? answerText(status, [`X-Health: ${health}`], body) : answerText('200 OK', [], 'sick')))
    const well = await startRawOrigin(({ socket, target }) => void socket.write(answerText('200 OK', ['X-Health: fine'], target === '/healthz' ? 'all is well' : 'well')))
    const port = await before(bench, { targets: [sick.url, well.url], health: { path: '/healthz', status: '200', headers: { 'x-health': 'fine' }, body: 'is well', interval: '40ms', timeout: '1s', healthyAfter: 2, unhealthyAfter: 2 } })
    await untilAnswersAre(port, ['sick', 'well'])
    const faults: (() => void)[] = [() => (status = '500 Internal Server Error'), () => (health = 'poor'), () => (body = 'not so')]
    for (const fault of faults) {
      fault()
      await untilAnswersAre(port, ['well'])
      ;[status, health, body] = ['200 OK', 'fine', 'all is well']
      await untilAnswersAre(port, ['sick', 'well'])
    }
    await closing([sick, well])
  },

  'checks by connection and by gRPC tell who is well': async (bench) => {
    const serving = { value: 1 }
    const grpc = createHttp2((request, response) => {
      response.writeHead(200, { 'content-type': 'application/grpc' })
      response.addTrailers({ 'grpc-status': '0' })
      request.resume().on('end', () => response.end(Buffer.from([0, 0, 0, 0, 2, 8, serving.value])))
    })
    grpc.listen(0, '127.0.0.1')
    await once(grpc, 'listening')
    const probed = (grpc.address() as AddressInfo).port
    const [a, b] = (await named('a', 'b')) as [RawOrigin, RawOrigin]
    const checks = { interval: '40ms', healthyAfter: 1, unhealthyAfter: 1, timeout: '1s' }
    const byGrpc = await bench.launch({ upstreams: { app: { targets: [a.url], health: { kind: 'grpc', port: probed, ...checks } } }, routes: [{ upstream: 'app' }] })
    serving.value = 2
    await untilSaid(byGrpc, 'is left out: probes fail: NOT_SERVING')
    serving.value = 1
    await untilSaid(byGrpc, 'takes part again')
    // The last target that there is gets the traffic, whatever its checks say.
    expect(await textOf(byGrpc.port)).toBe('a')
    const byTcp = await before(bench, { targets: [a.url, { url: b.url, backup: true }], retry: { attempts: 0 }, outlier: { consecutiveFailures: 0 }, health: { kind: 'tcp', ...checks } })
    await untilAnswersAre(byTcp, ['a'])
    await a.close()
    await untilAnswersAre(byTcp, ['b'])
    grpc.close()
    await b.close()
  },

  'targets of the own zone and with the labels of the route serve it': async (bench) => {
    const origins = await named('near', 'far', 'green')
    const [near, far, green] = origins as [RawOrigin, RawOrigin, RawOrigin]
    const zoned = await before(bench, { targets: [{ url: near.url, zone: 'a' }, { url: far.url, zone: 'b' }] }, {}, { zone: 'a' })
    await untilAnswersAre(zoned, ['near'])
    const labelled = await before(bench, { targets: [near.url, { url: green.url, labels: { colour: 'green' } }] }, { subset: { colour: 'green' } })
    await untilAnswersAre(labelled, ['green'])
    await closing(origins)
  },
} satisfies Record<string, Case>

/** What pools do, run before each runtime. */
export function balancingContract(name: string, launch: Launch, skip: Skips<keyof typeof CASES> = {}): void {
  runCases(`balancing on ${name}`, launch, CASES, skip, ({ url }) => ({ upstreams: { app: { targets: [url] } }, routes: [{ upstream: 'app' }] }))
}
