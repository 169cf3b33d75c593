// A body made of pieces of an open file: read as it is taken, so much at a time, and the file is closed whatever becomes of it.
import type { Payload } from '../http/payload.js'
import { type FileAnswer, lengthOf } from './answer.js'
import type { OpenedFile } from './folder.js'

/** What is read at once; a client that takes nothing costs no more. Half of it takes more time for each byte. */
const MAX_READ_BYTES = 256 * 1024

export class FileBody implements Payload {
  readonly length: number
  readonly #file: OpenedFile
  readonly #pieces: FileAnswer['pieces']
  #used = false

  constructor(file: OpenedFile, pieces: FileAnswer['pieces']) {
    this.#file = file
    this.#pieces = pieces
    this.length = lengthOf(pieces)
  }

  get used(): boolean {
    return this.#used
  }

  stream(): ReadableStream<Uint8Array> {
    this.#used = true
    const file = this.#file
    const left = [...this.#pieces]
    let at = 0
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = left[0]!
        try {
          if (piece instanceof Uint8Array) controller.enqueue(piece)
          else {
            const first = piece.first + at
            const bytes = await file.read(first, Math.min(MAX_READ_BYTES, piece.last - first + 1))
            // Cut short while it was sent: its length has been promised, and the client has to see that it is not kept.
            if (bytes.byteLength === 0) throw new Error('the file has become shorter')
            controller.enqueue(bytes)
            at += bytes.byteLength
            if (first + bytes.byteLength <= piece.last) return
          }
          at = 0
          left.shift()
          if (left.length > 0) return
          file.close()
          controller.close()
        } catch (error) {
          file.close()
          controller.error(error)
        }
      },
      cancel: () => file.close(),
    }, { highWaterMark: 0 })
  }

  cancel(): void {
    this.#file.close()
  }
}
