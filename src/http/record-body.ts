// A body on its way to one client or several, recorded so that it can be stored once it is known to be whole.
import { BytesPayload, type Payload } from './payload.js'
import { PieceQueue } from './piece-queue.js'

/** Takes a body that is too large for memory, and gives it back from any place while it grows. */
export interface Spool {
  /** Resolves once the piece can be read. One at a time. */
  write(piece: Uint8Array): Promise<void>
  /** Some of what was written, from `at` on and before `end`; never nothing. */
  read(at: number, end: number): Promise<Uint8Array>
  /** Nobody reads or writes any more; what nobody has taken over is thrown away. Called once. */
  close(): void
}

export interface RecordLimits<S extends Spool> {
  readonly maxBytes: number
  /** Opens a place for what is larger than {@link HELD_BYTES}; without one, all of a body is held in memory. */
  readonly openSpool?: (() => Promise<S>) | undefined
}

/** Most that is held in memory of a body that has a spool. */
export const HELD_BYTES = 1024 ** 2

/** What was recorded: in memory, or in the spool that was opened for it. */
export type Recording<S extends Spool> = BytesPayload | S

/**
 * Reads a body once for all who want it. Every reader gets every byte from the first on; the quickest one decides when
 * the next piece is fetched. `done` is called once: with the recording when all of the body has gone by, with undefined
 * when it broke, was given up by everybody, ended short of its declared length, grew past `maxBytes`, or when the spool
 * failed, whose error it is told. Whoever gets a spool calls `release` when nobody may follow any more.
 */
export class RecordedBody<S extends Spool = Spool> {
  readonly length: number | undefined
  readonly #source: Payload
  readonly #limits: RecordLimits<S>
  readonly #done: (recording: Recording<S> | undefined, error?: unknown) => void
  readonly #readers = new Set<Reader>()
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  readonly #pieces = new PieceQueue()
  #state: 'open' | 'ended' | { readonly error: unknown } = 'open'
  #pulling: Promise<void> | undefined
  #spool: S | undefined
  #spooling: Promise<void> | undefined
  #spoolError: unknown
  /** Bytes that the spool can give back. */
  #written = 0
  /** Whether the body cannot be stored any more. */
  #lost = false
  #isReleased = false
  /** Wakes readers that wait for a slower one. */
  #wake: (() => void)[] = []

  constructor(source: Payload, limits: RecordLimits<S>, done: (recording: Recording<S> | undefined, error?: unknown) => void) {
    this.#source = source
    this.length = source.length
    this.#limits = limits
    this.#done = done
  }

  /** Whether somebody who comes now still gets the first byte. */
  get canFollow(): boolean {
    return typeof this.#state === 'string' && !this.#lost && !(this.#isReleased && this.#pieces.start > 0)
  }

  get used(): boolean {
    return this.#source.used
  }

  /** Whether it is known that nothing of it will be stored. */
  get isLost(): boolean {
    return this.#lost
  }

  /** One more copy of the body. It counts as a reader from now on, so it must be read or cancelled. */
  follow(): Payload {
    const reader = new Reader(this)
    this.#readers.add(reader)
    return reader
  }

