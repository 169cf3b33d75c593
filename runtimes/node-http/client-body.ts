// The body of an answer that a client of Node's is receiving.
import type { Readable } from 'node:stream'
import { type ErrorCode, GatewayError } from '../../src/index.js'
import { lengthOf } from '../../src/adapter.js'
import type { Watchdog } from '../shared/watchdog.js'
import { type AnswerSink, endWithTrailers, flushHead, type NativeBody } from './response.js'

/** An answer that is being received, as node:http has it. */
export interface Received extends Readable {
  rawHeaders: string[]
  rawTrailers: string[]
  /** Whether all of it has come. */
  complete: boolean
}

/** What the attempt is told of its answer's body. */
export interface BodyObserver {
  moved(): void
  /** The client has to take what there is before more is read. */
  held(): void
  cancelled(): void
  /** The error to report for one of the connection. */
  failure(error: Error | undefined): GatewayError
}

/** What a body is watched by while it comes. */
export interface BodyWatch extends Pick<BodyObserver, 'failure'> {
  readonly watchdog: Watchdog
  readonly idleMs: number
  abort(error: GatewayError): void
}

/** The body, whose next piece, or whose client, is waited for no longer than the idle limit; a client that leaves ends its request. */
export function watchedBody(incoming: Received, { watchdog, idleMs, abort, failure }: BodyWatch): IncomingBody {
  const idle = (code: ErrorCode) => (): void => watchdog.wait(code, idleMs, 'timeout.idle')
  const moved = idle('http_response_incomplete')
  moved()
  return new IncomingBody(incoming, { moved, held: idle('client_timeout'), cancelled: () => abort(new GatewayError('client_aborted')), failure })
}

/** Relays the body; one that ends before its framing says so fails. */
export class IncomingBody implements NativeBody {
  readonly length: number | undefined
  used = false
  readonly #incoming: Received
  readonly #observer: BodyObserver

  constructor(incoming: Received, observer: BodyObserver) {
    this.#incoming = incoming
    this.#observer = observer
    this.length = lengthOf(incoming.rawHeaders)
  }

  sendTo(response: AnswerSink): void {
    flushHead(response)
    response.on('drain', () => this.#resume())
    response.once('close', () => response.writableFinished || this.cancel())
    this.#relay({ write: (chunk) => response.write(chunk), end: () => endWithTrailers(response, this.#incoming.rawTrailers), fail: () => void response.destroy() })
  }

  stream(): ReadableStream<Uint8Array> {
    // What still comes of a body that was given up must not reach its stream, which would throw.
    let givenUp = false
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#relay({
          write: (chunk) => {
            if (!givenUp) controller.enqueue(chunk)
            return (controller.desiredSize ?? 0) > 0
          },
          end: () => givenUp || controller.close(),
          fail: (error) => controller.error(error),
        })
      },
      pull: () => this.#resume(),
      cancel: () => {
        givenUp = true
        this.cancel()
      },
    })
  }

  onEnd(over: () => void): void {
    this.#incoming.once('end', over).once('error', over).once('close', over)
  }

  cancel(): void {
    if (!this.#incoming.complete || !this.#incoming.readableEnded) this.#observer.cancelled()
  }

  #resume(): void {
    this.#observer.moved()
    this.#incoming.resume()
  }

  #relay(sink: Sink): void {
    this.used = true
    const incoming = this.#incoming
    let over = false
    const finish = (error?: Error): void => {
      if (over) return
      over = true
      if (incoming.complete && !error) sink.end()
      else sink.fail(this.#observer.failure(error))
    }
    if (incoming.destroyed && !incoming.readableEnded) return finish(incoming.errored ?? undefined)
    incoming.on('end', () => finish()).on('error', finish).on('close', () => finish())
    incoming.on('data', (chunk: Uint8Array) => {
      if (over) return
      this.#observer.moved()
      if (sink.write(chunk)) return
      incoming.pause()
      this.#observer.held()
    })
  }
}

/** Where the body goes. `write` tells whether more is welcome now. */
interface Sink {
  write(chunk: Uint8Array): boolean
  end(): void
  fail(error: GatewayError): void
}
