// Compression by what the Web brings everywhere: gzip, at a level of its own.
import type { Coding, Compressor } from '../ports.js'

/**
 * Only Deno's gives out what it has before the end, so it is for bodies of known length, which do not trickle.
 */
export const WEB_COMPRESSORS: Readonly<Partial<Record<Coding, Compressor>>> = {
  gzip: { streams: false, compress: (body) => new ReadableStream(new Gzip(body.getReader()), { highWaterMark: 0 }) },
}

/** One body on its way. It is fed only while somebody waits for what comes out: on workerd, a stream that is written to takes everything at once. */
class Gzip implements UnderlyingDefaultSource<Uint8Array> {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>
  readonly #writer: WritableStreamDefaultWriter<BufferSource>
  readonly #output: ReadableStreamDefaultReader<Uint8Array>
  /** The piece on its way, which may not be taken before more is read. */
  #feeding: Promise<void> | undefined
  #isFed = false

  constructor(source: ReadableStreamDefaultReader<Uint8Array>) {
    const { readable, writable } = new CompressionStream('gzip')
    this.#source = source
    this.#writer = writable.getWriter()
    this.#output = readable.getReader()
    // Told by what is read or written; by itself it must not count as unhandled.
    this.#writer.closed.catch(() => {})
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    let isThere = false
    const reading = this.#output.read().finally(() => (isThere = true))
    try {
      while (!isThere && !this.#isFed) await Promise.race([this.#feed(), reading])
      const { done, value } = await reading
      if (done) controller.close()
      else controller.enqueue(value)
    } catch (error) {
      reading.catch(() => {})
      this.#giveUp(error)
      throw error
    }
  }

  cancel(reason: unknown): void {
    this.#giveUp(reason)
  }

  #feed(): Promise<void> {
    if (this.#feeding) return this.#feeding
    const feeding = this.#fed().finally(() => (this.#feeding = undefined))
    // A failure that comes when nobody waits is met again by who does next.
    feeding.catch(() => {})
    return (this.#feeding = feeding)
  }

  async #fed(): Promise<void> {
    const { done, value } = await this.#source.read()
    this.#isFed = done
    await (done ? this.#writer.close() : this.#writer.write(value as BufferSource))
  }

  #giveUp(reason: unknown): void {
    for (const over of [this.#source.cancel(reason), this.#writer.abort(reason), this.#output.cancel(reason)]) over.catch(() => {})
  }
}
