// The upstream transport over node:http, the strict one: raw targets, every timer, on Node, Bun and Deno alike.
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as SecureAgent, request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { type Answer, GatewayError, type OutboundRequest, type Transport } from '../../src/index.js'
import { fieldValue, type Fields, isBodiless } from '../../src/adapter.js'
import { upstreamError } from '../shared/upstream-error.js'
import { Watchdog } from '../shared/watchdog.js'
import { IncomingBody } from './client-body.js'
import { sendUpload } from './client-upload.js'
import { SocketTunnel } from './tunnel.js'

/** Largest head of an answer, in bytes. */
const MAX_ANSWER_HEAD_BYTES = 64 * 1024
/** Below the 5 s after which a Node origin closes an idle connection. */
const IDLE_CONNECTION_MS = 4000

/** A transport with connection pools of its own. */
export function createNodeHttpTransport(): Transport & { close(): void } {
  // An agent's timeout ends idle connections only; those in use answer to the limits of their attempt.
  const settings = { keepAlive: true, timeout: IDLE_CONNECTION_MS, maxFreeSockets: 1024 }
  const plain = new Agent(settings)
  const secure = new SecureAgent(settings)
  return {
    lacks: new Set(),
    send: (request) =>
      new Promise((resolve, reject) => {
        try {
          new Attempt(request, request.server.secure ? secure : plain, resolve, reject)
        } catch (error) {
          // node:http throws for a head that it will not write.
          reject(upstreamError(error as Error))
        }
      }),
    close: () => {
      plain.destroy()
      secure.destroy()
    },
  }
}

/** One request on its way to one server. */
class Attempt {
  readonly #outbound: OutboundRequest
  readonly #reject: (error: GatewayError) => void
  readonly #watchdog = new Watchdog((code) => this.#abort(new GatewayError(code)))
  readonly #request: ClientRequest
  #failure: GatewayError | undefined
  #stopUpload: (() => void) | undefined
  #uploaded = false
  #answered = false
  #settled = false

  constructor(outbound: OutboundRequest, agent: Agent, resolve: (answer: Answer) => void, reject: (error: GatewayError) => void) {
    this.#outbound = outbound
    this.#reject = reject
    const { limits, signal } = outbound
    const request = (this.#request = openRequest(outbound, agent))
    this.#watchdog.wait('connection_timeout', limits.connectMs)
    request.on('error', (error) => this.#fail(error))
    request.on('socket', (socket) => {
      // Deno sends a request again, whatever its method, when a connection marked as reused breaks; retries are not the transport's to make.
      request.reusedSocket = false
      if (!socket.connecting) this.#connected()
      else socket.once(outbound.server.secure ? 'secureConnect' : 'connect', () => this.#connected())
    })
    request.on('information', ({ statusCode, rawHeaders }) => outbound.inform?.(statusCode, rawHeaders))
    request.on('response', (response) => resolve(this.#answer(response)))
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
      return this.#watchdog.wait('http_response_timeout', limits.headersMs)
    }
    // The body is begun no sooner than there is somebody to take it, so that another server can still be tried.
    this.#stopUpload = sendUpload(body, this.#request, {
      wait: (code) => (this.#answered ? this.#watchdog.moved() : this.#watchdog.wait(code, limits.idleMs)),
      sent: () => {
        this.#uploaded = true
        if (!this.#answered) this.#watchdog.wait('http_response_timeout', limits.headersMs)
      },
      broken: (cause) => this.#abort(cause instanceof GatewayError ? cause : new GatewayError('client_aborted', { message: 'the request broke off', cause })),
    })
  }

  #answer(response: IncomingMessage): Answer {
    this.#answered = true
    const status = response.statusCode ?? 0
    const fields = response.rawHeaders
    const head = { status, reason: response.statusMessage, fields }
    response.on('error', (error) => this.#fail(error))
    response.on('end', () => this.#settle())
    if (isBodiless(status, this.#outbound.method)) {
      response.resume()
      return { ...head, body: undefined }
    }
    const idle = (): void => this.#watchdog.wait('http_response_incomplete', this.#outbound.limits.idleMs)
    idle()
    const body = new IncomingBody(response, {
      moved: idle,
      cancelled: () => this.#abort(new GatewayError('client_aborted')),
      failure: (error) => this.#failure ?? new GatewayError('http_response_incomplete', { message: error?.message ?? 'the connection was closed', cause: error }),
    })
    return { ...head, body }
  }

  #upgraded({ rawHeaders }: IncomingMessage, socket: Socket, early: Buffer): Answer | undefined {
    const { upgrade, limits } = this.#outbound
    if (!upgrade) {
      socket.destroy()
      this.#fail(new GatewayError('http_protocol_error', { message: 'the server switched protocols unasked' }))
      return undefined
    }
    this.#settle()
    const { lease } = this.#outbound
    if (lease) socket.once('close', () => lease.ended())
    if (early.byteLength > 0) socket.unshift(early)
    return { status: 101, fields: rawHeaders, body: undefined, tunnel: new SocketTunnel(socket, limits.upgradedIdleMs) }
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

function openRequest({ server, method, target, fields, body, upgrade }: OutboundRequest, agent: Agent): ClientRequest {
  const { hostname, port, socketPath } = server
  const options = {
    ...(socketPath === undefined ? { host: hostname, port } : { socketPath }),
    method,
    path: target,
    headers: [...fields, ...(upgrade ? ['Connection', 'Upgrade', 'Upgrade', upgrade] : framing(method, fields, body !== undefined))],
    agent,
    setHost: false,
    maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
    // Otherwise node takes the name to verify from the Host field, which may be another's.
    ...(server.secure ? { servername: isIP(hostname) ? '' : hostname } : {}),
  }
  const request = server.secure ? httpsRequest(options) : httpRequest(options)
  request.maxHeadersCount = 0
  return request
}

/** Methods that node:http leaves without framing when they have no body; all others would be announced as chunked. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

/** The framing to add. Always told: node:http writes the body of a GET or DELETE unframed, as a request of its own. */
function framing(method: string, fields: Fields, hasBody: boolean): Fields {
  if (fieldValue(fields, 'content-length') !== undefined) return []
  if (hasBody) return ['Transfer-Encoding', 'chunked']
  return BODILESS.has(method) ? [] : ['Content-Length', '0']
}
