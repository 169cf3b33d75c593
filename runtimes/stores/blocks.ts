// A body in a file, read block by block as it is sent. Each block has a checksum, so that a part of the body can be read by itself and none is sent damaged.
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Payload } from '../../src/adapter.js'

export const BLOCK_BYTES = 256 * 1024

/** The file of a body, open for reading, with what is known of it. */
export interface BlockFile {
  readonly handle: FileHandle
  readonly length: number
  readonly checksums: Buffer
  /** Is told when a block is not what was written. */
  readonly onDamage: () => Promise<unknown>
}

export class BlockBody implements Payload {
  readonly length: number
  readonly #file: BlockFile
  readonly #first: number
  #used = false

  /** The bytes from `first` on. Closes the file when they have been read or given up. */
  constructor(file: BlockFile, first = 0, length = file.length) {
    this.#file = file
    this.#first = first
    this.length = length
  }

  get used(): boolean {
    return this.#used
  }

  slice(first: number, last: number): BlockBody {
    return new BlockBody(this.#file, this.#first + first, last - first + 1)
  }

  stream(): ReadableStream<Uint8Array> {
    this.#used = true
    let at = this.#first
    const end = this.#first + this.length
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const start = at - (at % BLOCK_BYTES)
        const block = await this.#block(start)
        const next = Math.min(start + BLOCK_BYTES, end)
        controller.enqueue(block.subarray(at - start, next - start))
        at = next
        if (at < end) return
        controller.close()
        this.cancel()
      },
      cancel: () => this.cancel(),
    }, { highWaterMark: 0 })
  }

  cancel(): void {
    // A file that was only read has nothing to lose by a failure to close it.
    this.#file.handle.close().catch(() => {})
  }

  async #block(start: number): Promise<Uint8Array> {
    const { handle, length, checksums, onDamage } = this.#file
    const block = await readFully(handle, start, Math.min(BLOCK_BYTES, length - start))
    const at = (start / BLOCK_BYTES) * 4
    if (at + 4 <= checksums.byteLength && start + block.byteLength === Math.min(start + BLOCK_BYTES, length) && crc32(block) === checksums.readUInt32BE(at)) return block
    this.cancel()
    await onDamage()
    throw new Error('the stored body is damaged')
  }
}

/** As many of the bytes as the file has. */
export async function readFully(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length)
  let at = 0
  while (at < length) {
    const { bytesRead } = await handle.read(buffer, at, length - at, position + at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return buffer.subarray(0, at)
}
