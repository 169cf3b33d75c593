// The upstream transport over HTTP/2: one stream for each request, trailers in both directions.
import { type ClientHttp2Stream, constants } from 'node:http2'
import { Readable } from 'node:stream'
import { type Answer, type ErrorCode, GatewayError, type OutboundRequest } from '../../src/index.js'
import { BytesPayload, endToEnd, type Fields, isBodiless, type Payload } from '../../src/adapter.js'
import { type Received, watchedBody } from '../node-http/client-body.js'
import { connectionKey, type Connector } from '../node-http/connector.js'
import { isNativeUpload } from '../node-http/request.js'
import { codingFault } from '../shared/answer-coding.js'
import { interimFault } from '../shared/interim-answers.js'
import { upstreamError } from '../shared/upstream-error.js'
import { Watchdog } from '../shared/watchdog.js'
import { cancelStream } from './cancel.js'
import { http2Lines } from './fields.js'
import { type ServerSession, ServerSessions } from './sessions.js'

/** How long a connection stays open with nothing under way: HTTP/2 tells when it ends, so that no request crosses that. */
const IDLE_MS = 60_000
/** How long a server that has no HTTP/2 is believed to have none. */
const HTTP1_MS = 300_000

/** Carries requests to servers that may speak HTTP/2. */
export class Http2Client {
  readonly #connector: Connector
  readonly #servers = new Map<string, ServerSessions>()
  readonly #http1UntilMs = new Map<string, number>()

  constructor(connector: Connector) {
    this.#connector = connector
  }

  /** Sends a request; resolves to undefined, with nothing sent, where its server speaks HTTP/1.1 only. Rejects with a GatewayError. */
  async send(request: OutboundRequest): Promise<Answer | undefined> {
    const { server, client, peer, body, limits: { connectMs, keepAlive }, signal } = request
    const key = `${connectionKey(server, keepAlive, request)} ${connectMs}`
    if ((this.#http1UntilMs.get(key) ?? 0) > performance.now()) return undefined
    await this.#connector.nameOf(server)?.checked()
    // A stream that was refused has not been looked at (RFC 9113 §8.7): as when it crosses a GOAWAY on its way.
    for (let refusals = 0; refusals < 2;) {
      let sessions = this.#servers.get(key)
      if (!sessions) this.#servers.set(key, (sessions = new ServerSessions({ server, asker: { client, peer }, connectMs, idleMs: keepAlive?.idleMs ?? IDLE_MS }, this.#connector, () => this.#servers.delete(key))))
      const session = await unlessAborted(sessions.withRoom(), signal)
      // Others that waited for it may have taken all there was.
      if (session !== 'http/1.1' && !session.hasRoom) continue
      const outcome = session === 'http/1.1' ? session : await attempt(session, request)
      if (outcome === 'http/1.1') {
        this.#http1UntilMs.set(key, performance.now() + HTTP1_MS)
        return undefined
      }
      if (outcome !== 'refused') return outcome
      if (++refusals > 0 && body?.used) break
    }
    throw new GatewayError('connection_refused', { message: 'the server refused the stream' })
  }

  close(): void {
    for (const sessions of this.#servers.values()) sessions.destroy()
  }
}

/** A connection that is being opened serves others too, and goes on without whoever has left. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new GatewayError('client_aborted'))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** The answer, or why there is none although nothing has been done: the stream was refused, or the server wants another protocol for it. */
type Outcome = Answer | 'refused' | 'http/1.1'

function attempt(session: ServerSession, request: OutboundRequest): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let begun: Attempt
    try {
      begun = new Attempt(session, request, resolve, reject)
    } catch (error) {
      // A session that has just ended, or a head that node:http2 will not write.
      const { code } = error as Error & { code?: string }
      if (code === 'ERR_HTTP2_INVALID_SESSION' || code === 'ERR_HTTP2_GOAWAY_SESSION') resolve('refused')
      else reject(upstreamError(error as Error))
      return
    }
    begun.start()
  })
}

const NO_BYTES = new Uint8Array(0)

/** One request on its way to one server. */
class Attempt {
  readonly #outbound: OutboundRequest
  readonly #resolve: (outcome: Outcome) => void
  readonly #reject: (error: GatewayError) => void
  readonly #watchdog = new Watchdog((error) => this.#abort(error))
  readonly #stream: ClientHttp2Stream & Received
  #failure: GatewayError | undefined
  #interim = 0
  #uploaded = false
  #answered = false
  #settled = false

  constructor(session: ServerSession, outbound: OutboundRequest, resolve: (outcome: Outcome) => void, reject: (error: GatewayError) => void) {
    this.#outbound = outbound
    this.#resolve = resolve
    this.#reject = reject
    const { server, method, target, fields, body } = outbound
    const { host = server.authority, ...lines } = http2Lines(fields)
    const head = { ':method': method, ':scheme': server.secure ? 'https' : 'http', ':authority': host, ':path': target, ...lines }
    this.#stream = received(session.begin(head, { endStream: !body, waitForTrailers: body !== undefined && trailersOf(body) !== undefined }))
  }

