// The upstream transport over node:http, the strict one: raw targets, every timer, on Node, Bun and Deno alike.
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { type Answer, GatewayError, type OutboundRequest, type Transport } from '../../src/index.js'
import { editFields, fieldValue, type Fields, isBodiless } from '../../src/adapter.js'
import { codingFault } from '../shared/answer-coding.js'
import { interimFault } from '../shared/interim-answers.js'
import { plainReason } from '../shared/plain-reason.js'
import { upstreamError } from '../shared/upstream-error.js'
import { Watchdog } from '../shared/watchdog.js'
import { handshakeFault } from '../websocket/server-handshake.js'
import { SocketTunnel } from '../websocket/tunnel.js'
import { ConnectorAgent, keepAsTold, type Leading } from './agent.js'
import { watchedBody } from './client-body.js'
import { sendUpload } from './client-upload.js'
import { type Connector, connectionKey } from './connector.js'
import { PROBES, probeServer } from './probe.js'

/** Largest head of an answer, in bytes. */
const MAX_ANSWER_HEAD_BYTES = 64 * 1024

/** A transport with connections of its own. */
export function createNodeHttpTransport(connector: Connector): Transport & { close(): void } {
  const agent = new ConnectorAgent(connector)
  return {
    lacks: new Set(['http2'] as const),
    probes: PROBES,
    probe: (probe) => probeServer(probe, connector),
    send: (request) => {
      const checked = connector.nameOf(request.server)?.checked()
      return checked ? checked.then(() => attempt(request, agent)) : attempt(request, agent)
    },
    close: () => agent.destroy(),
  }
}

function attempt(request: OutboundRequest, agent: ConnectorAgent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    try {
      new Attempt(request, agent, resolve, reject)
    } catch (error) {
      // node:http throws for a head that it will not write.
      reject(upstreamError(error as Error))
    }
  })
}

/** One request on its way to one server. */
class Attempt {
  readonly #outbound: OutboundRequest
  readonly #reject: (error: GatewayError) => void
  readonly #watchdog = new Watchdog((error) => this.#abort(error))
  readonly #request: ClientRequest
  #failure: GatewayError | undefined
  #stopUpload: (() => void) | undefined
  #uploaded = false
  #answered = false
  #settled = false

