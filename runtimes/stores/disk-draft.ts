// A body on its way to the disk, written block by block while it comes, and read by who follows it. It has a file once it is larger than a block.
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Draft, Payload } from '../../src/adapter.js'
import { BLOCK_BYTES, readFully } from './blocks.js'
import type { BodyFile } from './record.js'

export class DiskDraft implements Draft {
  readonly #path: string
  #handle: FileHandle | undefined
  /** The block that is being filled. */
  #block = new Uint8Array(BLOCK_BYTES)
  #filled = 0
  /** Bytes in the file. */
  #flushed = 0
  readonly #checksums: number[] = []
  #isPlaced = false

  /** `path` is free, and on the file system that the body is to stay on. */
  constructor(path: string) {
    this.#path = path
  }

  get length(): number {
    return this.#flushed + this.#filled
  }

  /** All of it, when none of it had to be written yet. */
  get bytes(): Uint8Array | undefined {
    return this.#handle ? undefined : this.#block.subarray(0, this.#filled)
  }

  async write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.byteLength; ) {
      if (this.#filled === BLOCK_BYTES) await this.#flush()
      const part = piece.subarray(at, at + BLOCK_BYTES - this.#filled)
      this.#block.set(part, this.#filled)
      this.#filled += part.byteLength
      at += part.byteLength
    }
  }

  async read(at: number, end: number): Promise<Uint8Array> {
    // What is in the block is copied: the next write may fill it anew.
    if (at >= this.#flushed) return this.#block.slice(at - this.#flushed, Math.min(end - this.#flushed, this.#filled))
    const bytes = await readFully(this.#handle!, at, Math.min(end, this.#flushed, at + BLOCK_BYTES) - at)
    if (bytes.byteLength === 0) throw new Error('what was written to disk is not there any more')
    return bytes
  }

  body(): Payload {
    return new DraftBody(this)
  }

  /** Puts the file in its place. Who reads the draft goes on reading. */
  async place(path: string, name: string): Promise<BodyFile> {
    if (this.#filled > 0) await this.#flush()
    await rename(this.#path, path)
    this.#isPlaced = true
    const checksums = Buffer.alloc(this.#checksums.length * 4)
    for (const [i, checksum] of this.#checksums.entries()) checksums.writeUInt32BE(checksum, i * 4)
    return { name, length: this.#flushed, checksums: checksums.toString('base64') }
  }

  close(): void {
    // What cannot be closed or cleared away here goes with the process, or when the folder is read through.
    this.#handle?.close().catch(() => {})
    if (this.#handle && !this.#isPlaced) rm(this.#path, { force: true }).catch(() => {})
  }

  async #flush(): Promise<void> {
    this.#handle ??= await open(this.#path, 'wx+')
    const block = this.#block.subarray(0, this.#filled)
    this.#checksums.push(crc32(block))
    for (let at = 0; at < block.byteLength; ) at += (await this.#handle.write(block, at, block.byteLength - at, this.#flushed + at)).bytesWritten
    this.#flushed += this.#filled
    this.#filled = 0
  }
}

/** The body of an entry that is in a draft. */
export class DraftBody implements Payload {
  readonly draft: DiskDraft

  constructor(draft: DiskDraft) {
    this.draft = draft
  }

  get length(): number {
    return this.draft.length
  }

  get used(): boolean {
    return false
  }

  stream(): ReadableStream<Uint8Array> {
    let at = 0
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (at === this.length) return controller.close()
        const piece = await this.draft.read(at, this.length)
        at += piece.byteLength
        controller.enqueue(piece)
      },
    }, { highWaterMark: 0 })
  }

  cancel(): void {}
}
