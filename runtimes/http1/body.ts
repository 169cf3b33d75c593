// The body of an answer while it arrives: held for whoever reads it, and not read ahead by more than a little.
import type { GatewayError } from '../../src/index.js'
import type { Fields } from '../../src/adapter.js'
import { type AnswerSink, endWithTrailers, flushHead, type NativeBody } from '../node-http/response.js'
import { type PieceSource, streamOf } from '../shared/fetch-bodies.js'

/** How much is taken in before anybody asks for it. */
const READ_AHEAD_BYTES = 64 * 1024

/** What the attempt is told of its answer's body. */
export interface BodyObserver {
  /** The client takes more; the server has to give it. */
  asked(): void
  /** A piece has been handed over; the client has to take it. */
  given(): void
  /** A client of node:http takes nothing more for now; its listener limits that. */
  held(): void
  /** More is welcome. */
  room(): void
  cancelled(): void
  /** A piece is with the system, and its memory may be used for others. */
  readonly written?: ((piece: Uint8Array) => void) | undefined
}

/** A body on its way from a server. */
export class ArrivingBody implements NativeBody, PieceSource {
  readonly length: number | undefined
  used = false
  readonly #observer: BodyObserver
  #pieces: Uint8Array[] = []
  #bytes = 0
  #reader: { readonly resolve: (piece: Uint8Array | undefined) => void; readonly reject: (error: GatewayError) => void } | undefined
  #state: 'open' | 'complete' | { readonly error: GatewayError } = 'open'
  #breakOff: ((reason: unknown) => void) | undefined
  #over: (() => void)[] | undefined
  #response: AnswerSink | undefined
  #trailers: Fields = []

  constructor(length: number | undefined, observer: BodyObserver) {
    this.length = length
    this.#observer = observer
  }

  /** A piece has come. Returns whether more is welcome now. */
  add(piece: Uint8Array): boolean {
    if (this.#response) return this.#write(this.#response, piece)
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

  complete(trailers: Fields): void {
    this.#state = 'complete'
    this.#trailers = trailers
    if (this.#response) endWithTrailers(this.#response, trailers)
    this.#reader?.resolve(undefined)
    this.#over?.forEach((over) => over())
  }

  /** It breaks off, for whoever reads it too, at once. */
  fail(error: GatewayError): void {
    if (this.#state !== 'open') return
    this.#state = { error }
    if (this.#response) this.#response.destroy()
    else if (this.#reader) this.#reader.reject(error)
    else this.#breakOff?.(error)
    this.#pieces = []
    this.#over?.forEach((over) => over())
  }

  stream(): ReadableStream<Uint8Array> {
    return streamOf(this.pieces())
  }

  sendTo(response: AnswerSink): void {
    this.used = true
    if (typeof this.#state === 'object') return void response.destroy()
    const early = this.#pieces
    this.#pieces = []
    if (early.length === 0) flushHead(response)
    if (this.#state === 'complete') {
      for (const piece of early) this.#write(response, piece)
      return endWithTrailers(response, this.#trailers)
    }
    this.#response = response
    response.on('drain', () => {
      this.#observer.asked()
      this.#observer.room()
    })
    response.once('close', () => response.writableFinished || this.cancel())
    let more = true
    for (const piece of early) more = this.#write(response, piece)
    if (!more) return
    this.#observer.asked()
    this.#observer.room()
  }

  #write(response: AnswerSink, piece: Uint8Array): boolean {
    const { written } = this.#observer
    const more = written ? response.write(piece, (error) => error || written(piece)) : response.write(piece)
    if (this.#state === 'open') {
      if (more) this.#observer.asked()
      else this.#observer.held()
    }
    return more
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
