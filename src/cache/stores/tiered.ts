// Memory in front of another store: what is asked for often is at hand, the rest is where there is more room.
import { BytesPayload } from '../../http/payload.js'
import type { Entry, StoredAnswer } from '../entry.js'
import type { EntryStore } from './entry-store.js'

export class TieredEntries implements EntryStore {
  readonly #front: EntryStore
  readonly #back: EntryStore
  readonly draft: EntryStore['draft']
  /** Keys that were written or deleted while the back was being read for them; what it gave may be the old one. */
  readonly #reads = new Map<string, { count: number; isStale: boolean }>()

  /** `front` must answer at once. */
  constructor(front: EntryStore, back: EntryStore) {
    this.#front = front
    this.#back = back
    this.draft = back.draft?.bind(back)
  }

  get bytesUsed(): number | undefined {
    return this.#back.bytesUsed
  }

  get(key: string): Entry | undefined | Promise<Entry | undefined> {
    return this.#front.get(key) ?? this.#fromBack(key)
  }

  async set(key: string, entry: Entry): Promise<void> {
    this.#outdate(key)
    if (isAtHand(entry)) void this.#front.set(key, entry)
    else void this.#front.delete(key)
    await this.#back.set(key, entry)
  }

  async update(key: string, entry: StoredAnswer): Promise<void> {
    this.#outdate(key)
    void this.#front.update(key, entry)
    await this.#back.update(key, entry)
  }

  delete(key: string): unknown {
    this.#outdate(key)
    void this.#front.delete(key)
    return this.#back.delete(key)
  }

  async #fromBack(key: string): Promise<Entry | undefined> {
    const read = this.#reads.get(key) ?? { count: 0, isStale: false }
    read.count++
    this.#reads.set(key, read)
    try {
      const found = await this.#back.get(key)
      if (found && !read.isStale && isAtHand(found)) void this.#front.set(key, found)
      return found
    } finally {
      if (--read.count === 0 && this.#reads.get(key) === read) this.#reads.delete(key)
    }
  }

  #outdate(key: string): void {
    const read = this.#reads.get(key)
    if (!read) return
    read.isStale = true
    this.#reads.delete(key)
  }
}

/** Whether a body is in memory; one that the back streams is not brought there. */
function isAtHand(entry: Entry): boolean {
  return entry.kind === 'variants' || !entry.answer.body || entry.answer.body instanceof BytesPayload
}
