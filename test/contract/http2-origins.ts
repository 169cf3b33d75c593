// HTTP/2 towards servers: by ALPN or without asking, streams shared and repeated where they were refused, and gRPC from end to end.
import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2, constants, createSecureServer, createServer, type Http2SecureServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect as connectPlain, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { connect } from 'node:tls'
import { expect } from 'vitest'
import type { Config } from '../../src/index.js'
import { ask, head, values } from '../support/raw-client.js'
import { answerText, startRawOrigin } from '../support/raw-origin.js'
import { type Case, type Launch, runCases, type Skips } from './bench.js'

const CERTIFICATES = fileURLToPath(new URL('../support/certificates/', import.meta.url))
const TLS = { cert: `${CERTIFICATES}localhost.pem`, key: `${CERTIFICATES}localhost.key.pem` }
const PEM = { cert: readFileSync(TLS.cert, 'utf8'), key: readFileSync(TLS.key, 'utf8') }

type Respond = (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) => void

interface Http2Origin {
  readonly url: string
  readonly sessions: Set<ServerHttp2Session>
  /** How many connections there have been. */
  readonly connections: () => number
  readonly seen: IncomingHttpHeaders[]
  close(): void
}

/** A server of Node's that speaks HTTP/2, with TLS or without. */
async function startHttp2Origin(respond: Respond, options: { readonly tls?: boolean; readonly maxStreams?: number } = {}): Promise<Http2Origin> {
  const settings = options.maxStreams === undefined ? {} : { maxConcurrentStreams: options.maxStreams }
  const server: Http2Server | Http2SecureServer = options.tls ? createSecureServer({ ...PEM, settings }) : createServer({ settings })
  const sessions = new Set<ServerHttp2Session>()
  const sockets = new Set<Socket>()
  const seen: IncomingHttpHeaders[] = []
  let connections = 0
  server.on('session', (session: ServerHttp2Session) => {
    connections++
    sessions.add(session)
    session.on('error', () => {}).on('close', () => sessions.delete(session))
  })
  server.on('connection', (socket: Socket) => void sockets.add(socket))
  server.on('stream', (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) => {
    stream.on('error', () => {})
    seen.push(fields)
    respond(stream, fields)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${options.tls ? 'https' : 'http'}://${options.tls ? 'localhost' : '127.0.0.1'}:${port}`,
    sessions,
    connections: () => connections,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const before = (url: string, more: object = {}): Config => ({ upstreams: { app: { targets: [url], http2: true, tls: { verify: false }, ...more } }, routes: [{ upstream: 'app' }] })

/** A message of gRPC: not compressed, its length, its bytes. */
function message(text: string): Buffer {
  const bytes = Buffer.from(text)
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(bytes.byteLength, 1)
  return Buffer.concat([prefix, bytes])
}

/** Texts of the messages in a body. */
function messagesIn(body: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at + 5 <= body.byteLength;) {
    const length = body.readUInt32BE(at + 1)
    texts.push(body.subarray(at + 5, at + 5 + length).toString())
    at += 5 + length
  }
  return texts
}

/** Answers what three kinds of methods are called for: one answer, several, one for each message as it comes; and some that fail. */
const grpcService: Respond = (stream, { ':path': path }) => {
  const fields = { ':status': 200, 'content-type': 'application/grpc' }
  const end = (status: string, more: Record<string, string> = {}): void => {
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, ...more }))
    stream.end()
  }
  if (path === '/test.Echo/None') return stream.respond({ ...fields, 'grpc-status': '5', 'grpc-message': 'nothing there' }, { endStream: true })
  stream.respond(fields, { waitForTrailers: true })
  if (path === '/test.Echo/Each') return void stream.on('data', (bytes: Buffer) => stream.write(message(messagesIn(bytes).join()))).on('end', () => end('0'))
  const pieces: Buffer[] = []
  stream.on('data', (bytes: Buffer) => void pieces.push(bytes)).on('end', () => {
    const [text = ''] = messagesIn(Buffer.concat(pieces))
    for (const answer of path === '/test.Echo/Many' ? [text, text, text] : [text]) stream.write(message(answer))
    end(path === '/test.Echo/Fails' ? '9' : '0', { 'x-told': 'yes' })
  })
}

