// The beginning of a body, taken in; and the body again, for whoever reads it after that.
import { joinPieces } from '../../../http/join-pieces.js'
import { BytesPayload, type Payload } from '../../../http/payload.js'

/** The first bytes of a body. */
export interface Gathered {
  readonly bytes: Uint8Array
  /** The whole body, those bytes in front. */
  readonly body: Payload
  /** Whether the bytes are all there is. */
  readonly whole: boolean
}

/** Takes in a body up to a number of bytes, and a piece more where one crosses it. */
export async function gather(body: Payload, maxBytes: number): Promise<Gathered> {
  const reader = body.stream().getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length <= maxBytes) {
    const { done, value } = await reader.read()
    if (done) {
      const bytes = joinPieces(pieces)
      return { bytes, body: new BytesPayload(bytes), whole: true }
    }
    pieces.push(value)
    length += value.byteLength
  }
  const bytes = joinPieces(pieces)
  return { bytes, body: new Resumed(bytes, reader, body.length), whole: false }
}

/** A body whose beginning was read already. */
class Resumed implements Payload {
  readonly length: number | undefined
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #first: Uint8Array | undefined
  #used = false

  constructor(first: Uint8Array, reader: ReadableStreamDefaultReader<Uint8Array>, length: number | undefined) {
    this.#first = first
    this.#reader = reader
    this.length = length
  }

  get used(): boolean {
    return this.#used
  }

  stream(): ReadableStream<Uint8Array> {
    this.#used = true
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const first = this.#first
        this.#first = undefined
        if (first) return controller.enqueue(first)
        const { done, value } = await this.#reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => this.#reader.cancel(reason),
    }, { highWaterMark: 0 })
  }

  cancel(reason?: unknown): void {
    this.#used = true
    // What failed already was told where it was read.
    this.#reader.cancel(reason).catch(() => {})
  }
}
