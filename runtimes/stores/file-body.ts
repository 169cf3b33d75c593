// A body that is read from its file as it is sent, and breaks when its checksum does not hold.
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Payload } from '../../src/adapter.js'
import { SUFFIX_BYTES } from './record.js'

const CHUNK_BYTES = 64 * 1024

export class FileBody implements Payload {
  readonly length: number
  readonly #handle: FileHandle
  readonly #at: number
  readonly #onDamage: () => Promise<unknown>
  #used = false

  /** Closes the file when it has been read or given up. */
  constructor(handle: FileHandle, at: number, length: number, onDamage: () => Promise<unknown>) {
    this.#handle = handle
    this.#at = at
    this.length = length
    this.#onDamage = onDamage
  }

  get used(): boolean {
    return this.#used
  }

  stream(): ReadableStream<Uint8Array> {
    this.#used = true
    let done = 0
    let crc = 0
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, this.length - done))
        const { bytesRead } = await this.#handle.read(chunk, 0, chunk.byteLength, this.#at + done)
        const piece = chunk.subarray(0, bytesRead)
        crc = crc32(piece, crc)
        done += bytesRead
        if (bytesRead === 0 || (done === this.length && !(await this.#holds(crc)))) {
          this.cancel()
          await this.#onDamage()
          throw new Error('the stored body is damaged')
        }
        controller.enqueue(piece)
        if (done < this.length) return
        controller.close()
        this.cancel()
      },
      cancel: () => this.cancel(),
    }, { highWaterMark: 0 })
  }

  cancel(): void {
    // A file that was only read has nothing to lose by a failure to close it.
    this.#handle.close().catch(() => {})
  }

  async #holds(crc: number): Promise<boolean> {
    const suffix = Buffer.alloc(SUFFIX_BYTES)
    const { bytesRead } = await this.#handle.read(suffix, 0, SUFFIX_BYTES, this.#at + this.length)
    return bytesRead === SUFFIX_BYTES && suffix.readUInt32BE() === crc
  }
}