  start(): void {
    const { body, signal, limits } = this.#outbound
    const stream = this.#stream
    stream.on('error', () => this.#closed())
    stream.on('close', () => this.#closed())
    stream.on('headers', (...[, , raw]: unknown[]) => this.#inform(raw as string[]))
    stream.on('response', (...[, flags, raw]: unknown[]) => this.#answer(flags as number, raw as string[]))
    if (signal?.aborted) return this.#onAbort()
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (body) return void this.#upload(body)
    this.#uploaded = true
    this.#watchdog.wait('http_response_timeout', limits.headersMs, 'timeout.headers')
  }

  readonly #onAbort = (): void => this.#abort(new GatewayError('client_aborted'))

  async #upload(body: Payload): Promise<void> {
    const stream = this.#stream
    const { idleMs, headersMs } = this.#outbound.limits
    const wait = (code: ErrorCode): void => (this.#answered ? this.#watchdog.moved() : this.#watchdog.wait(code, idleMs, 'timeout.idle'))
    stream.once('wantTrailers', () => stream.sendTrailers(http2Lines(endToEnd(trailersOf(body) ?? []))))
    const pieces = piecesOf(body)
    try {
      for (;;) {
        wait('client_timeout')
        const { done, value } = await pieces.next()
        if (this.#settled) return void pieces.return?.()
        if (done) break
        if (stream.write(value)) continue
        wait('http_response_timeout')
        await drained(stream)
      }
    } catch (cause) {
      return this.#abort(cause instanceof GatewayError ? cause : new GatewayError('client_aborted', { message: 'the request broke off', cause }))
    }
    this.#uploaded = true
    stream.end()
    if (!this.#answered) this.#watchdog.wait('http_response_timeout', headersMs, 'timeout.headers')
  }

  #inform(raw: string[]): void {
    const fault = interimFault(++this.#interim)
    if (fault) this.#abort(fault)
    else this.#outbound.inform?.(Number(raw[1]), raw.slice(2))
  }

  #answer(flags: number, raw: string[]): void {
    const { method, limits } = this.#outbound
    const stream = this.#stream
    const status = Number(raw[1])
    const fields = raw.slice(2)
    const fault = codingFault(fields)
    if (fault) return this.#abort(fault)
    this.#answered = true
    stream.rawHeaders = fields
    stream.on('end', () => this.#settle())
    if (isBodiless(status, method) || (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) {
      stream.resume()
      return this.#resolve({ status, fields, body: isBodiless(status, method) ? undefined : new BytesPayload(NO_BYTES) })
    }
    const body = watchedBody(stream, {
      watchdog: this.#watchdog,
      idleMs: limits.idleMs,
      abort: (error) => this.#abort(error),
      failure: (error) => this.#failure ?? new GatewayError('http_response_incomplete', { message: error?.message ?? this.#reset(), cause: error }),
    })
    this.#resolve({ status, fields, body })
  }

  #abort(error: GatewayError): void {
    this.#failure ??= error
    cancelStream(this.#stream)
    this.#closed()
  }

  /** The stream is over, one way or another. */
  #closed(): void {
    if (this.#settled) return
    const { rstCode } = this.#stream
    if (!this.#answered && !this.#failure) {
      if (rstCode === constants.NGHTTP2_REFUSED_STREAM) this.#resolve('refused')
      else if (rstCode === constants.NGHTTP2_HTTP_1_1_REQUIRED && !this.#outbound.body?.used) this.#resolve('http/1.1')
    }
    if (!this.#stream.complete) this.#failure ??= new GatewayError(this.#answered ? 'http_response_incomplete' : FAULTS.has(rstCode) ? 'http_protocol_error' : 'connection_terminated', { message: this.#reset() })
    this.#settle()
    if (this.#failure) this.#reject(this.#failure)
  }

  #reset(): string {
    return `the stream was closed with code ${this.#stream.rstCode}`
  }

  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    if (this.#answered) this.#outbound.lease?.ended(this.#failure)
    this.#watchdog.stop()
    this.#outbound.signal?.removeEventListener('abort', this.#onAbort)
    // The rest of the request is of no use to anybody.
    if (!this.#uploaded) cancelStream(this.#stream)
  }
}

/** Codes by which a server says that it does not understand the request, or we not the answer (RFC 9113 §7). */
const FAULTS: ReadonlySet<number | undefined> = new Set([constants.NGHTTP2_PROTOCOL_ERROR, constants.NGHTTP2_FRAME_SIZE_ERROR, constants.NGHTTP2_COMPRESSION_ERROR])

/**
 * A stream as the body of an answer: `complete` once its last frame has said so. To a reader, node:http2 ends a stream that
 * was reset without an error, or by us, just like a whole one; but then it is closed when its end is pushed.
 */
function received(stream: ClientHttp2Stream): ClientHttp2Stream & Received {
  const answer = Object.assign(stream, { rawHeaders: [] as string[], rawTrailers: [] as string[], complete: false })
  const push = stream.push.bind(stream)
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && !stream.closed) answer.complete = true
    return push(chunk, encoding)
  }
  stream.on('trailers', (...[, , raw]: unknown[]) => (answer.rawTrailers = raw as string[]))
  return answer
}

function trailersOf(body: Payload): Fields | undefined {
  return isNativeUpload(body) ? body.trailers : undefined
}

function piecesOf(body: Payload): AsyncIterator<Uint8Array, undefined> {
  if (isNativeUpload(body)) return body.iterate()
  return Readable.fromWeb(body.stream() as import('node:stream/web').ReadableStream)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>
}

function drained(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    if (stream.destroyed) return resolve()
    stream.on('drain', done).on('close', done)
  })
}
