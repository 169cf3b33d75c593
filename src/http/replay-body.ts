// Keeps a body while it is sent, so that it can be sent again from its first byte.
import type { Payload } from './payload.js'

const NOTHING = new Uint8Array(0)

/** One reading of the body: how far it has come, and whether it was given up. */
interface View {
  at: number
  cancelled: boolean
}

/**
 * A body that may be streamed more than once. Nothing is collected ahead: pieces pass as they come, copies of them stay.
 * Once more than `maxBytes` have passed, or after {@link release}, nothing is kept any more and the body is used up.
 */
export class ReplayBody implements Payload {
  readonly length: number | undefined
  readonly #source: Payload
  readonly #maxBytes: number
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #keeping = true
  /** Begins with the `#bytes` that came first; undefined once they are let go. */
  #kept: Uint8Array | undefined = NOTHING
  #bytes = 0
  /** A piece that came and is not to be kept, until it has been passed on. */
  #beyond: Uint8Array | undefined
  #ended = false
  #reading: Promise<void> | undefined
  #latest: View = { at: 0, cancelled: false }

  constructor(source: Payload, maxBytes: number) {
    this.length = source.length
    this.#source = source
    this.#maxBytes = maxBytes
  }

  get used(): boolean {
    return !this.#keeping
  }

  /** The body from its first byte. A stream that was given out before fails from now on. */
  stream(): ReadableStream<Uint8Array> {
    const view: View = { at: 0, cancelled: false }
    this.#latest = view
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const piece = await this.#next(view)
          if (view.cancelled) return
          if (piece) controller.enqueue(piece)
          else controller.close()
        },
        cancel: () => void (view.cancelled = true),
      },
      { highWaterMark: 0 },
    )
  }

  /** Leaves the source as it is: whoever gives one attempt up may make another. */
  cancel(): void {}

  /** Keeps nothing any more, since no other attempt will be made. The stream that is being read goes on. */
  release(): void {
    this.#keeping = false
    if (this.#latest.at === this.#bytes) this.#kept = undefined
  }

  async #next(view: View): Promise<Uint8Array | undefined> {
    for (;;) {
      if (view !== this.#latest) throw new Error('the body is being sent again')
      if (view.at < this.#bytes) {
        if (!this.#kept) throw new Error('the body was not kept')
        // A copy, since whoever sends a piece may hold on to its buffer or detach it.
        const piece = this.#kept.slice(view.at, this.#bytes)
        view.at = this.#bytes
        if (!this.#keeping) this.#kept = undefined
        return piece
      }
      if (this.#beyond) {
        const piece = this.#beyond
        this.#beyond = undefined
        this.release()
        return piece
      }
      if (this.#ended) return undefined
      await (this.#reading ??= this.#read())
    }
  }

  async #read(): Promise<void> {
    this.#reader ??= this.#source.stream().getReader()
    const { done, value } = await this.#reader.read()
    if (done) this.#ended = true
    else if (this.#kept && this.#keeping && this.#bytes + value.byteLength <= this.#maxBytes) this.#keep(this.#kept, value)
    else this.#beyond = value
    this.#reading = undefined
  }

  /** Copies into one buffer, so that a body of many tiny pieces costs no more than its bytes. */
  #keep(kept: Uint8Array, piece: Uint8Array): void {
    const needed = this.#bytes + piece.byteLength
    if (needed > kept.byteLength) {
      this.#kept = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, kept.byteLength * 2)))
      this.#kept.set(kept.subarray(0, this.#bytes))
      kept = this.#kept
    }
    kept.set(piece, this.#bytes)
    this.#bytes = needed
  }
}
