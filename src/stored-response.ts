// An answer as the Response that a cache store takes and gives.
import type { Answer } from './ports.js'
import { fromHeaders } from './http/fields.js'
import { StreamPayload } from './http/payload.js'
import { lengthOf, toResponse } from './wire.js'

/** Under this key a {@link LazyResponse} carries the answer it was made from. */
const ANSWER: unique symbol = Symbol('answer')

/**
 * A Response that is built only when somebody reads it as one. A store that gives these out spares each cache hit the
 * cost of a real Response, which on Node is more than that of the rest of the hit.
 */
export class LazyResponse {
  readonly [ANSWER]: Answer
  #response: Response | undefined

  constructor(answer: Answer) {
    // A store's promise is a Response: `instanceof` must hold. Not before one is made: Node loads its whole fetch when the name is first read.
    if (Object.getPrototypeOf(LazyResponse.prototype) === Object.prototype) Object.setPrototypeOf(LazyResponse.prototype, Response.prototype)
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
