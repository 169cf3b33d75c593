// How upstream connections are made and kept: names that move, addresses that are dead, connections that lie idle.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type TlsOptions, TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Config } from '../../src/index.js'
import { startBlackHole } from '../support/black-hole.js'
import { startDns, type TestDns, type Zone } from '../support/dns-server.js'
import { ask, head, RawConnection, values } from '../support/raw-client.js'
import { answerText, type RawOrigin, type Responder, type SeenRequest, startRawOrigin } from '../support/raw-origin.js'
import type { GatewayProcess } from '../support/runtimes.js'
import { type Bench, type Case, type Launch, OK, runCases, type Skips, value } from './bench.js'

const CERTIFICATES = fileURLToPath(new URL('../support/certificates/', import.meta.url))
const TLS: TlsOptions = { key: readFileSync(`${CERTIFICATES}app.test.key.pem`), cert: readFileSync(`${CERTIFICATES}app.test.pem`) }
const saying = (text: string): Responder => ({ socket }) => void socket.write(answerText('200 OK', [], text))

/** A gateway before `app.test`, whose addresses a DNS server of the case tells. */
async function throughDns({ launch }: Bench, dns: TestDns, port: number, more: { readonly scheme?: string; readonly upstream?: object; readonly resolver?: object } = {}): Promise<number> {
  const config: Config = {
    resolver: { servers: [dns.address], ...more.resolver },
    upstreams: { app: { targets: [`${more.scheme ?? 'http'}://app.test:${port}`], ...more.upstream } },
    routes: [{ upstream: 'app' }],
  }
  return (await launch(config)).port
}

/** Two origins on one port, of 127.0.0.2 and 127.0.0.3, that tell their names. */
async function twoOrigins(): Promise<{ a: RawOrigin; b: RawOrigin; port: number }> {
  const a = await startRawOrigin(saying('a'), { host: '127.0.0.2' })
  return { a, b: await startRawOrigin(saying('b'), { host: '127.0.0.3', port: a.port }), port: a.port }
}

