// The upstream transport on Node: undici's dispatch, whose parser and pool are used without a Request or a web stream in between.
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type Answer, type CheckedConfig, type OutboundRequest, type Transport, GatewayError } from '../../src/index.js'
import { BytesPayload, type Fields, isBodiless, lengthOf } from '../../src/adapter.js'
import { namesFor } from '../dns/names.js'
import { Http1Client } from '../http1/client.js'
import { Http2Client } from '../http2/client.js'
import { connectionKey, Connector, nameForTls } from '../node-http/connector.js'
import { type AnswerSink, endWithBytes, endWithTrailers, type NativeBody } from '../node-http/response.js'
import { PROBES, probeServer } from '../node-http/probe.js'
import { codingFault } from '../shared/answer-coding.js'
import { interimFault } from '../shared/interim-answers.js'
import { plainReason } from '../shared/plain-reason.js'
import { upstreamError } from '../shared/upstream-error.js'
import { Watchdog } from '../shared/watchdog.js'
import { handshakeFault } from '../websocket/server-handshake.js'
import { SocketTunnel } from '../websocket/tunnel.js'
import { type AnswerTaker, Connections } from './connections.js'
import { ReadBuffers } from './read-buffers.js'
import { limitOf } from './undici-limits.js'
import { Upload } from './upload.js'

/** A transport with connections of its own. */
export function createUndiciTransport(config: Pick<CheckedConfig, 'resolver'> = {}): Transport & { close(): Promise<void> } {
  const buffers = new ReadBuffers()
  const connector = new Connector(namesFor(config), (options) => buffers.connect(options))
  const pools = new Map<string, Connections>()
  const poolFor = (request: OutboundRequest): Connections => {
    const { server, client, peer, limits: { connectMs, keepAlive } } = request
    const key = `${connectionKey(server, keepAlive, request)} ${connectMs}`
    let pool = pools.get(key)
    if (!pool) pools.set(key, (pool = new Connections({ server, asker: { client, peer }, connectMs, keepAlive }, connector, () => pools.delete(key))))
    return pool
  }
  const http1 = new Http1Client(connector, { wholeBytes: 0, written: (piece) => buffers.giveBack(piece) })
  const http2 = new Http2Client(connector)
  const sendHttp1 = (request: OutboundRequest): Promise<Answer> => {
    if (http1.carries(request)) return http1.send(request)
    const pool = poolFor(request)
    const checked = pool.name?.checked()
    return checked ? checked.then(() => dispatch(poolFor(request), request, buffers)) : dispatch(pool, request, buffers)
  }
  return {
    lacks: new Set(),
    probes: PROBES,
    probe: (probe) => probeServer(probe, connector),
    send: (request) => (request.server.http2 && !request.upgrade ? http2.send(request).then((answer) => answer ?? sendHttp1(request)) : sendHttp1(request)),
    close: async () => {
      http1.close()
      http2.close()
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

function dispatch(pool: Connections, request: OutboundRequest, buffers: ReadBuffers): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { server, method, target, fields, body, upgrade, limits, signal } = request
    if (signal?.aborted) return reject(new GatewayError('client_aborted'))
    const handler = new AnswerHandler(request, buffers, resolve, reject)
    const options = {
      // undici would have it from its URL, which puts it together each time.
      origin: server.origin,
      path: target,
      method: method,
      headers: fields as string[],
      body: (handler.upload ?? (body instanceof BytesPayload ? body.bytes : null)) as DispatchBody,
      upgrade: upgrade ?? null,
      headersTimeout: handler.upload ? 0 : limits.headersMs,
      bodyTimeout: limits.idleMs,
      // Otherwise undici takes the name from the Host field, and a connection for each of them.
      servername: nameForTls(server),
    }
    pool.dispatch(options, handler)
  })
}

/** undici takes any async iterable, which its types leave out. */
type DispatchBody = Exclude<Dispatcher.DispatchOptions['body'], undefined>

/** How much of an answer is taken in before anybody reads it. */
const READ_AHEAD_BYTES = 64 * 1024