  async next(reader: Reader): Promise<Uint8Array | undefined> {
    for (;;) {
      const { at } = reader
      const piece = at < this.#pieces.start ? await this.#spool!.read(at, this.#pieces.start) : this.#pieces.from(at)
      if (piece) {
        reader.at += piece.byteLength
        if (this.#lost) this.#letGo()
        return piece
      }
      if (this.#state !== 'open') {
        this.leave(reader, undefined)
        if (this.#state === 'ended') return undefined
        throw this.#state.error
      }
      const isMuch = this.#pieces.bytes > this.#heldBytes
      // What cannot be stored is kept for slower readers only, and they set the pace once that is much; else the spool does.
      if (isMuch && this.#lost) await new Promise<void>((resolve) => void this.#wake.push(resolve))
      else if (isMuch && this.#spooling) await this.#spooling
      else await (this.#pulling ??= this.#pull())
    }
  }

  leave(reader: Reader, reason: unknown): void {
    if (!this.#readers.delete(reader)) return
    if (this.#lost) this.#letGo()
    if (this.#readers.size > 0) return
    this.#closeSpool()
    if (this.#state !== 'open') return
    this.#finish({ error: reason })
    // A body that already failed rejects here with what its reader has thrown.
    if (this.#reader) this.#reader.cancel(reason).catch(() => {})
    else this.#source.cancel(reason)
  }

  /** Says that nobody follows any more. */
  release(): void {
    this.#isReleased = true
    this.#closeSpool()
  }

  get #heldBytes(): number {
    return this.#limits.openSpool ? HELD_BYTES : this.#limits.maxBytes
  }

  async #pull(): Promise<void> {
    try {
      const { done, value } = await (this.#reader ??= this.#source.stream().getReader()).read()
      if (this.#state !== 'open') return
      if (done) return this.#finish('ended')
      if (value.byteLength === 0) return
      this.#pieces.push(value)
      this.#lost ||= this.#pieces.end > this.#limits.maxBytes
      if (!this.#lost && this.#limits.openSpool && this.#pieces.end > HELD_BYTES) this.#spooling ??= this.#write(this.#limits.openSpool)
    } catch (error) {
      if (this.#state === 'open') this.#finish({ error })
    } finally {
      this.#pulling = undefined
    }
  }

  /** Brings the spool up to what has come, and lets go of what it has; what came last stays at hand for readers that keep up. */
  async #write(openSpool: () => Promise<S>): Promise<void> {
    try {
      this.#spool ??= await openSpool()
      for (let piece = this.#pieces.from(this.#written); piece && !this.#lost; piece = this.#pieces.from(this.#written)) {
        await this.#spool.write(piece)
        this.#written += piece.byteLength
        if (this.#pieces.bytes > HELD_BYTES) this.#pieces.dropBefore(Math.min(this.#written, this.#pieces.end - HELD_BYTES / 2))
      }
    } catch (error) {
      this.#lost = true
      this.#spoolError = error
    } finally {
      this.#spooling = undefined
    }
  }

  #finish(state: 'ended' | { readonly error: unknown }): void {
    this.#state = state
    const { end } = this.#pieces
    this.#lost ||= state !== 'ended' || (this.length !== undefined && this.length !== end)
    if (this.#spooling || (!this.#lost && this.#spool && this.#written < end)) void this.#writeRest()
    else this.#settle()
  }

  async #writeRest(): Promise<void> {
    await this.#spooling
    if (!this.#lost && this.#written < this.#pieces.end) await this.#write(this.#limits.openSpool!)
    this.#settle()
  }

  #settle(): void {
    if (this.#lost) this.#done(undefined, this.#spoolError)
    else this.#done(this.#spool ?? new BytesPayload(this.#pieces.joined()))
    if (this.#lost) this.release()
  }

  #letGo(): void {
    this.#pieces.dropBefore(Math.min(...[...this.#readers].map(({ at }) => at)))
    for (const wake of this.#wake.splice(0)) wake()
  }

  #closeSpool(): void {
    if (!this.#isReleased || this.#readers.size > 0) return
    this.#spool?.close()
    this.#spool = undefined
  }
}

/** The same body for its one reader, with `whole` called once when all of it has gone by. */
export function recordBody(body: Payload, maxBytes: number, whole: (bytes: Uint8Array) => void): Payload {
  return new RecordedBody(body, { maxBytes }, (recording) => recording instanceof BytesPayload && whole(recording.bytes)).follow()
}

/** One reader's place in the body. */
class Reader implements Payload {
  readonly #body: Pick<RecordedBody, 'length' | 'used' | 'next' | 'leave'>
  /** Bytes that it has read. */
  at = 0

  constructor(body: Pick<RecordedBody, 'length' | 'used' | 'next' | 'leave'>) {
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
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
      cancel: (reason) => this.cancel(reason),
    }, { highWaterMark: 0 })
  }

  cancel(reason?: unknown): void {
    this.#body.leave(this, reason)
  }
}
