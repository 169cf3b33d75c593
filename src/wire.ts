// Between the Web's Request and Response and the wire form that the stages work on.
import type { Answer } from './ports.js'
import { type Fields, fieldValue, fromHeaders, toHeaders } from './http/fields.js'
import { type Payload, StreamPayload } from './http/payload.js'

/** Under this key a {@link LazyResponse} carries the answer it was made from. */
const ANSWER: unique symbol = Symbol('answer')

/** A request as it stood on the wire. */
export interface WireRequest {
  readonly method: string
  /** Request target as sent: not decoded, dot segments not resolved, absolute form kept. */
  readonly target: string
  readonly fields: Fields
  readonly body: Payload | undefined
  /** The protocol the client asks to change to, where the adapter can carry it (RFC 9110 §7.8). */
  readonly upgrade?: 'websocket' | undefined
  /** Sends an interim answer, 102 or 103, where the adapter can (RFC 9110 §15.2). */
  readonly inform?: ((status: number, fields: Fields) => void) | undefined
  /** Aborted when the client goes away before the answer is complete. */
  readonly signal: AbortSignal | undefined
}

/** The wire form of a plain Request, for platforms that give no other: its target is what the platform's URL parser left. */
export function wireOf(request: Request): WireRequest {
  const scheme = request.url.indexOf('://')
  const slash = request.url.indexOf('/', scheme + 3)
  const fields = fromHeaders(request.headers)
  const length = lengthOf(fields)
  const host = fieldValue(fields, 'host') === undefined ? ['Host', request.url.slice(scheme + 3, slash < 0 ? undefined : slash)] : []
  return {
    method: request.method,
    target: (slash < 0 ? '/' : request.url.slice(slash)).split('#', 1)[0]!,
    fields: [...host, ...fields],
    body: request.body && length !== 0 ? new StreamPayload(request.body, length, request.bodyUsed || request.body.locked) : undefined,
    signal: request.signal,
  }
}

/** The body's length as the message tells it; undefined when it does not. */
export function lengthOf(fields: Fields): number | undefined {
  const value = fieldValue(fields, 'content-length')
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
}

/** Statuses with which a Response must not be given a body, not even an empty one (Fetch §2.2.3). */
const NULL_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304])

/** A real Response, as every fetch platform takes it. */
export function toResponse({ status, reason, fields, body }: Answer): Response {
  const init = { status, headers: toHeaders(fields), ...(reason === undefined ? {} : { statusText: reason }) }
  if (body && NULL_BODY.has(status)) body.cancel()
  return new Response((NULL_BODY.has(status) ? null : (body?.stream() ?? null)) as BodyInit | null, init)
}

/**
 * A Response that is built only when somebody reads it as one. A store that gives these out spares each cache hit the
 * cost of a real Response, which on Node is more than that of the rest of the hit.
 */
export class LazyResponse {
  readonly [ANSWER]: Answer
  #response: Response | undefined

  constructor(answer: Answer) {
    this[ANSWER] = answer
  }

  get #real(): Response {
    return (this.#response ??= toResponse(this[ANSWER]))
  }

  get status(): number {
    return this[ANSWER].status
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get statusText(): string {
    return this[ANSWER].reason ?? ''
  }

  get headers(): Headers {
    return this.#real.headers
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#real.body
  }

  get bodyUsed(): boolean {
    return this.#response?.bodyUsed ?? false
  }

  get redirected(): boolean {
    return false
  }

  get type(): ResponseType {
    return 'default'
  }

  get url(): string {
    return ''
  }

  clone(): Response {
    return this.#real.clone()
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#real.arrayBuffer()
  }

  blob(): Promise<Blob> {
    return this.#real.blob()
  }

  bytes(): Promise<Uint8Array> {
    return this.#real.arrayBuffer().then((buffer) => new Uint8Array(buffer))
  }

  formData(): Promise<FormData> {
    return this.#real.formData()
  }

  json(): Promise<unknown> {
    return this.#real.json() as Promise<unknown>
  }

  text(): Promise<string> {
    return this.#real.text()
  }
}

// A store's promise is a Response: `instanceof` must hold.
Object.setPrototypeOf(LazyResponse.prototype, Response.prototype)

/** A real Response for a store to keep. One that keeps it in this process finds the answer in it, case and order of fields and all. */
export function storableResponse(answer: Answer): Response {
  return Object.assign(toResponse(answer), { [ANSWER]: answer })
}

/** The answer in a Response: a lazy one's as it is, any other taken apart. */
export function answerOf(response: Response): Answer {
  const lazy = (response as { [ANSWER]?: Answer })[ANSWER]
  if (lazy) return lazy
  const fields = fromHeaders(response.headers)
  return {
    status: response.status,
    reason: response.statusText || undefined,
    fields,
    body: response.body ? new StreamPayload(response.body, lengthOf(fields)) : undefined,
  }
}
