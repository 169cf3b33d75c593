// A body on its way to one client or several, recorded so that it can be stored once it is known to be whole.
import type { Payload } from './payload.js'

/**
 * Reads a body once for all who want it. Every reader gets every byte from the first on; the quickest one decides when
 * the next piece is fetched. `done` is called once: with the bytes when all of the body has gone by, with undefined
 * when it broke, was given up by everybody, ended short of its declared length or grew past `maxBytes`.
 */
export class RecordedBody {
  readonly length: number | undefined
  readonly #source: Payload
  readonly #maxBytes: number
  readonly #done: (bytes: Uint8Array | undefined) => void
  readonly #readers = new Set<Reader>()
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #chunks: Uint8Array[] = []
  /** Chunks that everybody has read and that were let go. */
  #dropped = 0
  #bytes = 0
  #state: 'open' | 'ended' | { readonly error: unknown } = 'open'
  #pulling: Promise<void> | undefined
  /** Wakes readers that wait for a slower one. */
  #wake: (() => void)[] = []

  constructor(source: Payload, maxBytes: number, done: (bytes: Uint8Array | undefined) => void) {
    this.#source = source
    this.length = source.length
    this.#maxBytes = maxBytes
    this.#done = done
  }

  /** Whether somebody who comes now still gets the first byte. */
  get canFollow(): boolean {
    return this.#dropped === 0 && typeof this.#state === 'string' && !this.#tooLarge
  }

  get used(): boolean {
    return this.#source.used
  }

  /** One more copy of the body. It counts as a reader from now on, so it must be read or cancelled. */
  follow(): Payload {
    const reader = new Reader(this)
    this.#readers.add(reader)
    return reader
  }

  async next(reader: Reader): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks[reader.at - this.#dropped]
      if (chunk) {
        reader.at++
        if (this.#tooLarge) this.#letGo()
        return chunk
      }
      if (this.#state === 'ended') return undefined
      if (this.#state !== 'open') throw this.#state.error
      // Past the limit only what slower readers have yet to read is kept, and they set the pace once that is much.
      if (this.#tooLarge && this.#chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) > this.#maxBytes) await new Promise<void>((resolve) => void this.#wake.push(resolve))
      else await (this.#pulling ??= this.#pull())
    }
  }

  leave(reader: Reader, reason: unknown): void {
    if (!this.#readers.delete(reader)) return
    if (this.#tooLarge) this.#letGo()
    if (this.#readers.size > 0 || this.#state !== 'open') return
    this.#finish({ error: reason }, undefined)
    // A body that already failed rejects here with what its reader has thrown.
    if (this.#reader) this.#reader.cancel(reason).catch(() => {})
    else this.#source.cancel(reason)
  }

  get #tooLarge(): boolean {
    return this.#bytes > this.#maxBytes
  }

  async #pull(): Promise<void> {
    try {
      const { done, value } = await (this.#reader ??= this.#source.stream().getReader()).read()
      if (this.#state !== 'open') return
      if (!done) {
        this.#chunks.push(value)
        this.#bytes += value.byteLength
      } else this.#finish('ended', this.#tooLarge || (this.length !== undefined && this.length !== this.#bytes) ? undefined : concat(this.#chunks, this.#bytes))
    } catch (error) {
      if (this.#state === 'open') this.#finish({ error }, undefined)
    } finally {
      this.#pulling = undefined
    }
  }

  #finish(state: 'ended' | { readonly error: unknown }, bytes: Uint8Array | undefined): void {
    this.#state = state
    this.#done(bytes)
  }

  #letGo(): void {
    const slowest = Math.min(...[...this.#readers].map(({ at }) => at))
    const passed = Math.min(this.#chunks.length, slowest - this.#dropped)
    if (passed > 0) {
      this.#chunks.splice(0, passed)
      this.#dropped += passed
    }
    for (const wake of this.#wake.splice(0)) wake()
  }
}

/** The same body for its one reader, with `whole` called once when all of it has gone by. */
export function recordBody(body: Payload, maxBytes: number, whole: (bytes: Uint8Array) => void): Payload {
  return new RecordedBody(body, maxBytes, (bytes) => bytes && whole(bytes)).follow()
}

/** One reader's place in the body. */
class Reader implements Payload {
  readonly #body: RecordedBody
  at = 0

  constructor(body: RecordedBody) {
    this.#body = body
  }

  get length(): number | undefined {
    return this.#body.length
  }

  get used(): boolean {
    return this.at > 0 || this.#body.used
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = await this.#body.next(this)
        if (chunk) return controller.enqueue(chunk)
        this.#body.leave(this, undefined)
        controller.close()
      },
      cancel: (reason) => this.cancel(reason),
    }, { highWaterMark: 0 })
  }

  cancel(reason?: unknown): void {
    this.#body.leave(this, reason)
  }
}

function concat(chunks: readonly Uint8Array[], total: number): Uint8Array {
  // A chunk may be a small part of a large pooled buffer, which must not stay in memory as long as the entry does.
  if (chunks.length === 1 && chunks[0]!.buffer.byteLength === total) return chunks[0]!
  const bytes = new Uint8Array(total)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
