// A request body as undici takes it, piece by piece, watched: undici's own limit knows neither who stalls nor that a body moves.
import { Readable } from 'node:stream'
import type { AttemptLimits, GatewayError } from '../../src/index.js'
import type { Payload } from '../../src/adapter.js'
import { isNativeUpload } from '../node-http/request.js'
import { Watchdog } from '../shared/watchdog.js'

/** Is asked for a piece once the server has taken the one before. */
export class Upload implements AsyncIterableIterator<Uint8Array> {
  readonly #body: Payload
  readonly #limits: AttemptLimits
  readonly #watchdog: Watchdog
  #pieces: AsyncIterator<Uint8Array> | undefined
  #answered = false

  /** `onStall` is given the error for the side that has stalled, or for an answer that does not come. */
  constructor(body: Payload, limits: AttemptLimits, onStall: (error: GatewayError) => void) {
    this.#body = body
    this.#limits = limits
    this.#watchdog = new Watchdog(onStall)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const { idleMs, headersMs } = this.#limits
    if (!this.#answered) this.#watchdog.wait('client_timeout', idleMs, 'timeout.idle')
    // Begun no sooner than there is a server to take it, so that another one can still be tried.
    this.#pieces ??= iteratorOf(this.#body)
    const piece = await this.#pieces.next()
    if (this.#answered) return piece
    if (piece.done) this.#watchdog.wait('http_response_timeout', headersMs, 'timeout.headers')
    else this.#watchdog.wait('http_response_timeout', idleMs, 'timeout.idle')
    return piece
  }

  /** The server needs no more. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    this.answered()
    await this.#pieces?.return?.()
    return { done: true, value: undefined }
  }

  /** The answer has begun, or there will be none: from here on its own limits count. */
  answered(): void {
    this.#answered = true
    this.#watchdog.stop()
  }
}

function iteratorOf(body: Payload): AsyncIterator<Uint8Array> {
  // An origin that answers early makes undici give the body up.
  if (isNativeUpload(body)) return body.iterate()
  return Readable.fromWeb(body.stream() as import('node:stream/web').ReadableStream)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
}