/** Takes one answer from undici and is its body at the same time. */
class AnswerHandler implements AnswerTaker, NativeBody {
  readonly #request: OutboundRequest
  readonly #buffers: ReadBuffers
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: GatewayError) => void
  #abort: ((reason: Error) => void) | undefined
  #resume: (() => void) | undefined
  #status = 0
  #sink: Sink | undefined
  #early: Buffer[] = []
  #earlyBytes = 0
  #interimAnswers = 0
  #waiting: Watchdog | undefined
  #trailers: Fields = []
  #over: (() => void)[] | undefined
  #state: 'open' | 'complete' | { readonly error: Error } = 'open'
  /** The body of the request, where it is one that can stall. */
  readonly upload: Upload | undefined
  length: number | undefined
  used = false
  connection: AnswerTaker['connection']

  constructor(request: OutboundRequest, buffers: ReadBuffers, resolve: (answer: Answer) => void, reject: (error: GatewayError) => void) {
    this.#request = request
    this.#buffers = buffers
    this.#resolve = resolve
    this.#reject = reject
    request.signal?.addEventListener('abort', this.#onAbort, { once: true })
    const { body, limits } = request
    if (body && !(body instanceof BytesPayload)) this.upload = new Upload(body, limits, (error) => this.#abort?.(error))
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort
    this.connection?.expectAnswer()
    if (this.#request.signal?.aborted) this.#onAbort()
  }

  onHeaders(status: number, lines: Buffer[], resume: () => void, reason: string): boolean {
    const fields = latin1(lines)
    if (status < 200) {
      this.#interim(status, fields)
      return true
    }
    this.#waiting?.stop()
    const fault = codingFault(fields)
    if (fault) {
      this.#abort?.(fault)
      return false
    }
    this.upload?.answered()
    this.#status = status
    this.#resume = resume
    const bodiless = this.#isBodiless
    if (!bodiless) this.length = lengthOf(fields)
    this.#resolve({ status, reason: plainReason(reason), fields, body: bodiless ? undefined : this })
    return true
  }

  #interim(status: number, fields: Fields): void {
    const fault = interimFault(++this.#interimAnswers)
    if (fault) return this.#abort?.(fault)
    if (!this.#waiting && !this.upload) {
      // undici's timer begins anew with each.
      this.#waiting = new Watchdog((error) => this.#abort?.(error))
      this.#waiting.wait('http_response_timeout', this.#request.limits.headersMs, 'timeout.headers')
    }
    this.#request.inform?.(status, fields)
  }

  onUpgrade(status: number, lines: Buffer[] | string[] | null, socket: Duplex): void {
    const { fields: asked, lease, limits } = this.#request
    const fields = latin1(lines ?? [])
    const fault = handshakeFault(asked, fields)
    if (fault !== undefined) {
      socket.on('error', () => {}).destroy()
      return this.onError(new GatewayError('http_protocol_error', { message: fault }))
    }
    this.#status = status
    this.#state = 'complete'
    this.#detach()
    if (lease) socket.once('close', () => lease.ended())
    this.#resolve({ status, fields, body: undefined, tunnel: new SocketTunnel(socket, limits) })
  }

  onData(chunk: Buffer): boolean {
    // undici gives one when it is resumed before more has come; to pause for it would be to be asked again at once.
    if (chunk.byteLength === 0) return true
    if (this.#sink) return this.#sink.write(chunk)
    this.#early.push(chunk)
    this.#earlyBytes += chunk.byteLength
    return this.#earlyBytes < READ_AHEAD_BYTES
  }

  onComplete(trailers: string[] | null): void {
    this.#finish('complete')
    this.#trailers = latin1(trailers ?? [])
    this.#sink?.end()
  }

  onError(error: Error): void {
    this.#waiting?.stop()
    this.upload?.answered()
    if (this.#status === 0) {
      this.#state = { error }
      this.#detach()
      this.#reject(limitOf(error, this.#request.limits) ?? upstreamError(error))
    } else if (this.#isBodiless) {
      // undici takes the Content-Length of a 204 or 304 for that of a body that did not come (RFC 9110 §8.6 allows it).
      this.#finish('complete')
    } else {
      const broken = error instanceof GatewayError ? error : (limitOf(error, this.#request.limits) ?? new GatewayError('http_response_incomplete', { message: error.message, cause: error }))
      this.#finish({ error: broken })
      this.#sink?.fail(broken)
    }
  }

  sendTo(response: AnswerSink): void {
    this.used = true
    const early = this.#takeEarly()
    const write = (chunk: Buffer): boolean => response.write(chunk, (error) => error || this.#buffers.giveBack(chunk))
    if (this.#state === 'complete') {
      if (early.length === 1 && this.#trailers.length === 0) return endWithBytes(response, early[0]!)
      for (const chunk of early) write(chunk)
      return endWithTrailers(response, this.#trailers)
    }
    if (typeof this.#state === 'object') return void response.destroy()
    const resume = this.#resume!
    // node:http holds the head back until the first piece of the body.
    if (early.length === 0) response.flushHeaders()
    let writable = true
    for (const chunk of early) writable = write(chunk)
    response.on('drain', resume)
    response.once('close', () => response.writableFinished || this.cancel())
    this.#sink = { write, end: () => endWithTrailers(response, this.#trailers), fail: () => void response.destroy() }
    if (writable) resume()
  }

  stream(): ReadableStream<Uint8Array> {
    this.used = true
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const chunk of this.#takeEarly()) controller.enqueue(chunk)
        if (this.#state === 'complete') controller.close()
        else if (typeof this.#state === 'object') controller.error(this.#state.error)
        else {
          this.#sink = {
            write: (chunk) => {
              controller.enqueue(chunk)
              return (controller.desiredSize ?? 0) > 0
            },
            end: () => controller.close(),
            fail: (error) => controller.error(error),
          }
        }
      },
      pull: () => this.#resume?.(),
      cancel: () => this.cancel(),
    })
  }

  onEnd(over: () => void): void {
    if (this.#state === 'open') (this.#over ??= []).push(over)
    else over()
  }

  cancel(): void {
    if (this.#state === 'open') this.#abort?.(new GatewayError('client_aborted'))
  }

  get #isBodiless(): boolean {
    return isBodiless(this.#status, this.#request.method)
  }

  /** What still waits for a connection cannot be called back from undici; it is given up when it gets one, and nobody waits until then. */
  readonly #onAbort = (): void => {
    const error = new GatewayError('client_aborted')
    if (this.#abort) this.#abort(error)
    else this.#reject(error)
  }

  /** The answer, whose head is out, is over. */
  #finish(state: 'complete' | { readonly error: GatewayError }): void {
    this.#state = state
    this.#detach()
    this.#request.lease?.ended(state === 'complete' ? undefined : state.error)
    this.#over?.forEach((over) => over())
  }

  #detach(): void {
    this.#request.signal?.removeEventListener('abort', this.#onAbort)
  }

  #takeEarly(): Buffer[] {
    const early = this.#early
    this.#early = []
    this.#earlyBytes = 0
    return early
  }
}

function latin1(lines: readonly (Buffer | string)[]): string[] {
  const texts = new Array<string>(lines.length)
  for (let i = 0; i < lines.length; i++) texts[i] = lines[i]!.toString('latin1')
  return texts
}

/** Where a body goes. `write` tells whether more is welcome now. */
interface Sink {
  write(chunk: Buffer): boolean
  end(): void
  fail(error: Error): void
}
