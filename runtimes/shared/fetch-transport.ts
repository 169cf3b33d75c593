// An upstream transport over a runtime's fetch. What the fetches differ in is told by a dialect.
import { type Answer, type ErrorCode, GatewayError, type OutboundRequest, type Transport, type TransportFeature } from '../../src/index.js'
import { editFields, type Fields, fieldValue, fromHeaders, isBodiless, lengthOf, type Payload, type Tunnel } from '../../src/adapter.js'
import { codingFault } from './answer-coding.js'
import { FetchedBody, type WatchedUpload, watchUpload } from './fetch-bodies.js'
import { plainReason } from './plain-reason.js'
import type { Limit } from './limit-passed.js'
import type { Reachability } from './reachability.js'
import { Watchdog } from './watchdog.js'

/** Largest body that is small. */
export const SMALL_BYTES = 16 * 1024

/** How one runtime's fetch is spoken to, so that it sends what it is given and hands on what it gets. */
export interface FetchDialect {
  readonly lacks: ReadonlySet<TransportFeature>
  /** Fields to send, with those named that the fetch would otherwise make up. */
  fields(fields: Fields): Fields
  /** Field lines in the form in which most of them survive. */
  headers(fields: Fields): HeadersInit
  /** A body of known length, in the form in which it is sent with that length. */
  sized(stream: ReadableStream<Uint8Array>, bytes: number): BodyInit
  /** Sends to an origin, which is the server's own or has an address in place of its name. */
  send(request: OutboundRequest, init: RequestInit, origin: string): Promise<Response>
  errorCode(error: Error): ErrorCode
  /** Asked before a request is sent, where the runtime can connect by itself; elsewhere connecting is part of the wait for the head. */
  readonly reachability?: Pick<Reachability, 'at' | 'answered' | 'failed'>
  /** What keeps this fetch from a request. */
  obstacle?(request: OutboundRequest): string | undefined
  /** Is told how a server answered. */
  told?(request: OutboundRequest, fields: Fields): void
  /** The connection behind a 101, where the fetch can upgrade one. */
  tunnel?(response: Response): Tunnel | undefined
  /** Whether small bodies of known length are taken in before their heads go on: it costs much less than a stream, and what breaks off is an error in place of half an answer. */
  readonly takesSmallWhole?: boolean
  /** Is told when a request that was sent is over, with its answer's body. */
  ended?(): void
}

/** The fields, with a line for each name that is not among them and that a fetch would otherwise give a value of its own. */
export function withStandIns(fields: Fields, standIns: Fields): Fields {
  const missing = standIns.filter((_, i) => fieldValue(fields, standIns[i - (i % 2)]!.toLowerCase()) === undefined)
  return missing.length === 0 ? fields : [...fields, ...missing]
}

/** Makes a transport of a dialect. What the fetch cannot carry as it is goes by `otherwise`, or is refused. */
export function createFetchTransport(dialect: FetchDialect, otherwise?: Transport): Transport {
  return {
    lacks: dialect.lacks,
    send: (request) => {
      if (request.body && isGrpc(request)) return Promise.reject(new GatewayError('not_implemented', { detail: 'This listener cannot pass on trailers, which gRPC has its status in.' }))
      const refusal = obstacle(request, dialect)
      if (refusal === undefined) return new Attempt(dialect, request).send()
      return otherwise ? otherwise.send(request) : Promise.reject(new GatewayError('not_implemented', { detail: refusal }))
    },
  }
}

/** Whether the answer will have its status in trailers, which no server of `Response`s can send; gRPC-Web has it in the body. */
function isGrpc({ method, fields }: OutboundRequest): boolean {
  return method === 'POST' && /^application\/grpc(?!-web)/i.test(fieldValue(fields, 'content-type') ?? '')
}

/** Methods that every fetch sends as they are; any other is tried out on a Request. */
const PLAIN_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** What keeps a fetch from carrying a request, undefined when nothing does. Runtimes turn unknown methods into GET, or change their case. */
function obstacle(request: OutboundRequest, { tunnel, obstacle }: FetchDialect): string | undefined {
  const { server, method, target, body, upgrade } = request
  if (upgrade && !tunnel) return `This listener cannot upgrade to ${upgrade}.`
  if (server.socketPath !== undefined) return 'This listener cannot pass on a request to a Unix socket.'
  if (server.proxyProtocol !== undefined) return 'This listener cannot write a PROXY header.'
  if (target === '*') return 'This listener cannot pass on a request for "*".'
  if (body && (method === 'GET' || method === 'HEAD')) return `This listener cannot pass on a ${method} with a body.`
  if (PLAIN_METHODS.has(method)) return obstacle?.(request)
  try {
    if (new Request('http://localhost', { method }).method === method) return obstacle?.(request)
  } catch {
    // A method that fetch forbids; the answer is the same.
  }
  return 'This listener cannot pass on the method.'
}

/** One request on its way to one server. */
class Attempt {
  readonly #dialect: FetchDialect
  readonly #outbound: OutboundRequest
  readonly #abort = new AbortController()
  readonly #watchdog = new Watchdog((error) => this.#giveUp(error))
  #failure: GatewayError | undefined
  /** Held on to while its body is read: once it is collected as garbage, Deno lets no abort through to that body any more. */
  protected response: Response | undefined
  #state: 'new' | 'sent' | 'answered' | 'over' = 'new'
  #upload: WatchedUpload | undefined
  #download: FetchedBody | undefined

  constructor(dialect: FetchDialect, outbound: OutboundRequest) {
    this.#dialect = dialect
    this.#outbound = outbound
  }

