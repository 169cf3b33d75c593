// A cache store in a folder: one file for each entry, put in place whole by a rename, so that neither a crash nor a reader meets half of one.
import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Answer, CacheStore } from '../../src/index.js'
import { answerOf, BytesPayload, LazyResponse, S3Fifo } from '../../src/adapter.js'
import { FileBody } from './file-body.js'
import { bodyStart, decodeHead, decodeRecord, encodeHead, encodeSuffix, SUFFIX_BYTES } from './record.js'

/** Read at once when an entry is opened; most entries are no larger. */
const FIRST_READ_BYTES = 64 * 1024
/** What a file costs beside its bytes. */
const FILE_OVERHEAD_BYTES = 512
const SUFFIX = '.entry'

/** A store below `folder` of at most `maxBytes`. The folder is made, and read through once, in the background. */
export function openDiskStore(folder: string, maxBytes: number): CacheStore {
  return new DiskStore(folder, maxBytes)
}

class DiskStore implements CacheStore {
  readonly #folder: string
  readonly #temporary: string
  /** Files by path, with their sizes; decides which has to go. */
  readonly #files: S3Fifo<true>
  readonly #ready: Promise<void>

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder
    this.#temporary = join(folder, 'unfinished')
    this.#files = new S3Fifo(maxBytes)
    this.#ready = this.#readThrough()
    // Whoever uses the store is told; until then a failure here must not count as unhandled.
    this.#ready.catch(() => {})
  }

  async match(key: string): Promise<Response | undefined> {
    const path = this.#pathOf(key)
    let handle: FileHandle
    try {
      handle = await open(path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    try {
      const answer = await this.#read(handle, path, key)
      if (!answer?.body || answer.body instanceof BytesPayload) await handle.close()
      if (answer) this.#files.get(path)
      return answer && (new LazyResponse(answer) as unknown as Response)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async put(key: string, response: Response): Promise<void> {
    await this.#ready
    const answer = answerOf(response)
    const path = this.#pathOf(key)
    const unfinished = join(this.#temporary, randomUUID())
    try {
      const bytes = await this.#write(unfinished, encodeHead(key, answer), answer)
      await mkdir(join(path, '..'), { recursive: true })
      await rename(unfinished, path)
      for (const gone of this.#files.set(path, true, bytes + FILE_OVERHEAD_BYTES)) await rm(gone, { force: true })
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }

  async delete(key: string): Promise<boolean> {
    const path = this.#pathOf(key)
    this.#files.delete(path)
    try {
      await rm(path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  }

  #pathOf(key: string): string {
    const name = createHash('sha256').update(key).digest('hex')
    return join(this.#folder, name.slice(0, 2), name + SUFFIX)
  }

  async #write(path: string, head: Buffer, { body }: Answer): Promise<number> {
    const handle = await open(path, 'wx')
    try {
      let bytes = (await handle.write(head)).bytesWritten
      let crc = 0
      const append = async (chunk: Uint8Array): Promise<void> => {
        crc = crc32(chunk, crc)
        for (let at = 0; at < chunk.byteLength; ) at += (await handle.write(chunk, at, chunk.byteLength - at)).bytesWritten
        bytes += chunk.byteLength
      }
      if (body instanceof BytesPayload) await append(body.bytes)
      else if (body) for await (const chunk of body.stream() as unknown as AsyncIterable<Uint8Array>) await append(chunk)
      await handle.write(encodeSuffix(crc))
      return bytes + SUFFIX_BYTES
    } finally {
      await handle.close()
    }
  }

  /** The answer in a file; undefined, and the file gone, when it is damaged. */
  async #read(handle: FileHandle, path: string, key: string): Promise<Answer | undefined> {
    const { size } = await handle.stat()
    let first = await readAt(handle, 0, Math.min(size, FIRST_READ_BYTES))
    if (size === first.byteLength) return decodeRecord(first, key) ?? this.#discard(path)
    const bodyAt = bodyStart(first)
    if (bodyAt === undefined || bodyAt + SUFFIX_BYTES > size) return this.#discard(path)
    if (bodyAt > first.byteLength) first = await readAt(handle, 0, bodyAt)
    const head = decodeHead(first, bodyAt, key)
    const bodyBytes = size - bodyAt - SUFFIX_BYTES
    if (!head) return this.#discard(path)
    return { ...head, body: bodyBytes === 0 ? undefined : new FileBody(handle, bodyAt, bodyBytes, () => this.#discard(path)) }
  }

  async #discard(path: string): Promise<undefined> {
    this.#files.delete(path)
    await rm(path, { force: true })
  }

  /** Learns what is there, and clears away what a process that was killed has left unfinished. */
  async #readThrough(): Promise<void> {
    await rm(this.#temporary, { recursive: true, force: true })
    await mkdir(this.#temporary, { recursive: true })
    for (const name of await readdir(this.#folder, { recursive: true })) {
      if (!name.endsWith(SUFFIX)) continue
      const path = join(this.#folder, name)
      // Another may have taken it away since it was listed; what cannot be looked at is not counted, and fails when it is asked for.
      const found = await stat(path).catch(() => undefined)
      if (found) for (const gone of this.#files.set(path, true, found.size + FILE_OVERHEAD_BYTES)) await rm(gone, { force: true })
    }
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let at = 0
  while (at < length) {
    const { bytesRead } = await handle.read(buffer, at, length - at, position + at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return buffer.subarray(0, at)
}
