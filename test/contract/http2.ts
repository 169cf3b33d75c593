// HTTP/2 towards clients: what a gateway owes over HTTP/1.1 holds over streams too, and what only HTTP/2 can be attacked with is bounded.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { connect as connectPlain } from 'node:net'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Config } from '../../src/index.js'
import { TestAuthority } from '../support/authority.js'
import { residentMiB, standstill, startFloodOrigin } from '../support/flood.js'
import { block, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, FRAME, frame, literal, number, RawHttp2, request, setting } from '../support/raw-http2.js'
import { answerText, type SeenRequest } from '../support/raw-origin.js'
import { startRawWebSocketServer, unmasked } from '../support/raw-websocket.js'
import { head, RawConnection } from '../support/raw-client.js'
import { masked } from '../support/raw-websocket.js'
import { type Bench, type Case, type Launch, names, OK, runCases, type Skips, value } from './bench.js'

const CERTIFICATES = fileURLToPath(new URL('../support/certificates/', import.meta.url))
const TLS = { cert: `${CERTIFICATES}localhost.pem`, key: `${CERTIFICATES}localhost.key.pem` }

/** An answer as Node's client has seen it. */
interface Answered {
  readonly status: number | undefined
  readonly fields: Record<string, unknown>
  readonly interim: readonly number[]
  readonly trailers: Record<string, unknown> | undefined
  readonly body: string
  /** The code of the reset, 0 without one. */
  readonly reset: number | undefined
}

function open(port: number): ClientHttp2Session {
  const session = connectHttp2(`https://localhost:${port}`, { createConnection: () => connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false, ALPNProtocols: ['h2'] }) })
  return session.on('error', () => {})
}

async function answerTo(stream: ClientHttp2Stream): Promise<Answered> {
  let status: number | undefined
  let fields: Record<string, unknown> = {}
  let trailers: Record<string, unknown> | undefined
  const interim: number[] = []
  const pieces: Buffer[] = []
  stream.on('error', () => {})
  stream.on('headers', (lines: IncomingHttpHeaders) => void interim.push(Number(lines[':status'])))
  stream.on('response', (lines) => {
    status = Number(lines[':status'])
    fields = lines
  })
  stream.on('trailers', (lines: IncomingHttpHeaders) => void (trailers = lines))
  stream.on('data', (piece: Buffer) => void pieces.push(piece))
  await new Promise((resolve) => stream.once('close', resolve))
  return { status, fields, interim, trailers, body: Buffer.concat(pieces).toString('latin1'), reset: stream.rstCode }
}

