// What the cache asks of a store, and how any Web `Cache` becomes one.
import type { Payload } from '../../http/payload.js'
import type { Spool } from '../../http/record-body.js'
import type { CacheStore } from '../../ports.js'
import { answerOf, storableResponse } from '../../stored-response.js'
import type { Entry, StoredAnswer } from '../entry.js'
import { openEntry, sealEntry } from '../seal.js'

/**
 * Keeps entries by key and judges nothing. May answer at once or later; may forget; may refuse by throwing or rejecting,
 * which counts as a miss and is told as an event.
 */
export interface EntryStore {
  get(key: string): Entry | undefined | Promise<Entry | undefined>
  set(key: string, entry: Entry): void | Promise<void>
  /** The same body with other fields and terms. Nothing happens where nothing is stored. */
  update(key: string, entry: StoredAnswer): void | Promise<void>
  delete(key: string): unknown
  /** Bytes in use, as an estimate from above, where the store knows. */
  readonly bytesUsed?: number | undefined
  /** Opens a place for a body that is too large for memory; absent where there is none but memory. */
  readonly draft?: (() => Promise<Draft>) | undefined
}

/** A body that is written into a store before it is known whether it is whole. */
export interface Draft extends Spool {
  /** What was written, as the body of an entry for `set` of the same store, which takes it over. */
  body(): Payload
}

/** A store that has a shorter way to its entries than through Responses. */
export interface NativeStore extends CacheStore {
  readonly entries: EntryStore
}

/** The entries of a store: its own way to them, or Responses that carry what the cache remembers in a field. */
export function entriesOf(store: CacheStore): EntryStore {
  return 'entries' in store ? (store as NativeStore).entries : new WebEntries(store)
}

class WebEntries implements EntryStore {
  readonly #store: CacheStore

  constructor(store: CacheStore) {
    this.#store = store
  }

  async get(key: string): Promise<Entry | undefined> {
    const response = await this.#store.match(urlOf(key))
    return response && openEntry(answerOf(response))
  }

  set(key: string, entry: Entry): Promise<void> {
    return this.#store.put(urlOf(key), storableResponse(sealEntry(entry)))
  }

  async update(key: string, entry: StoredAnswer): Promise<void> {
    const found = await this.get(key)
    if (found?.kind === 'answer') await this.set(key, { ...entry, answer: { ...entry.answer, body: found.answer.body } })
  }

  delete(key: string): Promise<boolean> {
    return this.#store.delete(urlOf(key))
  }
}

/** The Cache interface takes URLs only. The key stands in the query, where no parser resolves or decodes anything. */
export function urlOf(key: string): string {
  return `https://fetchgate.invalid/?${encodeURIComponent(key)}`
}
