// A request of Deno.serve in the gateway's wire form.
import { fieldValue, fromHeaders, type Fields, type Payload, StreamPayload, type WireRequest } from '../../src/adapter.js'
import { requestBody } from '../shared/fetch-request.js'
import { authorityIn, targetIn } from '../shared/request-target.js'
import { upgradeAsked, withoutExtensions } from '../websocket/handshake.js'

/** The request as Deno left it: field names in lower case, the target as it was sent. */
export class DenoRequest implements WireRequest {
  readonly method: string
  readonly target: string
  readonly fields: Fields
  readonly body: Payload | undefined
  readonly upgrade: WireRequest['upgrade']
  readonly #request: Request
  readonly #abort = new AbortController()
  #listens = false

  /** `secure`: it came over TLS, by which Deno speaks HTTP/2 too, tells its `:authority` in the URL only, and has bodies that no field tells of (RFC 9113 §8.1.1). */
  constructor(request: Request, secure: boolean) {
    this.method = request.method
    const sent = fromHeaders(request.headers)
    const isHttp2 = secure && fieldValue(sent, 'host') === undefined
    const fields = isHttp2 ? ['Host', authorityIn(request.url), ...sent] : sent
    this.upgrade = upgradeAsked(this.method, fields)
    this.fields = this.upgrade ? withoutExtensions(fields) : fields
    this.target = targetIn(request.url, request.method, fieldValue(this.fields, 'host') ?? '')
    this.body = isHttp2 && request.body && fieldValue(fields, 'content-length') === undefined ? new StreamPayload(request.body) : requestBody(request, this.fields)
    this.#request = request
  }

  /** Aborted when the client goes away before the answer, once that is listened for. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Listens for the client's going, also for one that has gone already. A look at Deno's signal makes it, and an error for it to tell when the answer is complete. */
  listen(): void {
    const { signal } = this.#request
    if (signal.aborted) return this.abandon()
    signal.addEventListener('abort', this.#onAbort, { once: true })
    this.#listens = true
  }

  /** The answer is on its way. From here on Deno's signal fires for a complete answer too; a client that goes cancels the body. */
  answered(): void {
    if (this.#listens) this.#request.signal.removeEventListener('abort', this.#onAbort)
  }

  /** Gives the request up as if the client had gone. */
  abandon(): void {
    this.#abort.abort()
  }

  readonly #onAbort = (): void => this.abandon()
}
