// The body of an answer while it arrives: held for whoever reads it, and not read ahead by more than a little.
import type { GatewayError } from '../../src/index.js'
import type { Payload } from '../../src/adapter.js'
import { type PieceSource, streamOf } from '../shared/fetch-bodies.js'

/** How much is taken in before anybody asks for it. */
const READ_AHEAD_BYTES = 64 * 1024

/** What the attempt is told of its answer's body. */
export interface BodyObserver {
  /** The client takes more; the server has to give it. */
  asked(): void
  /** A piece has been handed over; the client has to take it. */
  given(): void
  /** More is welcome. */
  room(): void
  cancelled(): void
}

/** A body on its way from a server. */
export class ArrivingBody implements Payload, PieceSource {
  readonly length: number | undefined
  used = false
  readonly #observer: BodyObserver
  #pieces: Uint8Array[] = []
  #bytes = 0
  #reader: { readonly resolve: (piece: Uint8Array | undefined) => void; readonly reject: (error: GatewayError) => void } | undefined
  #state: 'open' | 'complete' | { readonly error: GatewayError } = 'open'
  #breakOff: ((reason: unknown) => void) | undefined
  #over: (() => void)[] | undefined

  constructor(length: number | undefined, observer: BodyObserver) {
    this.length = length
    this.#observer = observer
  }

  /** A piece has come. Returns whether more is welcome now. */
  add(piece: Uint8Array): boolean {
    const reader = this.#reader
    if (reader) {
      this.#reader = undefined
      this.#observer.given()
      reader.resolve(piece)
      return true
    }
    this.#pieces.push(piece)
    this.#bytes += piece.byteLength
    return this.#bytes < READ_AHEAD_BYTES
  }

  complete(): void {
    this.#state = 'complete'
    this.#reader?.resolve(undefined)
    this.#over?.forEach((over) => over())
  }

  /** It breaks off, for whoever reads it too, at once. */
  fail(error: GatewayError): void {
    if (this.#state !== 'open') return
    this.#state = { error }
    if (this.#reader) this.#reader.reject(error)
    else this.#breakOff?.(error)
    this.#pieces = []
    this.#over?.forEach((over) => over())
  }

  stream(): ReadableStream<Uint8Array> {
    return streamOf(this.pieces())
  }

  /** Its pieces without a stream around them, for whoever makes one of its own. */
  pieces(): PieceSource {
    this.used = true
    return this
  }

  begun(breakOff: (reason: unknown) => void): void {
    this.#breakOff = breakOff
  }

  async next(): Promise<Uint8Array | undefined> {
    if (typeof this.#state === 'object') throw this.#state.error
    const piece = this.#pieces.length > 1 ? this.#joined() : this.#pieces.pop()
    this.#bytes = 0
    if (piece) {
      if (this.#state === 'open') {
        this.#observer.given()
        this.#observer.room()
      }
      return piece
    }
    if (this.#state === 'complete') return undefined
    this.#observer.asked()
    const arriving = new Promise<Uint8Array | undefined>((resolve, reject) => (this.#reader = { resolve, reject }))
    this.#observer.room()
    return arriving
  }

  /** What has come is handed over as one piece: each costs a turn of the stream. */
  #joined(): Uint8Array {
    const joined = Buffer.concat(this.#pieces)
    this.#pieces = []
    return joined
  }

  onEnd(over: () => void): void {
    if (this.#state === 'open') (this.#over ??= []).push(over)
    else over()
  }

  cancel(): void {
    if (this.#state === 'open') this.#observer.cancelled()
  }
}