/** Asks one request after another on one connection for so many milliseconds, and gives the answers. */
async function steadily(port: number, forMs: number, until: (answers: readonly string[]) => boolean = () => false): Promise<string[]> {
  const connection = await RawConnection.open(port)
  const answers: string[] = []
  const endMs = performance.now() + forMs
  while (performance.now() < endMs && !until(answers)) {
    const { status, body } = await connection.send(head('GET /steady')).answer()
    answers.push(status === 200 ? body.toString() : String(status))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  connection.close()
  return answers
}

/** A body arrives at a name whose first address is silent, in good time. */
async function stepsOver(bench: Bench, silent: string, zone: Zone): Promise<void> {
  const hole = await startBlackHole(silent)
  const origin = await startRawOrigin(async (request) => saying(String(await request.body()))(request), { host: '127.0.0.2', port: Number(new URL(hole.url).port) })
  const dns = await startDns({ 'app.test': zone })
  const port = await throughDns(bench, dns, origin.port)
  const beganMs = performance.now()
  expect((await ask(port, `${head('POST /', 'Content-Length: 5')}hello`, 'POST')).body.toString()).toBe('hello')
  // A quarter of a second, and what a busy machine adds to it.
  expect(performance.now() - beganMs).toBeLessThan(1000)
  await closeAll(hole, origin, dns)
}

async function closeAll(...things: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(things.map((thing) => thing.close()))
}

const CASES = {
  'the connection on which a copy of a body went carries the next request': async ({ launch }) => {
    let copied = (): void => {}
    const both = new Promise<void>((resolve) => (copied = resolve))
    const origin = await startRawOrigin(async (request) => {
      await saying(String(await request.body()))(request)
      if (origin.seen.length === 2) copied()
    })
    const targets = [origin.url]
    const { port } = await launch({ upstreams: { app: { targets }, copies: { targets } }, routes: [{ path: '/copied', upstream: 'app', mirror: { upstream: 'copies' } }, { upstream: 'copies' }] })
    expect((await ask(port, `${head('PUT /copied', 'Content-Length: 5')}hello`, 'PUT')).body.toString()).toBe('hello')
    await both
    for (let i = 0; i < 2; i++) expect((await ask(port, head('GET /next'))).status).toBe(200)
    await origin.close()
  },

  'a target by name is found by the servers of the configuration, and asked by its name': async (bench) => {
    const origin = await startRawOrigin(OK, { host: '127.0.0.2' })
    const dns = await startDns({ 'app.test': { A: ['127.0.0.2'] } })
    const port = await throughDns(bench, dns, origin.port)
    expect((await ask(port, head('GET /named'))).status).toBe(200)
    expect(value(origin.seen[0]!, 'host')).toBe(`app.test:${origin.port}`)
    await closeAll(origin, dns)
  },

  'a name that moves is followed within its lifetime, and connections to where it was get no further request': async (bench) => {
    const { a, b, port: originPort } = await twoOrigins()
    const dns = await startDns({ 'app.test': { A: ['127.0.0.2'], ttlSeconds: 1 } })
    const port = await throughDns(bench, dns, originPort)
    expect(new Set(await steadily(port, 500))).toEqual(new Set(['a']))
    dns.zones.set('app.test', { A: ['127.0.0.3'], ttlSeconds: 1 })
    const movedMs = performance.now()
    const answers = await steadily(port, 10_000, (answers) => answers.at(-1) === 'b')
    expect(performance.now() - movedMs).toBeLessThan(2500)
    expect(new Set([...answers, ...(await steadily(port, 500))])).toEqual(new Set(['a', 'b']))
    expect(new Set(await steadily(port, 1500))).toEqual(new Set(['b']))
    await closeAll(a, b, dns)
  },

  'what is under way when a name moves ends where it began': async (bench) => {
    const held: SeenRequest[] = []
    const a = await startRawOrigin((request) => void (request.target === '/held' ? held.push(request) : saying('a')(request)), { host: '127.0.0.2' })
    const b = await startRawOrigin(saying('b'), { host: '127.0.0.3', port: a.port })
    const dns = await startDns({ 'app.test': { A: ['127.0.0.2'], ttlSeconds: 1 } })
    const port = await throughDns(bench, dns, a.port)
    const reached = a.next()
    const connection = await RawConnection.open(port)
    connection.send(head('GET /held'))
    await reached
    dns.zones.set('app.test', { A: ['127.0.0.3'], ttlSeconds: 1 })
    await steadily(port, 10_000, (answers) => answers.at(-1) === 'b')
    await saying('late')(held[0]!)
    expect((await connection.answer()).body.toString()).toBe('late')
    connection.close()
    await closeAll(a, b, dns)
  },

  'the last good answer holds while no server can tell': async (bench) => {
    const origin = await startRawOrigin(saying('a'), { host: '127.0.0.2' })
    const dns = await startDns({ 'app.test': { A: ['127.0.0.2'], ttlSeconds: 1 } })
    const port = await throughDns(bench, dns, origin.port)
    expect((await ask(port, head('GET /'))).status).toBe(200)
    for (const failing of ['SERVFAIL', 'silence'] as const) {
      dns.zones.set('app.test', failing)
      await new Promise((resolve) => setTimeout(resolve, 1100))
      const beganMs = performance.now()
      expect([failing, new Set(await steadily(port, 1500))]).toEqual([failing, new Set(['a'])])
      expect(performance.now() - beganMs).toBeLessThan(3000)
    }
    await closeAll(origin, dns)
  },

  'a name that is not there is 502, and is found once it is': async (bench) => {
    const origin = await startRawOrigin(saying('a'), { host: '127.0.0.2' })
    const dns = await startDns({})
    const port = await throughDns(bench, dns, origin.port)
    const absent = await ask(port, head('GET /'))
    expect([absent.status, values(absent, 'proxy-status')]).toEqual([502, ['fetchgate; error=dns_error']])
    dns.zones.set('app.test', { A: ['127.0.0.2'] })
    expect((await steadily(port, 5000, (answers) => answers.at(-1) === 'a')).at(-1)).toBe('a')
    await closeAll(origin, dns)
  },

  'servers that are silent are given up after the connect limit': async (bench) => {
    const dns = await startDns({ 'app.test': 'silence' })
    const port = await throughDns(bench, dns, 1, { upstream: { timeout: { connect: '300ms' } } })
    const answer = await ask(port, head('GET /'))
    expect([answer.status, values(answer, 'proxy-status')]).toEqual([504, ['fetchgate; error=dns_timeout']])
    await dns.close()
  },

  'a name that moved before its time is found when its old address refuses': async (bench) => {
    const { a, b, port: originPort } = await twoOrigins()
    const dns = await startDns({ 'app.test': { A: ['127.0.0.2'], ttlSeconds: 600 } })
    const port = await throughDns(bench, dns, originPort, { resolver: { minTtl: '200ms' } })
    expect((await ask(port, head('GET /'))).body.toString()).toBe('a')
    dns.zones.set('app.test', { A: ['127.0.0.3'], ttlSeconds: 600 })
    await a.close()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await steadily(port, 5000, (answers) => answers.at(-1) === 'b')).at(-1)).toBe('b')
    await closeAll(b, dns)
  },

  'a silent address of a name is stepped over in a quarter of a second': (bench) => stepsOver(bench, '127.0.0.1', { A: ['127.0.0.1', '127.0.0.2'] }),

  'a silent IPv6 address of a name is stepped over in a quarter of a second': (bench, context) => {
    const hasV6 = Object.values(networkInterfaces()).flat().some((own) => own?.address === '::1')
    return hasV6 ? stepsOver(bench, '::1', { AAAA: ['::1'], A: ['127.0.0.2'] }) : context.skip('this machine has no IPv6')
  },

  'an address of the other family that refuses costs nothing': async (bench) => {
    const origin = await startRawOrigin(OK, { host: '127.0.0.2' })
    const dns = await startDns({ 'app.test': { AAAA: ['::1'], A: ['127.0.0.2'] } })
    const port = await throughDns(bench, dns, origin.port)
    expect((await ask(port, head('GET /'))).status).toBe(200)
    await closeAll(origin, dns)
  },

  'localhost needs no DNS': async ({ launch, on, origin }) => {
    on('/local', OK)
    const { port } = await launch({ upstreams: { app: { targets: [`http://localhost:${origin.port}`] } }, routes: [{ upstream: 'app' }] })
    expect((await ask(port, head('GET /local'))).status).toBe(200)
  },

  'TLS is spoken by the name of the target or the one that is configured, whatever Host the client sent': async (bench) => {
    const origin = await startRawOrigin(OK, { host: '127.0.0.2', tls: TLS })
    const dns = await startDns({ 'app.test': { A: ['127.0.0.2'] }, 'other.test': { A: ['127.0.0.2'] } })
    const config = (name: string, serverName?: string): Config => ({
      resolver: { servers: [dns.address] },
      upstreams: { app: { targets: [`https://${name}:${origin.port}`], host: 'preserve', tls: { serverName } } },
      routes: [{ upstream: 'app' }],
    })
    const [right, wrong, named, misnamed] = await Promise.all([config('app.test'), config('other.test'), config('other.test', 'app.test'), config('app.test', 'other.test')].map((each) => bench.launch(each)))
    for (const host of ['a.example', 'b.example', 'app.test']) expect((await ask(right!.port, head('GET /', `Host: ${host}`))).status).toBe(200)
    expect(origin.seen.map((request) => value(request, 'host'))).toEqual(['a.example', 'b.example', 'app.test'])
    expect(new Set(origin.seen.map(({ socket }) => socket)).size).toBe(1)
    for (const { port } of [wrong!, misnamed!]) {
      const refused = await ask(port, head('GET /', 'Host: app.test'))
      expect([refused.status, values(refused, 'proxy-status')]).toEqual([502, ['fetchgate; error=tls_certificate_error']])
    }
    expect((await ask(named!.port, head('GET /', 'Host: a.example'))).status).toBe(200)
    await closeAll(origin, dns)
  },
  'an idle connection is given up before its server closes it: after 4 s or the time that is configured, or 2 s before the time it names': async ({ launch }) => {
    const cases: { names?: number; idle?: string; idleMs: number; kept: boolean }[] = [
      { idleMs: 1500, kept: true },
      { idleMs: 4300, kept: false },
      { names: 3, idleMs: 500, kept: true },
      { names: 3, idleMs: 1300, kept: false },
      { names: 2, idleMs: 100, kept: false },
      { names: 30, idleMs: 4500, kept: true },
      { idle: '7s', idleMs: 4500, kept: true },
      { idle: '1s', idleMs: 1300, kept: false },
      { idle: '1s', names: 30, idleMs: 1300, kept: true },
      { idle: '0s', names: 30, idleMs: 0, kept: false },
    ]
    const origins = await Promise.all(cases.map(({ names }) => startRawOrigin(({ socket }) => void socket.write(answerText('200 OK', names === undefined ? [] : [`Keep-Alive: timeout=${names}, max=100`], 'ok')))))
    const { port } = await launch({
      upstreams: Object.fromEntries(origins.map(({ url }, i) => [`app${i}`, { targets: [url], keepAlive: { idle: cases[i]!.idle } }])),
      routes: origins.map((_, i) => ({ path: `/${i}`, upstream: `app${i}` })),
    })
    const outcomes = await Promise.all(cases.map(async ({ names, idle, idleMs }, i) => {
      // What a server says of itself is known from its first answer on.
      for (let k = 0; k < 2; k++) await ask(port, head(`GET /${i}`))
      await new Promise((resolve) => setTimeout(resolve, idleMs))
      await ask(port, head(`GET /${i}`))
      const sockets = origins[i]!.seen.map(({ socket }) => socket)
      return { names, idle, idleMs, kept: sockets[1] === sockets[2] }
    }))
    expect(outcomes).toEqual(cases)
    await closeAll(...origins)
  },

  'idle connections beyond those that are wanted are closed': async ({ launch, on, origin, seen }) => {
    on('/few', () => {})
    const { port } = await launch({ upstreams: { app: { targets: [origin.url], keepAlive: { connections: 1 } } }, routes: [{ upstream: 'app' }] })
    const answers = Array.from({ length: 3 }, () => ask(port, head('GET /few')))
    while (seen('/few').length < 3) await origin.next()
    for (const { socket } of seen('/few')) socket.write(answerText('200 OK', [], 'ok'))
    await Promise.all(answers)
    await Promise.any(Array.from({ length: 3 }, (_, i) => Promise.all(seen('/few').filter((_, k) => k !== i).map(({ closed }) => closed))))
    expect(seen('/few').filter(({ socket }) => !socket.destroyed).length).toBe(1)
  },

  'a server that names its time with some answers only keeps its connections': async ({ port, on, seen }) => {
    on('/sometimes', ({ socket }) => void socket.write(answerText('200 OK', seen('/sometimes').length % 2 === 0 ? [] : ['Keep-Alive: timeout=30'], 'ok')))
    for (let i = 0; i < 8; i++) await ask(port, head('GET /sometimes'))
    // One before the time was known, and one since.
    expect(new Set(seen('/sometimes').map(({ socket }) => socket)).size).toBeLessThanOrEqual(2)
  },

  'a server is told of each client by the PROXY protocol, on connections of the client\'s own, ahead of TLS if that is spoken': async ({ launch }) => {
    const dns = await startDns({ 'app.test': { A: ['127.0.0.1'] } })
    for (const [version, tls] of [['v1', undefined], ['v2', undefined], ['v1', TLS], ['v2', TLS]] as const) {
      const origin = await startProxiedOrigin(tls)
      const { port } = await launch({ resolver: { servers: [dns.address] }, upstreams: { app: { targets: [origin.url], proxyProtocol: version } }, routes: [{ upstream: 'app' }] })
      const clients = await Promise.all([RawConnection.open(port), RawConnection.open(port)])
      const told: string[] = []
      for (const client of [...clients, ...clients]) {
        const { body } = await client.send(head('GET /')).answer()
        told.push(body.toString())
      }
      expect([version, told]).toEqual([version, [...clients, ...clients].map(({ socket }) => `127.0.0.1:${socket.localPort} to 127.0.0.1:${port}`)])
      // Each header stands at the start of a connection; both clients came by one of their own, and kept it.
      expect([version, origin.connections()]).toEqual([version, 2])
      for (const client of clients) client.close()
      await origin.close()
    }
    await dns.close()
  },

  'a client connection lasts longer than the client is told': async ({ launch, on, origin }) => {
    on('/lasting', OK)
    const { port } = await launch({ listen: { keepAlive: '1s' }, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    const connection = await RawConnection.open(port)
    const first = await connection.send(head('GET /lasting')).answer()
    const told = /timeout=(\d+)/.exec(values(first, 'keep-alive')[0] ?? '')?.[1] ?? '1'
    await new Promise((resolve) => setTimeout(resolve, Number(told) * 1000 + 500))
    expect((await connection.send(head('GET /lasting')).answer()).status).toBe(200)
    connection.close()
  },

  'a stop says so on connections that are kept before it closes them': async ({ launch, on, origin }) => {
    on('/last', OK)
    const gateway = await launch({ upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    const connection = await RawConnection.open(gateway.port)
    expect(values(await connection.send(head('GET /last')).answer(), 'connection')).not.toContain('close')
    const stopped = gateway.stop('SIGTERM')
    await written(gateway, 'stopping')
    const last = await connection.send(head('GET /last')).answer()
    expect([last.status, values(last, 'connection').map((option) => option.toLowerCase())]).toEqual([200, ['close']])
    await connection.closed()
    expect(await stopped).toBe(0)
  },
} satisfies Record<string, Case>

/** An origin that takes a PROXY header off each connection, and answers each request with the ends that were told of. */
async function startProxiedOrigin(tls?: TlsOptions): Promise<{ readonly url: string; connections(): number; close(): Promise<void> }> {
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    connections++
    socket.once('data', (bytes: Buffer) => {
      const [ends, rest] = proxiedEnds(bytes)
      const answer = (open: Socket): void => void open.on('data', (request: Buffer) => request.includes('\r\n\r\n', 0, 'latin1') && open.write(answerText('200 OK', [], ends)))
      // What stands behind the header is the next reader's.
      socket.pause()
      socket.unshift(rest)
      if (tls) answer(new TLSSocket(socket, { isServer: true, ...tls }).on('error', () => {}))
      else answer(socket.resume())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `${tls ? 'https://app.test' : 'http://127.0.0.1'}:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Read apart from the gateway's own reader, which would forgive what its writer does wrong. */
function proxiedEnds(bytes: Buffer): [ends: string, rest: Buffer] {
  const line = /^PROXY TCP4 ([\d.]+) ([\d.]+) (\d+) (\d+)\r\n/.exec(bytes.toString('latin1'))
  if (line) return [`${line[1]}:${line[3]} to ${line[2]}:${line[4]}`, bytes.subarray(line[0].length)]
  if (bytes.toString('hex', 0, 16) !== '0d0a0d0a000d0a515549540a2111000c') return ['nobody', bytes]
  return [`${bytes.subarray(16, 20).join('.')}:${bytes.readUInt16BE(24)} to ${bytes.subarray(20, 24).join('.')}:${bytes.readUInt16BE(26)}`, bytes.subarray(28)]
}

/** Resolves once a gateway has written a text. */
async function written({ process, output }: GatewayProcess, text: string): Promise<void> {
  while (!output().includes(text)) await once(process.stdout!, 'data')
}

export type ConnectionCase = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function connectionsContract(name: string, launch: Launch, skip: Skips<ConnectionCase> = {}): void {
  // The authority that has signed for app.test, by the names of all runtimes; what is launched inherits them.
  process.env['NODE_EXTRA_CA_CERTS'] = process.env['DENO_CERT'] = `${CERTIFICATES}authority.pem`
  runCases(`${name}, upstream connections`, launch, CASES, skip, (origin) => ({ upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] }))
}
