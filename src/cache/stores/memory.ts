// A cache store in this process's memory, bounded in bytes; the entry unused for longest goes first.
import { BytesPayload } from '../../http/payload.js'
import type { Answer, CacheStore } from '../../ports.js'
import { answerOf, LazyResponse } from '../../wire.js'

/** What one entry costs beside its texts and body; keeps a flood of empty entries within the limit too. */
const ENTRY_OVERHEAD_BYTES = 256

interface Stored {
  readonly answer: Answer
  readonly bytes: number
}

export interface MemoryStore extends CacheStore {
  /** Bytes in use, as an estimate from above. */
  readonly bytesUsed: number
}

/** A store that holds at most `maxBytes`. Bodies are handed out without a copy, so nobody may write to them. */
export function createMemoryStore(maxBytes: number): MemoryStore {
  // A Map keeps the order of insertion; an entry that is used is inserted again, so the first is the oldest.
  const entries = new Map<string, Stored>()
  let used = 0
  const drop = (key: string): boolean => {
    used -= entries.get(key)?.bytes ?? 0
    return entries.delete(key)
  }
  return {
    get bytesUsed() {
      return used
    },
    match(key) {
      const stored = entries.get(key)
      if (!stored) return Promise.resolve(undefined)
      entries.delete(key)
      entries.set(key, stored)
      return Promise.resolve(new LazyResponse(stored.answer) as unknown as Response)
    },
    async put(key, response) {
      const answer = answerOf(response)
      const body = answer.body instanceof BytesPayload ? answer.body.bytes : new Uint8Array(await response.arrayBuffer())
      const stored = { answer: { ...answer, body: answer.body && new BytesPayload(body) }, bytes: sizeOf(key, answer, body) }
      drop(key)
      if (stored.bytes > maxBytes) return
      entries.set(key, stored)
      used += stored.bytes
      for (const oldest of entries.keys()) {
        if (used <= maxBytes) break
        drop(oldest)
      }
    },
    delete: (key) => Promise.resolve(drop(key)),
  }
}

/** Texts count two bytes a character, which is the most an engine takes. */
function sizeOf(key: string, { fields }: Answer, body: Uint8Array): number {
  const texts = fields.reduce((sum, text) => sum + text.length, key.length)
  return body.byteLength + texts * 2 + ENTRY_OVERHEAD_BYTES
}
