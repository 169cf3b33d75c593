// A cache store in a folder: a file for each entry and one for each large body, put in place whole by renames, so that neither a crash nor a reader meets half of one.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Answer, CacheStore, PurgeLog } from '../../src/index.js'
import { answerOf, BytesPayload, type EntryStore, LazyResponse, type NativeStore, openEntry, type Payload, sealEntry } from '../../src/adapter.js'
import { BlockBody } from './blocks.js'
import { DiskDraft, DraftBody } from './disk-draft.js'
import { DiskIndex } from './disk-index.js'
import { DiskPurges } from './disk-purges.js'
import { type BodyFile, decodeRecord, encodeRecord, type StoredRecord } from './record.js'

/** Bodies up to this size stand in the file of their entry. */
const SMALL_BYTES = 64 * 1024
/** How often an entry is looked at again whose body was replaced between the two. */
const MAX_LOOKS = 3

/** A store below `folder` of at most `maxBytes`. The folder is made, and read through once, in the background. */
export function openDiskStore(folder: string, maxBytes: number): CacheStore {
  return new DiskStore(folder, maxBytes)
}

class DiskStore implements NativeStore {
  readonly entries: EntryStore
  readonly purges: PurgeLog
  readonly #folder: string
  readonly #index: DiskIndex
  /** The last write of each file that is being written. */
  readonly #writes = new Map<string, Promise<unknown>>()

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder
    this.#index = new DiskIndex(folder, maxBytes)
    this.purges = new DiskPurges(join(folder, 'purges'))
    const index = this.#index
    this.entries = {
      get bytesUsed() {
        return index.bytesUsed
      },
      get: async (key) => {
        const answer = await this.#get(key)
        return answer && openEntry(answer)
      },
      set: (key, entry) => this.#set(key, sealEntry(entry)),
      update: (key, entry) => this.#update(key, sealEntry(entry)),
      delete: (key) => this.delete(key),
      draft: () => this.#draft(),
    }
  }

  async match(key: string): Promise<Response | undefined> {
    const answer = await this.#get(key)
    return answer && (new LazyResponse(answer) as unknown as Response)
  }

  put(key: string, response: Response): Promise<void> {
    return this.#set(key, answerOf(response))
  }

  delete(key: string): Promise<boolean> {
    const path = this.#pathOf(key)
    return this.#inTurn(path, () => this.#index.remove(path))
  }

  async #draft(): Promise<DiskDraft> {
    await this.#index.ready
    return new DiskDraft(this.#index.unfinished(randomUUID()))
  }

  #pathOf(key: string): string {
    const name = createHash('sha256').update(key).digest('hex')
    return join(this.#folder, name.slice(0, 2), `${name}.entry`)
  }

  async #get(key: string): Promise<Answer | undefined> {
    const path = this.#pathOf(key)
    for (let look = 0; look < MAX_LOOKS; look++) {
      const record = await readRecord(path, key)
      if (record === 'damaged') break
      if (!record) return undefined
      const { body } = record
      const payload = body === undefined || body instanceof BytesPayload ? body : await this.#open(path, body)
      if (payload === 'gone') continue
      this.#index.use(path)
      return { ...record, body: payload }
    }
    // A body that stays away was not replaced: the entry is of no use, like one that is damaged itself.
    await this.#discard(path)
    return undefined
  }

  async #open(path: string, { name, length, checksums }: BodyFile): Promise<Payload | 'gone'> {
    try {
      const handle = await open(join(dirname(path), name), 'r')
      return new BlockBody({ handle, length, checksums: Buffer.from(checksums, 'base64'), onDamage: () => this.#discard(path) })
    } catch (error) {
      if (isMissing(error)) return 'gone'
      throw error
    }
  }

  #discard(path: string): Promise<unknown> {
    return this.#inTurn(path, () => this.#index.remove(path))
  }

  async #set(key: string, answer: Answer): Promise<void> {
    await this.#index.ready
    const path = this.#pathOf(key)
    // Before its turn: who comes after waits for the end of the write and not for that of a body.
    const draft = await this.#written(answer.body)
    try {
      await this.#inTurn(path, async () => {
        await mkdir(dirname(path), { recursive: true })
        const name = `${basename(path, '.entry')}.${randomUUID()}.body`
        const body = draft instanceof DiskDraft ? await draft.place(join(dirname(path), name), name) : draft
        try {
          await this.#replace(path, encodeRecord(key, answer, body), body instanceof Uint8Array ? undefined : body)
        } catch (error) {
          await this.#index.removeStray(path, name)
          throw error
        }
      })
    } finally {
      if (draft instanceof DiskDraft && !(answer.body instanceof DraftBody)) draft.close()
    }
  }

  /** A body in the form in which it is kept: a small one's bytes, or the draft of a large one. */
  async #written(body: Payload | undefined): Promise<Uint8Array | DiskDraft | undefined> {
    if (body instanceof DraftBody) return body.draft
    if (body instanceof BytesPayload && body.length <= SMALL_BYTES) return body.bytes
    if (!body) return undefined
    const draft = await this.#draft()
    try {
      if (body instanceof BytesPayload) await draft.write(body.bytes)
      else for await (const chunk of body.stream() as unknown as AsyncIterable<Uint8Array>) await draft.write(chunk)
    } catch (error) {
      draft.close()
      throw error
    }
    return draft.length <= SMALL_BYTES ? draft.bytes : draft
  }

  #update(key: string, head: Answer): Promise<void> {
    const path = this.#pathOf(key)
    return this.#inTurn(path, async () => {
      await this.#index.ready
      const record = await readRecord(path, key)
      if (!record || record === 'damaged') return
      const { body } = record
      await this.#replace(path, encodeRecord(key, head, body instanceof BytesPayload ? body.bytes : body), body instanceof BytesPayload ? undefined : body)
    })
  }

  async #replace(path: string, record: Buffer, body: BodyFile | undefined): Promise<void> {
    const unfinished = this.#index.unfinished(randomUUID())
    try {
      await writeFile(unfinished, record, { flag: 'wx' })
      await rename(unfinished, path)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
    for (const gone of await this.#index.placed(path, record.byteLength, body)) {
      if (gone === path) await this.#index.remove(path)
      else void this.#inTurn(gone, () => this.#index.removeUnlessBack(gone)).catch(() => {})
    }
  }

  async #inTurn<R>(path: string, work: () => Promise<R>): Promise<R> {
    const mine = (this.#writes.get(path) ?? Promise.resolve()).then(work)
    const settled = mine.catch(() => {})
    this.#writes.set(path, settled)
    try {
      return await mine
    } finally {
      if (this.#writes.get(path) === settled) this.#writes.delete(path)
    }
  }
}

/** What is in the file of an entry. */
async function readRecord(path: string, key: string): Promise<StoredRecord | 'damaged' | undefined> {
  try {
    return decodeRecord(await readFile(path), key) ?? 'damaged'
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