  async send(): Promise<Answer> {
    const { server, method, fields, body, upgrade, limits, signal } = this.#outbound
    if (signal?.aborted) throw new GatewayError('client_aborted')
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    try {
      const reached = this.#dialect.reachability?.at(server, limits.connectMs) ?? server.origin
      const origin = typeof reached === 'string' ? reached : await Promise.race([reached, this.#givenUp()])
      this.#watchdog.wait('http_response_timeout', limits.headersMs, 'timeout.headers')
      this.#state = 'sent'
      const response = await this.#dialect.send(this.#outbound, {
        method,
        headers: this.#dialect.headers([...this.#dialect.fields(fields), ...(upgrade ? ['Upgrade', upgrade] : [])]),
        body: body ? this.#begin(body) : null,
        redirect: 'manual',
        signal: this.#abort.signal,
        // Asked for by every fetch that takes a stream; missing from the DOM's types.
        duplex: 'half',
      } as RequestInit, origin)
      return await this.#answer(response)
    } catch (error) {
      this.#dialect.reachability?.failed(server)
      this.#settle()
      throw this.#failure ?? (error instanceof GatewayError ? error : new GatewayError(this.#dialect.errorCode(error as Error), { message: reasonOf(error as Error), cause: error }))
    }
  }

  /** Rejects when the attempt is given up; a probe that others wait for goes on. */
  #givenUp(): Promise<never> {
    return new Promise((_, reject) => this.#abort.signal.addEventListener('abort', () => reject(this.#failure!)))
  }

  #answer(response: Response): Answer | Promise<Answer> {
    this.response = response
    if (this.#state === 'sent') this.#state = 'answered'
    this.#dialect.reachability?.answered(this.#outbound.server)
    const { status } = response
    const fields = unambiguous(fromHeaders(response.headers))
    const fault = codingFault(fields)
    if (fault) {
      this.#giveUp(fault)
      throw fault
    }
    this.#dialect.told?.(this.#outbound, fields)
    const bodiless = isBodiless(status, this.#outbound.method)
    const head = { status, reason: plainReason(response.statusText || undefined), fields }
    const tunnel = this.#outbound.upgrade && status === 101 ? this.#dialect.tunnel?.(response) : undefined
    if (tunnel) {
      this.#settle()
      return { ...head, body: undefined, tunnel }
    }
    if (bodiless || !response.body) {
      this.#complete()
      return { ...head, body: undefined }
    }
    const { idleMs } = this.#outbound.limits
    const wait = (code: ErrorCode) => (): void => this.#watchdog.wait(code, idleMs, 'timeout.idle')
    // Until somebody reads, it is the reader that is waited for: what a client leaves unread says nothing against the server.
    const given = wait('client_timeout')
    given()
    const body = new FetchedBody(response, lengthOf(fields), {
      asked: wait('http_response_incomplete'),
      given,
      ended: () => this.#complete(),
      cancelled: () => this.#giveUp(new GatewayError('client_aborted')),
      failure: (cause) => (this.#failure ??= new GatewayError('http_response_incomplete', { message: reasonOf(cause), cause })),
    })
    this.#download = body
    const isSmall = body.length !== undefined && body.length <= SMALL_BYTES
    return isSmall && this.#dialect.takesSmallWhole ? body.whole().then((whole) => ({ ...head, body: whole })) : { ...head, body }
  }

  #begin(body: Payload): BodyInit {
    const { idleMs, headersMs } = this.#outbound.limits
    // From the head of the answer on, its body is what is watched.
    const wait = (code: ErrorCode, limitMs: number, limit: Limit): void => void (this.#state === 'sent' && this.#watchdog.wait(code, limitMs, limit))
    const upload = watchUpload(body, {
      asked: () => wait('client_timeout', idleMs, 'timeout.idle'),
      given: () => wait('http_response_timeout', idleMs, 'timeout.idle'),
      sent: () => {
        this.#upload = undefined
        wait('http_response_timeout', headersMs, 'timeout.headers')
      },
      // An erring stream alone would look like a complete body on some runtimes; an aborted request never does.
      broken: (cause) => this.#giveUp(cause instanceof GatewayError ? cause : new GatewayError('client_aborted', { message: 'the request broke off', cause })),
    })
    this.#upload = upload
    return body.length === undefined ? (upload.stream as BodyInit) : this.#dialect.sized(upload.stream, body.length)
  }

  readonly #onAbort = (): void => this.#giveUp(new GatewayError('client_aborted'))

  #giveUp(error: GatewayError): void {
    this.#failure ??= error
    this.#settle()
    this.#abort.abort(error)
    this.#download?.stop(error)
  }

  /** The answer is over. What is left of an upload is of no use to anybody, and Deno would go on sending it. */
  #complete(): void {
    this.#settle()
    if (!this.#upload) return
    // Workers take a stream that breaks for one that ends, unless the request is aborted before.
    this.#abort.abort()
    this.#upload.stop()
  }

  #settle(): void {
    if (this.#state === 'over') return
    if (this.#state === 'answered') this.#outbound.lease?.ended(this.#failure)
    if (this.#state !== 'new') this.#dialect.ended?.()
    this.#state = 'over'
    this.#watchdog.stop()
    this.#outbound.signal?.removeEventListener('abort', this.#onAbort)
  }
}

const LENGTH: ReadonlySet<string> = new Set(['content-length'])

/** A length beside a transfer coding is not the body's (RFC 9112 §6.3); fetches read the body right and leave both fields. */
function unambiguous(fields: Fields): Fields {
  return fieldValue(fields, 'transfer-encoding') === undefined ? fields : editFields(fields, { remove: LENGTH })
}

/** The innermost message, which says more than "fetch failed". */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}
