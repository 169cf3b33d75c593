// A part of a body, cut while it passes.
import type { Payload } from './payload.js'
import type { ByteRange } from './range.js'

/** The bytes from `first` to `last`. Of a body that cannot give them by themselves, what is in front is read and thrown away. */
export function sliceBody(body: Payload, { first, last }: ByteRange): Payload {
  return body.slice?.(first, last) ?? new Slice(body, first, last)
}

class Slice implements Payload {
  readonly length: number
  readonly #body: Payload
  readonly #first: number

  constructor(body: Payload, first: number, last: number) {
    this.#body = body
    this.#first = first
    this.length = last - first + 1
  }

  get used(): boolean {
    return this.#body.used
  }

  stream(): ReadableStream<Uint8Array> {
    const reader = this.#body.stream().getReader()
    let skip = this.#first
    let left = this.length
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        for (;;) {
          const { done, value } = await reader.read()
          // A stored body that ends early must not look like a whole answer.
          if (done) return controller.error(new Error('the body ended before the range'))
          const piece = value.subarray(Math.min(skip, value.byteLength), Math.min(skip + left, value.byteLength))
          skip = Math.max(0, skip - value.byteLength)
          if (piece.byteLength === 0) continue
          left -= piece.byteLength
          controller.enqueue(piece)
          if (left === 0) {
            controller.close()
            await reader.cancel()
          }
          return
        }
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 })
  }

  cancel(reason?: unknown): void {
    this.#body.cancel(reason)
  }
}