function openSession(port: number): ClientHttp2Session {
  return connectHttp2('https://localhost', { createConnection: () => connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false, ALPNProtocols: ['h2'] }) })
}

interface GrpcAnswer {
  readonly status: unknown
  readonly head: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly messages: string[]
}

/** Calls a method. Without a message to begin with, `talk` writes them. */
async function call(session: ClientHttp2Session, path: string, text: string): Promise<GrpcAnswer> {
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' })
  let head: IncomingHttpHeaders = {}
  let trailers: IncomingHttpHeaders = {}
  const pieces: Buffer[] = []
  stream.on('response', (fields) => void (head = fields)).on('trailers', (fields: IncomingHttpHeaders) => void (trailers = fields)).on('data', (piece: Buffer) => void pieces.push(piece)).on('error', () => {})
  stream.end(message(text))
  await new Promise((resolve) => stream.once('close', resolve))
  return { status: trailers['grpc-status'] ?? head['grpc-status'], head, trailers, messages: messagesIn(Buffer.concat(pieces)) }
}

const CASES = {
  'requests pass over TLS and without, many on one connection, with their fields, bodies and trailers': async ({ launch }) => {
    for (const tls of [true, false]) {
      const origin = await startHttp2Origin((stream, { ':method': method }) => {
        let bytes = 0
        stream.additionalHeaders({ ':status': 103, link: '</a>; rel=preload' })
        stream.on('data', (piece: Buffer) => (bytes += piece.byteLength)).on('end', () => {
          stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'x-method': method }, { waitForTrailers: method !== 'HEAD' })
          if (method === 'HEAD') return
          stream.once('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }))
          stream.end(String(bytes))
        })
      }, { tls })
      const { port } = await launch(before(origin.url))
      const answers = await Promise.all([
        ask(port, head('GET /a%2Fb?c=1', 'Cookie: a=1', 'X-Two: 1', 'X-Two: 2', 'TE: trailers', 'Connection: te, x-hop', 'X-Hop: 1')),
        ask(port, Buffer.concat([Buffer.from(head('POST /up', 'Content-Length: 300000')), Buffer.alloc(300_000)]), 'POST'),
        ask(port, `${head('POST /chunks', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`, 'POST'),
        ask(port, head('HEAD /head'), 'HEAD'),
        ask(port, head('DELETE /gone'), 'DELETE'),
      ])
      expect(answers.map(({ status, body, end }) => [status, body.toString(), end])).toEqual([[200, '0', 'complete'], [200, '300000', 'complete'], [200, '3', 'complete'], [200, '', 'complete'], [200, '0', 'complete']])
      expect(values(answers[0], 'set-cookie')).toEqual(['a=1', 'b=2'])
      const [get] = origin.seen.filter(({ ':method': method }) => method === 'GET')
      expect([get![':path'], get![':authority'], get![':scheme'], get!['cookie'], get!['x-two'], get!['x-hop'], get!['te'], get!['x-forwarded-host'], get!['host'], get!['connection']]).toEqual(['/a%2Fb?c=1', new URL(origin.url).host, tls ? 'https' : 'http', 'a=1', '1, 2', undefined, 'trailers', 'public.example', undefined, undefined])
      expect([origin.seen.find(({ ':path': path }) => path === '/up')?.['content-length'], origin.connections()]).toEqual(['300000', 1])
      origin.close()
    }
  },

  'a server that has no HTTP/2 gets HTTP/1.1, and WebSockets always': async ({ launch }) => {
    const origin = await startRawOrigin(async (request) => void request.socket.write(answerText('200 OK', [], await request.body())), { tls: PEM })
    const { port } = await launch(before(origin.url))
    for (let i = 0; i < 3; i++) expect((await ask(port, `${head('POST /', 'Content-Length: 2')}up`, 'POST')).body.toString()).toBe('up')
    await origin.close()
    const plain = await startRawOrigin(({ socket }) => void socket.end(answerText('200 OK', [], 'no')))
    const prior = await launch(before(plain.url))
    expect((await ask(prior.port, head('GET /'))).status).toBe(502)
    await plain.close()
  },

  'more requests than a connection takes open another, and what a server refuses goes out again': async ({ launch }) => {
    const held: ServerHttp2Stream[] = []
    let refuse = 0
    const origin = await startHttp2Origin((stream, { ':path': path }) => {
      if (path === '/refused' && refuse++ === 0) return stream.close(constants.NGHTTP2_REFUSED_STREAM)
      if (path === '/hold') return void held.push(stream)
      stream.respond({ ':status': 200 })
      stream.end('ok')
    }, { maxStreams: 4 })
    const { port } = await launch(before(origin.url))
    const answers = Array.from({ length: 10 }, () => ask(port, head('GET /hold')))
    while (held.length < 10) await new Promise(setImmediate)
    expect(origin.connections()).toBe(3)
    for (const stream of held) {
      stream.respond({ ':status': 200 })
      stream.end('held')
    }
    expect((await Promise.all(answers)).map(({ body }) => body.toString())).toEqual(answers.map(() => 'held'))
    expect([(await ask(port, `${head('POST /refused', 'Content-Length: 0')}`, 'POST')).status, refuse]).toEqual([200, 2])
    // A server that goes: what it has is finished there, what comes is for another connection.
    const before_ = origin.connections()
    const going = ask(port, head('GET /hold'))
    while (held.length < 11) await new Promise(setImmediate)
    for (const session of origin.sessions) session.goaway(0)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await ask(port, head('POST /after', 'Content-Length: 0'), 'POST')).status).toBe(200)
    expect(origin.connections()).toBe(before_ + 1)
    held[10]!.respond({ ':status': 200 })
    held[10]!.end('last')
    expect((await going).body.toString()).toBe('last')
    origin.close()
  },

  'what breaks is told as such, and ends nothing else on the connection': async ({ launch }) => {
    let given: ServerHttp2Stream | undefined
    const origin = await startHttp2Origin((stream, { ':path': path }) => {
      if (path === '/reset') return stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      if (path === '/silent' || path === '/upload') return void (given = stream)
      stream.respond({ ':status': 200 })
      if (path === '/whole') return void stream.end('whole')
      stream.write('part')
      if (path === '/forever') given = stream
      else setTimeout(() => stream.destroy(new Error('broken off')), 20)
    })
    const { port } = await launch(before(origin.url, { timeout: { headers: '300ms', idle: '300ms' }, retry: { attempts: 0 } }))
    const told = await ask(port, head('GET /reset'))
    expect([told.status, values(told, 'proxy-status')]).toEqual([502, ['fetchgate; error=connection_terminated']])
    expect((await ask(port, head('GET /broken'))).end).toBe('broken')
    const silent = await ask(port, head('GET /silent'))
    if (!given!.closed) await once(given!, 'close')
    expect([silent.status, given!.rstCode]).toEqual([504, constants.NGHTTP2_CANCEL])
    expect((await ask(port, head('GET /forever'))).end).toBe('broken')
    // A client that leaves takes its stream along.
    const socket = connectPlain(port, '127.0.0.1').on('error', () => {})
    socket.write(head('GET /forever'))
    await once(socket, 'data')
    const closed = once(given!, 'close')
    socket.destroy()
    await closed
    // One that breaks off its upload does not have it taken for a whole one.
    given = undefined
    const uploading = connectPlain(port, '127.0.0.1').on('error', () => {})
    uploading.write(`${head('POST /upload', 'Transfer-Encoding: chunked')}4\r\npart\r\n`)
    while (!given) await new Promise(setImmediate)
    const upload = given as ServerHttp2Stream
    await once(upload, 'data')
    const reset = once(upload, 'aborted')
    uploading.destroy()
    await reset
    expect(upload.rstCode).toBe(constants.NGHTTP2_CANCEL)
    expect([(await ask(port, head('GET /whole'))).body.toString(), origin.connections()]).toEqual(['whole', 1])
    origin.close()
    const gone = await ask(port, head('GET /whole'))
    expect([gone.status, values(gone, 'proxy-status')]).toEqual([502, ['fetchgate; error=connection_refused']])
  },

  'gRPC passes from end to end: one answer, several, one for each, and failures in trailers and without': async ({ launch }) => {
    for (const tls of [true, false]) {
      const origin = await startHttp2Origin(grpcService, { tls })
      const { port } = await launch({ ...before(origin.url), listen: { tls: TLS } })
      const session = openSession(port)
      const unary = await call(session, '/test.Echo/One', 'hello')
      expect([unary.head[':status'], unary.head['content-type'], unary.head['grpc-status'], unary.trailers['grpc-status'], unary.trailers['x-told'], unary.messages]).toEqual([200, 'application/grpc', undefined, '0', 'yes', ['hello']])
      expect((await call(session, '/test.Echo/Many', 'again')).messages).toEqual(['again', 'again', 'again'])
      const failed = await call(session, '/test.Echo/Fails', 'x')
      expect([failed.head[':status'], failed.trailers['grpc-status']]).toEqual([200, '9'])
      const none = await call(session, '/test.Echo/None', 'x')
      expect([none.head[':status'], none.head['grpc-status'], none.head['grpc-message'], none.trailers['grpc-status']]).toEqual([200, '5', 'nothing there', undefined])
      // Both ways at once: each answer comes before the next question is put.
      const stream = session.request({ ':method': 'POST', ':path': '/test.Echo/Each', 'content-type': 'application/grpc', te: 'trailers' })
      for (const text of ['a', 'b', 'c']) {
        stream.write(message(text))
        expect(messagesIn(((await once(stream, 'data')) as [Buffer])[0])).toEqual([text])
      }
      const ended = once(stream, 'trailers')
      stream.end()
      expect(((await ended) as [IncomingHttpHeaders])[0]['grpc-status']).toBe('0')
      session.destroy()
      origin.close()
    }
  },

  'a gRPC client is told by gRPC what the gateway has to say': async ({ launch }) => {
    const { port } = await launch({
      listen: { tls: TLS },
      upstreams: { dead: { targets: ['http://127.0.0.1:1'], http2: true } },
      routes: [{ path: '/test.Dead/*', upstream: 'dead' }, { path: '/test.Closed/*', filters: [{ allow: { ip: ['192.0.2.1'] } }], respond: { status: 204 } }],
    })
    const session = openSession(port)
    const answers = await Promise.all(['/test.Dead/One', '/test.Closed/One', '/none'].map((path) => call(session, path, 'x')))
    expect(answers.map(({ head: fields, status }) => [fields[':status'], fields['content-type'], status, typeof fields['grpc-message']])).toEqual(['14', '7', '12'].map((code) => [200, 'application/grpc', code, 'string']))
    session.destroy()
  },
} satisfies Record<string, Case>

/** The name of a case, for skips. */
export type Http2OriginsCase = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function http2OriginsContract(name: string, launch: Launch, skip: Skips<Http2OriginsCase> = {}): void {
  runCases(`HTTP/2 origins on ${name}`, launch, CASES, skip, ({ url }) => ({ upstreams: { app: { targets: [url] } }, routes: [{ upstream: 'app' }] }))
}