/** Asks on a session, or on one of its own at a port. */
async function ask(at: ClientHttp2Session | number, lines: OutgoingHttpHeaders, body?: string | Buffer): Promise<Answered> {
  const session = typeof at === 'number' ? open(at) : at
  const stream = session.request(lines, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  const answer = await answerTo(stream)
  if (typeof at === 'number') session.destroy()
  return answer
}

/** Others are served, on connections of their own. */
async function othersAreServed({ port, on }: Pick<Bench, 'port' | 'on'>): Promise<void> {
  on('/other', OK)
  expect((await ask(port, { ':path': '/other' })).status).toBe(200)
}

const before = ({ origin }: Bench): Pick<Config, 'upstreams' | 'routes'> => ({ upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })

const CASES = {
  'a request and its answer pass: host, cookies, repeated fields, statuses without a body': async ({ port, on, seen }) => {
    on('/pass', ({ method, target, socket }) => {
      const status = /\d+$/.exec(target)?.[0] ?? '200'
      socket.write(answerText(`${status} X`, ['Set-Cookie: a=1', 'Set-Cookie: b=2', 'X-Two: 1', 'X-Two: 2', 'Connection: x-hop', 'X-Hop: 1', 'ETag: "e"', 'X-Back: caf\xe9'], method === 'HEAD' || status !== '200' ? '' : 'ok'))
    })
    const session = open(port)
    const answer = await ask(session, { ':path': '/pass?a=%2F', cookie: ['a=1', 'b=2', 'c=3'], 'x-there': 'caf\xe9', 'x-two': ['1', '2'] })
    const [sent] = seen('/pass')
    expect([sent!.target, value(sent!, 'cookie'), sent!.fields.filter(([name]) => name === 'cookie').length, value(sent!, 'x-there'), value(sent!, 'x-two'), value(sent!, 'x-forwarded-host'), value(sent!, 'x-forwarded-proto')]).toEqual(['/pass?a=%2F', 'a=1; b=2; c=3', 1, 'caf\xe9', '1, 2', `localhost:${port}`, 'https'])
    expect(names(sent!)).not.toContain(':authority')
    expect([answer.status, answer.fields['set-cookie'], answer.fields['x-two'], answer.fields['x-hop'], answer.fields['connection'], answer.fields['x-back'], answer.body]).toEqual([200, ['a=1', 'b=2'], '1, 2', undefined, undefined, 'caf\xe9', 'ok'])
    const others = await Promise.all([ask(session, { ':method': 'HEAD', ':path': '/pass' }), ask(session, { ':path': '/pass?204' }), ask(session, { ':path': '/pass?304' })])
    expect(others.map(({ status, body, reset, fields }) => [status, body, reset, fields['etag']])).toEqual([200, 204, 304].map((status) => [status, '', 0, '"e"']))
    session.destroy()
  },

  'large bodies pass both ways on one connection, with a length and without': async ({ port, on }) => {
    on('/large', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    const session = open(port)
    const body = randomBytes(3_000_000)
    const answers = await Promise.all([{}, { 'content-length': body.byteLength }, { expect: '100-continue' }].map((more) => ask(session, { ':method': 'POST', ':path': '/large', ...more }, body)))
    expect(answers.map(({ status, reset, body: back }) => [status, reset, Buffer.from(back, 'latin1').equals(body)])).toEqual(answers.map(() => [200, 0, true]))
    session.destroy()
  },

  'who stops reading holds the other end back: a client the origin, an origin the client, and neither the other streams': async ({ launch }) => {
    const flood = await startFloodOrigin()
    const { port, process } = await launch({ listen: { tls: TLS }, upstreams: { app: { targets: [flood.url] } }, routes: [{ upstream: 'app' }] })
    const session = open(port)
    const down = session.request({ ':path': '/500000000' })
    await once(down, 'response')
    expect(await standstill(() => flood.sent)).toBeLessThan(40_000_000)
    const up = session.request({ ':method': 'POST', ':path': '/hold', 'content-length': 500_000_000 })
    let given = 0
    const write = (): void => void up.write(Buffer.alloc(65536), (error) => {
      if (error) return
      given += 65536
      write()
    })
    up.on('error', () => {})
    write()
    expect(await standstill(() => given)).toBeLessThan(40_000_000)
    expect((await ask(session, { ':path': '/5' })).body.length).toBe(5)
    expect(residentMiB(process.pid!)).toBeLessThan(250)
    session.destroy()
    await flood.close()
  },

  'interim answers and trailers pass': async ({ port, on }) => {
    on('/hints', ({ socket }) => void socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\nSet-Cookie: no=1\r\n\r\n'))
    const answer = await ask(port, { ':path': '/hints', te: 'trailers' })
    expect([answer.interim, answer.status, answer.body, answer.trailers?.['x-sum'], answer.trailers?.['set-cookie']]).toEqual([[103], 200, 'ok', '7', undefined])
    expect((await ask(port, { ':path': '/hints' })).trailers).toBeUndefined()
  },

  'a stream that is given up gives the origin up, before the answer and within it, and no other stream': async ({ port, on, origin }) => {
    on('/silent', () => {})
    on('/endless', ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'))
    const session = open(port)
    const waiting = session.request({ ':path': '/endless' })
    await once(waiting, 'data')
    for (const [path, begun] of [['/silent', false], ['/endless', true]] as const) {
      const reached = origin.next()
      const stream = session.request({ ':path': path }).on('error', () => {})
      const seen = await reached
      if (begun) await once(stream, 'data')
      stream.close(8)
      await seen.closed
    }
    expect(waiting.destroyed).toBe(false)
    session.destroy()
  },

  'an upload that breaks off, or has another length than it says, never looks whole to the origin': async ({ port, on, origin }) => {
    on('/upload', (request) => void request.body().catch(() => {}))
    const outcomes: unknown[] = []
    const lines = (...more: (readonly [string, string])[]): Buffer => request('/upload', [':method', 'POST'], ...more)
    for (const [fields, ...frames] of [
      [lines(), frame(FRAME.data, 0, 1, Buffer.from('part')), frame(FRAME.reset, 0, 1, number(8))],
      [lines(), frame(FRAME.data, 0, 1, Buffer.from('part')), frame(FRAME.reset, 0, 1, number(0))],
      [lines(['content-length', '9']), frame(FRAME.data, END_STREAM, 1, Buffer.from('part'))],
      [lines(['content-length', '9']), frame(FRAME.data, 0, 1, Buffer.from('part')), frame(FRAME.data, END_STREAM, 1, Buffer.from('and more'))],
      [lines(), frame(FRAME.data, 0, 1, Buffer.from('part')), frame(FRAME.goaway, 0, 0, Buffer.concat([number(0), number(0)]))],
    ] as const) {
      const reached = origin.next()
      const client = await RawHttp2.open(port)
      client.send(frame(FRAME.headers, END_HEADERS, 1, fields), frames[0])
      // The last frame comes once the origin has part of the body, where that has any to pass on.
      const seen = frames.length > 1 ? await reached : await Promise.race([reached, client.closed, client.outcome(1).then(() => undefined)])
      client.send(...frames.slice(1))
      if (frames.at(-1)![3] === FRAME.goaway) client.socket.end()
      if (seen) {
        await seen.closed
        outcomes.push(await seen.body().then(() => 'whole', () => 'broken'))
      } else outcomes.push('broken')
      client.close()
    }
    expect(outcomes).toEqual(outcomes.map(() => 'broken'))
  },

  'an answer that breaks off is reset, and the connection goes on': async ({ port, on }) => {
    on('/broken', ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart', () => socket.destroy()))
    on('/chunks', ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n', () => socket.destroy()))
    const session = open(port)
    for (const path of ['/broken', '/chunks']) expect([200, undefined]).toContain((await ask(session, { ':path': path }).then(({ status, reset }) => (expect(reset).toBe(2), status))))
    on('/after', OK)
    expect((await ask(session, { ':path': '/after' })).status).toBe(200)
    session.destroy()
  },

  'what could be read in two ways does not reach an origin that would': async ({ port, on, origin }) => {
    for (const path of ['/two-ways/', '/smuggled', '/value', '/same']) on(path, OK)
    const before = origin.seen.length
    const outcomes: string[] = []
    const end = '\r\nX-Smuggled: 1\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
    const attempts: (readonly (readonly [string, string])[])[] = [
      [['host', 'other.test']],
      [[':authority', 'localhost, other.test']],
      [[':authority', 'user@localhost']],
      [[':authority', '']],
      [[':authority', ''], ['host', 'a.test'], ['host', 'b.test']],
      [[':path', '']],
      [[':path', 'no-slash']],
      [[':path', '/a b HTTP/1.1\r\nX: 1']],
      [[':method', 'GET /smuggled HTTP/1.1\r\nX:']],
      [['connection', 'x-forwarded-for']],
      [['transfer-encoding', 'chunked']],
      [['upgrade', 'websocket']],
      [['te', 'gzip']],
      [['X-Upper', '1']],
      [[':method', 'POST'], ['content-length', '1'], ['content-length', '1']],
      [[':method', 'POST'], ['content-length', '+1']],
      [[':unknown', '1']],
      [[':method', 'CONNECT']],
    ]
    for (const [i, lines] of attempts.entries()) {
      const client = await RawHttp2.open(port)
      client.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 1, request(`/two-ways/${i}`, ...lines)))
      outcomes.push(await client.outcome(1))
      client.close()
    }
    expect(outcomes.filter((outcome) => outcome === '200')).toEqual([])
    expect(origin.seen.slice(before).map(({ target }) => target)).toEqual([])
    // A line with a forbidden byte is dropped by nghttp2, before anybody has seen it, or its request is refused.
    for (const line of [['x-value', end], ['x-value', '\n'], ['x-value', 'a\0b'], ['cookie', 'a\rb'], ['x y', '1'], ['x:y', '1'], [`x: 1${end}`, '1']] as const) {
      const client = await RawHttp2.open(port)
      client.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 1, request('/value', line)))
      expect(['200', '400', 'reset 1']).toContain(await client.outcome(1))
      client.close()
    }
    for (const sent of origin.seen.slice(before)) expect([sent.target, names(sent).filter((name) => /^x(?!-forwarded|-request)|cookie/.test(name))]).toEqual(['/value', []])
    const client = await RawHttp2.open(port)
    client.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 1, request('/same', ['host', 'LOCALHOST:443'], ['te', 'trailers'])))
    expect(await client.outcome(1)).toBe('200')
    client.close()
  },

  'streams that are reset as soon as they are opened end their connection, and the origin gets no flood of them': async (bench) => {
    const { port, on, seen } = bench
    on('/rapid', () => {})
    const client = await RawHttp2.open(port)
    for (let i = 0; i < 400; i++) client.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 2 * i + 1, request('/rapid')), frame(FRAME.reset, 0, 2 * i + 1, number(8)))
    expect(await client.goaway()).toBe(ENHANCE_YOUR_CALM)
    await client.closed
    // The same, but that the gateway is led to reset them, by a window that grows by nothing (CVE-2025-8671).
    const leading = await RawHttp2.open(port)
    for (let i = 0; i < 400; i++) leading.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 2 * i + 1, request('/rapid')), frame(FRAME.windowUpdate, 0, 2 * i + 1, number(0)))
    // What is still sent to a connection that has ended may reset it before its GOAWAY is read.
    expect([ENHANCE_YOUR_CALM, 1, undefined]).toContain(await leading.goaway())
    leading.close()
    expect(seen('/rapid').length).toBeLessThan(500)
    // A page that is left, with all its requests under way, is no attack.
    const session = open(port)
    const streams = Array.from({ length: 80 }, () => session.request({ ':path': '/rapid' }).on('error', () => {}))
    await new Promise((resolve) => session.ping(resolve))
    for (const stream of streams) stream.close(8)
    await othersAreServed(bench)
    expect((await ask(session, { ':path': '/other' })).status).toBe(200)
    session.destroy()
  },

  'floods of frames that ask for nothing end their connection or cost nothing that lasts': async (bench) => {
    const { port, gateway } = bench
    await othersAreServed(bench)
    const startMiB = residentMiB(gateway.process.pid!)
    const floods: Record<string, (client: RawHttp2) => void> = {
      // Without an end to the head: CVE-2024-27316.
      continuation: (client) => {
        client.send(frame(FRAME.headers, 0, 1, request('/flood')))
        for (let i = 0; i < 1000; i++) client.send(frame(FRAME.continuation, 0, 1, literal(`x-${i}`, 'x'.repeat(500))))
      },
      'empty continuation': (client) => {
        client.send(frame(FRAME.headers, 0, 1, request('/flood')))
        for (let i = 0; i < 5000; i++) client.send(frame(FRAME.continuation, 0, 1))
      },
      'empty data': (client) => {
        client.send(frame(FRAME.headers, END_HEADERS, 1, request('/flood', [':method', 'POST'])))
        for (let i = 0; i < 5000; i++) client.send(frame(FRAME.data, 0, 1))
      },
      ping: (client) => {
        client.socket.pause()
        for (let i = 0; i < 50; i++) client.send(Buffer.concat(Array.from({ length: 4000 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)))))
        client.socket.resume()
      },
      settings: (client) => {
        client.socket.pause()
        for (let i = 0; i < 50; i++) client.send(Buffer.concat(Array.from({ length: 4000 }, () => frame(FRAME.settings, 0, 0, setting(4, 65535)))))
        client.socket.resume()
      },
    }
    const ended: string[] = []
    for (const [name, flood] of Object.entries(floods)) {
      const client = await RawHttp2.open(port)
      flood(client)
      // Either it is ended, or answered to the last frame.
      client.send(frame(FRAME.ping, 0, 0, Buffer.from('the last')))
      const last = await client.frame(({ type, payload }) => type === FRAME.goaway || (type === FRAME.ping && payload.toString() === 'the last'))
      if (last?.type !== FRAME.ping) ended.push(name)
      client.close()
    }
    expect(ended).toEqual(expect.arrayContaining(['continuation', 'empty continuation', 'empty data']))
    expect(residentMiB(gateway.process.pid!) - startMiB).toBeLessThan(100)
    await othersAreServed(bench)
  },

  'heads and streams beyond the limits are refused, each by itself': async ({ port, on }) => {
    on('/limits', OK)
    on('/waits', () => {})
    const client = await RawHttp2.open(port)
    const advertised = (await client.frame(({ type, flags }) => type === FRAME.settings && flags === 0))!.payload
    const settings = new Map(Array.from({ length: advertised.byteLength / 6 }, (_, i) => [advertised.readUInt16BE(6 * i), advertised.readUInt32BE(6 * i + 2)]))
    expect([settings.get(3), settings.get(6), settings.get(8)]).toEqual([100, 32768, 1])
    client.send(frame(FRAME.settings, 1, 0))
    const part = block(Array.from({ length: 30 }, (_, i) => [`x-${i}`, 'x'.repeat(500)]))
    client.send(frame(FRAME.headers, END_STREAM, 1, request('/limits')), frame(FRAME.continuation, 0, 1, part), frame(FRAME.continuation, 0, 1, part), frame(FRAME.continuation, END_HEADERS, 1, part))
    expect(await client.outcome(1)).toBe(`reset ${ENHANCE_YOUR_CALM}`)
    client.send(frame(FRAME.headers, END_STREAM, 3, request('/limits')), frame(FRAME.continuation, END_HEADERS, 3, part))
    expect(await client.outcome(3)).toBe('200')
    for (let i = 0; i < 101; i++) client.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 5 + 2 * i, request('/waits')))
    expect(await client.outcome(205)).toMatch(/^(reset [17]|goaway 1)$/)
    client.close()
  },

  'clients that stall are ended: in an answer, in an upload, before a request, between requests': async (bench) => {
    const flood = await startFloodOrigin()
    const { port } = await bench.launch({ listen: { tls: TLS, idle: '1s', headers: '1s', keepAlive: '1s' }, upstreams: { flood: { targets: [flood.url] } }, routes: [{ upstream: 'flood' }] })
    const silent = await RawHttp2.secure(port)
    const settled = await RawHttp2.open(port)
    const idle = await RawHttp2.open(port)
    idle.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 1, request('/5')))
    expect(await idle.outcome(1)).toBe('200')
    // A window of nothing: the head is all that can be sent.
    const zero = await RawHttp2.open(port, setting(4, 0))
    zero.send(frame(FRAME.headers, END_HEADERS | END_STREAM, 1, request('/500000')))
    const upload = await RawHttp2.open(port)
    upload.send(frame(FRAME.headers, END_HEADERS, 1, request('/', [':method', 'POST'], ['content-length', '5'])), frame(FRAME.data, 0, 1, Buffer.from('p')))
    for (const client of [zero, upload]) expect((await client.frame(({ type, stream }) => type === FRAME.reset && stream === 1))?.payload.readUInt32BE(0)).toBe(8)
    expect(await Promise.all([idle.goaway(), settled.goaway()])).toEqual([0, 0])
    await Promise.all([silent, settled, idle].map(({ closed }) => closed))
    for (const client of [zero, upload]) client.close()
    await flood.close()
  },

  'a stop lets streams in flight end, tells clients to go, and takes no more': async (bench) => {
    const { launch, on, origin } = bench
    on('/slow', () => {})
    const { port, stop } = await launch({ listen: { tls: TLS }, ...before(bench) })
    const session = open(port)
    const idle = open(port)
    await once(idle, 'connect')
    const reached = origin.next()
    const answered = ask(session, { ':path': '/slow' })
    const { socket } = await reached
    const told = once(session, 'goaway')
    const stopped = stop()
    expect((await told)[0]).toBe(0)
    await once(idle, 'close')
    await new Promise<void>((resolve) => connect({ host: '127.0.0.1', port }).on('error', () => resolve()).on('secureConnect', function (this: { destroy(): void }) { this.destroy(); resolve() }))
    socket.write(answerText('200 OK', [], 'late'))
    const { status, body } = await answered
    expect([status, body, await stopped]).toEqual([200, 'late', 0])
  },

  'a WebSocket passes over a stream, and a refusal of one': async ({ launch }) => {
    const server = await startRawWebSocketServer()
    const { port } = await launch({ listen: { tls: TLS }, upstreams: { app: { targets: [server.url], websocket: { ping: '1h' } }, plain: { targets: [server.url] } }, routes: [{ path: '/no', respond: { status: 403 } }, { path: '/watched', upstream: 'app' }, { upstream: 'plain' }] })
    const session = open(port)
    await once(session, 'remoteSettings')
    const ways = { ':method': 'CONNECT', ':protocol': 'websocket', 'sec-websocket-version': '13', 'sec-websocket-protocol': 'chat', origin: 'https://localhost' }
    for (const path of ['/watched', '/bare']) {
      const asked = server.next()
      const stream = session.request({ ...ways, ':path': path })
      const { accept, peer, head: sent } = await asked
      expect([/^GET \/\w+ HTTP\/1.1\r\n/.test(sent), /\r\nUpgrade: websocket\r\n/i.test(sent), /\r\nsec-websocket-protocol: chat\r\n/i.test(sent)]).toEqual([true, true, true])
      accept(['Sec-WebSocket-Protocol: chat'])
      const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
      expect([answer[':status'], answer['sec-websocket-protocol'], answer['sec-websocket-accept'], answer['upgrade']]).toEqual([200, 'chat', undefined, undefined])
      stream.write(masked(1, 'up'))
      expect((await peer.frame())!.payload.toString()).toBe('up')
      peer.send(unmasked(1, 'down'))
      expect(((await once(stream, 'data')) as [Buffer])[0].toString('latin1')).toContain('down')
      // One end goes, and the other with it.
      const gone = once(path === '/bare' ? peer.socket : stream, 'close')
      if (path === '/bare') stream.close(8)
      else peer.socket.destroy()
      stream.on('error', () => {}).resume()
      await gone
    }
    expect((await answerTo(session.request({ ...ways, ':path': '/no' }, { endStream: true }))).status).toBe(403)
    expect((await answerTo(session.request({ ':method': 'CONNECT', ':authority': 'localhost:80' }, { endStream: true }))).status).toBe(501)
    session.destroy()
    server.close()
  },

  'HTTP/1.1 is spoken beside it, a PROXY header and certificates count, and a connection is for its host': async (bench) => {
    const { launch, on, seen, port } = bench
    on('/beside', OK)
    const authority = new TestAuthority()
    const ann = authority.issue('ann')
    const secured = await launch({ listen: { proxyProtocol: { from: ['127.0.0.0/8'] }, tls: { ...TLS, clientAuth: { ca: authority.ca, mode: 'require' } } }, ...before(bench) })
    const socket = connectPlain(secured.port, '127.0.0.1')
    socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 5000 443\r\n')
    const session = connectHttp2('https://localhost', { createConnection: () => connect({ socket, servername: 'localhost', rejectUnauthorized: false, ALPNProtocols: ['h2'], ...ann.pem }) })
    const answers = await Promise.all(['localhost', 'localhost:443', 'other.test'].map((host) => ask(session, { ':path': '/beside', ':authority': host })))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 421])
    expect(seen('/beside').map((request: SeenRequest) => value(request, 'x-forwarded-for'))).toEqual(['192.0.2.7', '192.0.2.7'])
    session.destroy()
    authority.close()
    const without = await launch({ listen: { tls: TLS, http2: false }, ...before(bench) })
    for (const [at, offered, settled] of [[port, ['h2', 'http/1.1'], 'h2'], [port, ['http/1.1'], 'http/1.1'], [port, undefined, false], [without.port, ['h2', 'http/1.1'], 'http/1.1']] as const) {
      const client = await RawConnection.secure(at, { rejectUnauthorized: false, ...(offered && { ALPNProtocols: [...offered] }) })
      expect((client.socket as ReturnType<typeof connect>).alpnProtocol).toBe(settled)
      if (settled !== 'h2') expect((await client.send(head('GET /beside')).answer()).status).toBe(200)
      client.close()
    }
  },
} satisfies Record<string, Case>

/** The name of a case, for skips. */
export type Http2Case = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function http2Contract(name: string, launch: Launch, skip: Skips<Http2Case> = {}): void {
  runCases(`HTTP/2 on ${name}`, launch, CASES, skip, ({ url }) => ({ listen: { tls: TLS }, upstreams: { app: { targets: [url] } }, routes: [{ upstream: 'app' }] }))
}
