// A request of Deno.serve in the gateway's wire form.
import { fieldValue, fromHeaders, type Fields, type Payload, type WireRequest } from '../../src/adapter.js'
import { requestBody } from '../shared/fetch-request.js'
import { targetIn } from '../shared/request-target.js'
import { upgradeAsked, withoutExtensions } from '../websocket/handshake.js'

/** The request as Deno left it: field names in lower case, the target as it was sent. */
export class DenoRequest implements WireRequest {
  readonly method: string
  readonly target: string
  readonly fields: Fields
  readonly body: Payload | undefined
  readonly upgrade: WireRequest['upgrade']
  readonly #request: Request
  #abort: AbortController | undefined

  constructor(request: Request) {
    this.method = request.method
    const fields = fromHeaders(request.headers)
    this.upgrade = upgradeAsked(this.method, fields)
    this.fields = this.upgrade ? withoutExtensions(fields) : fields
    this.target = targetIn(request.url, request.method, fieldValue(this.fields, 'host') ?? '')
    this.body = requestBody(request, this.fields)
    this.#request = request
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController())
      const { signal } = this.#request
      if (signal.aborted) abort.abort()
      else signal.addEventListener('abort', this.#onAbort, { once: true })
    }
    return this.#abort.signal
  }

  /** The answer is on its way. From here on Deno's signal fires for a complete answer too; a client that goes cancels the body. */
  answered(): void {
    if (this.#abort) this.#request.signal.removeEventListener('abort', this.#onAbort)
  }

  /** Gives the request up as if the client had gone. */
  abandon(): void {
    void this.signal
    this.#onAbort()
  }

  readonly #onAbort = (): void => this.#abort?.abort()
}
