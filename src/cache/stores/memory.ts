// A cache store in this process's memory, bounded in bytes. Bodies are kept as they will be sent.
import { BytesPayload } from '../../http/payload.js'
import type { Answer } from '../../ports.js'
import { answerOf, LazyResponse } from '../../stored-response.js'
import type { Entry, StoredAnswer } from '../entry.js'
import { openEntry, sealEntry } from '../seal.js'
import type { EntryStore, NativeStore } from './entry-store.js'
import { S3Fifo } from './s3-fifo.js'
import { SharedTexts } from './shared-texts.js'

/** What one entry costs beside its texts and body; keeps a flood of empty entries within the limit too. */
const ENTRY_OVERHEAD_BYTES = 256

/** What others put here by the Cache interface and is no entry of ours. */
interface Foreign {
  readonly kind: 'foreign'
  readonly answer: Answer
}

export interface MemoryStore extends NativeStore {
  /** Bytes in use, as an estimate from above. */
  readonly bytesUsed: number
}

/** A store that holds at most `maxBytes`. Bodies are handed out without a copy, so nobody may write to them. */
export function createMemoryStore(maxBytes: number): MemoryStore {
  return new Memory(maxBytes)
}

class Memory implements MemoryStore, EntryStore {
  readonly #kept: S3Fifo<Entry | Foreign>
  readonly #texts = new SharedTexts()

  constructor(maxBytes: number) {
    this.#kept = new S3Fifo(maxBytes)
  }

  get bytesUsed(): number {
    return this.#kept.bytesUsed
  }

  get entries(): EntryStore {
    return this
  }

  get(key: string): Entry | undefined {
    const value = this.#kept.get(key)
    return value?.kind === 'foreign' ? undefined : value
  }

  set(key: string, entry: Entry): void {
    const kept = entry.kind === 'answer' ? { ...entry, answer: { ...entry.answer, fields: this.#texts.of(entry.answer.fields) } } : entry
    this.#kept.set(key, kept, sizeOf(key, entry))
  }

  update(key: string, entry: StoredAnswer): void {
    const value = this.#kept.peek(key)
    if (value?.kind === 'answer') this.set(key, { ...entry, answer: { ...entry.answer, body: value.answer.body } })
  }

  match(key: string): Promise<Response | undefined> {
    const value = this.#kept.get(key)
    return Promise.resolve(value && (new LazyResponse(value.kind === 'foreign' ? value.answer : sealEntry(value)) as unknown as Response))
  }

  async put(key: string, response: Response): Promise<void> {
    const answer = answerOf(response)
    const body = answer.body instanceof BytesPayload ? answer.body : answer.body && new BytesPayload(new Uint8Array(await response.arrayBuffer()))
    const whole = { ...answer, body }
    const value = openEntry(whole) ?? { kind: 'foreign', answer: whole }
    this.#kept.set(key, value, sizeOf(key, value))
  }

  delete(key: string): Promise<boolean> {
    return Promise.resolve(this.#kept.delete(key))
  }
}

/** Texts count two bytes a character, which is the most an engine takes. */
function sizeOf(key: string, value: Entry | Foreign): number {
  if (value.kind === 'variants') return ENTRY_OVERHEAD_BYTES + 2 * (key.length + JSON.stringify(value.variants).length)
  const { fields, body } = value.answer
  return (body?.length ?? 0) + 2 * fields.reduce((sum, text) => sum + text.length, key.length) + ENTRY_OVERHEAD_BYTES
}