  constructor(outbound: OutboundRequest, agent: ConnectorAgent, resolve: (answer: Answer) => void, reject: (error: GatewayError) => void) {
    this.#outbound = outbound
    this.#reject = reject
    const { signal } = outbound
    const request = (this.#request = openRequest(outbound, agent))
    request.on('error', (error) => this.#fail(error))
    request.on('socket', (socket) => {
      // Deno waits for the answer on a connection that ended before it was handed over.
      if (socket.destroyed) return this.#fail(socket.errored ?? Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }))
      // Deno sends a request again, whatever its method, when a connection marked as reused breaks; retries are not the transport's to make.
      request.reusedSocket = false
      this.#connected()
    })
    let interim = 0
    request.on('information', ({ statusCode, rawHeaders }) => {
      const fault = interimFault(++interim)
      if (fault) this.#abort(fault)
      else outbound.inform?.(statusCode, rawHeaders)
    })
    request.on('response', (response) => {
      const fault = codingFault(response.rawHeaders)
      if (fault) this.#abort(fault)
      else resolve(this.#answer(response))
    })
    request.on('upgrade', (response, socket, early) => {
      const upgraded = this.#upgraded(response, socket, early)
      if (upgraded) resolve(upgraded)
    })
    if (signal?.aborted) this.#onAbort()
    else signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (!outbound.body) request.end()
  }

  readonly #onAbort = (): void => this.#abort(new GatewayError('client_aborted'))

  #connected(): void {
    const { body, limits } = this.#outbound
    if (!body) {
      this.#uploaded = true
      return this.#watchdog.wait('http_response_timeout', limits.headersMs, 'timeout.headers')
    }
    // The body is begun no sooner than there is somebody to take it, so that another server can still be tried.
    this.#stopUpload = sendUpload(body, this.#request, {
      wait: (code) => (this.#answered ? this.#watchdog.moved() : this.#watchdog.wait(code, limits.idleMs, 'timeout.idle')),
      sent: () => {
        this.#uploaded = true
        if (!this.#answered) this.#watchdog.wait('http_response_timeout', limits.headersMs, 'timeout.headers')
      },
      broken: (cause) => this.#abort(cause instanceof GatewayError ? cause : new GatewayError('client_aborted', { message: 'the request broke off', cause })),
    })
  }

  #answer(response: IncomingMessage): Answer {
    this.#answered = true
    keepAsTold(response.socket, response)
    const status = response.statusCode ?? 0
    const fields = response.rawHeaders
    const head = { status, reason: plainReason(response.statusMessage), fields }
    response.on('error', (error) => this.#fail(error))
    response.on('end', () => this.#settle())
    if (isBodiless(status, this.#outbound.method)) {
      response.resume()
      return { ...head, body: undefined }
    }
    const body = watchedBody(response, {
      watchdog: this.#watchdog,
      idleMs: this.#outbound.limits.idleMs,
      abort: (error) => this.#abort(error),
      failure: (error) => this.#failure ?? new GatewayError('http_response_incomplete', { message: error?.message ?? 'the connection was closed', cause: error }),
    })
    return { ...head, body }
  }

  #upgraded({ rawHeaders }: IncomingMessage, socket: Socket, early: Buffer): Answer | undefined {
    const { upgrade, fields, limits } = this.#outbound
    const fault = upgrade ? handshakeFault(fields, rawHeaders) : 'the server switched protocols unasked'
    if (fault !== undefined) {
      socket.on('error', () => {}).destroy()
      this.#fail(new GatewayError('http_protocol_error', { message: fault }))
      return undefined
    }
    this.#settle()
    const { lease } = this.#outbound
    if (lease) socket.once('close', () => lease.ended())
    if (early.byteLength > 0) socket.unshift(early)
    return { status: 101, fields: rawHeaders, body: undefined, tunnel: new SocketTunnel(socket, limits) }
  }

  #abort(error: GatewayError): void {
    this.#failure ??= error
    this.#request.destroy(error)
    this.#fail(error)
  }

  #fail(error: Error): void {
    this.#failure ??= upstreamError(error)
    this.#settle()
    this.#reject(this.#failure)
  }

  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    if (this.#answered) this.#outbound.lease?.ended(this.#failure)
    this.#watchdog.stop()
    this.#outbound.signal?.removeEventListener('abort', this.#onAbort)
    this.#stopUpload?.()
    // A connection on which half a request stands can carry no other.
    if (!this.#uploaded) this.#request.destroy()
  }
}

function openRequest(outbound: OutboundRequest, agent: ConnectorAgent): ClientRequest {
  const { server, method, target, fields, body, upgrade, limits } = outbound
  const options: Leading & { maxHeaderSize: number } = {
    server,
    asker: outbound,
    connectMs: limits.connectMs,
    keeping: limits.keepAlive,
    key: connectionKey(server, limits.keepAlive, outbound),
    method,
    path: target,
    headers: [...withPlainLength(fields), ...(upgrade ? ['Connection', 'Upgrade', 'Upgrade', upgrade] : framing(method, fields, body !== undefined))],
    agent,
    setHost: false,
    maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
  }
  const request = httpRequest(options)
  request.maxHeadersCount = 0
  return request
}

/** The fields with a length that nobody can take for octal: zeros before it are allowed (RFC 9110 §8.6), and read in both ways. */
function withPlainLength(fields: Fields): Fields {
  const length = fieldValue(fields, 'content-length')
  return length !== undefined && /^0\d/.test(length) ? editFields(fields, { set: ['Content-Length', String(Number(length))] }) : fields
}

/** Methods that node:http leaves without framing when they have no body; all others would be announced as chunked. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

/** The framing to add. Always told: node:http writes the body of a GET or DELETE unframed, as a request of its own. */
function framing(method: string, fields: Fields, hasBody: boolean): Fields {
  if (fieldValue(fields, 'content-length') !== undefined) return []
  if (hasBody) return ['Transfer-Encoding', 'chunked']
  return BODILESS.has(method) ? [] : ['Content-Length', '0']
}
