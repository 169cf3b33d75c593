// Content codings by node:zlib, which gives out what it has when nothing follows for a moment; zstd where the runtime's has it.
import * as zlib from 'node:zlib'
import type { Transform } from 'node:stream'
import type { Coding, Compressor } from '../../src/adapter.js'

/** A compressing stream of node:zlib. */
type Encoder = Transform & { flush(kind: number): void }

/** What newer versions of node:zlib have beside the rest. */
interface Zstd {
  readonly createZstdCompress?: (options: object) => Encoder
}

const { constants } = zlib

/** zstd's parameters and flush by their numbers: the runtimes that have it do not all name them. */
const ZSTD_LEVEL = 100
const ZSTD_FLUSH = 1

/** A window of 512 KiB: brotli's own 4 MiB, times the answers under way, would be much memory for little gain. */
const BROTLI_WINDOW_BITS = 19

/** The codings that this runtime's node:zlib has. */
export function zlibCompressors(): Readonly<Partial<Record<Coding, Compressor>>> {
  const { createZstdCompress } = zlib as Zstd
  return {
    ...(createZstdCompress && { zstd: compressor(ZSTD_FLUSH, (level) => createZstdCompress({ params: { [ZSTD_LEVEL]: level } })) }),
    br: compressor(constants.BROTLI_OPERATION_FLUSH, (level, length) =>
      zlib.createBrotliCompress({
        params: { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS, ...(length === undefined ? {} : { [constants.BROTLI_PARAM_SIZE_HINT]: Math.min(length, 2 ** 30) }) },
      })),
    gzip: compressor(constants.Z_SYNC_FLUSH, (level) => zlib.createGzip({ level })),
  }
}

function compressor(flushKind: number, open: (level: number, length: number | undefined) => Encoder): Compressor {
  return {
    streams: true,
    compress: (body, { level, length }) => new ReadableStream(new Encoding(body.getReader(), open(level, length), flushKind), { highWaterMark: 0 }),
  }
}

/** How long a piece waits for another before it goes out by itself: flushing after each would make bodies larger. */
const FLUSH_AFTER_MS = 5

/** One body on its way through an encoder. Read only while its output is, but for what the encoder holds. */
class Encoding implements UnderlyingDefaultSource<Uint8Array> {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>
  readonly #encoder: Encoder
  readonly #flushKind: number
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #flushing: ReturnType<typeof setTimeout> | undefined
  #over = false
  #begun = false
  #given = (): void => {}

  constructor(source: ReadableStreamDefaultReader<Uint8Array>, encoder: Encoder, flushKind: number) {
    this.#source = source
    this.#encoder = encoder
    this.#flushKind = flushKind
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller
    this.#encoder.pause()
    this.#encoder.on('data', (piece: Uint8Array) => {
      this.#encoder.pause()
      if (!this.#over) controller.enqueue(piece)
      this.#given()
    })
    this.#encoder.on('end', () => {
      if (this.#stop()) controller.close()
    })
    this.#encoder.on('error', (error) => {
      this.#fail(error)
    })
  }

  pull(): Promise<void> {
    if (!this.#begun) {
      this.#begun = true
      void this.#feed()
    }
    return new Promise((resolve) => {
      this.#given = resolve
      this.#encoder.resume()
    })
  }

  cancel(reason: unknown): Promise<void> {
    this.#stop()
    this.#encoder.destroy()
    return this.#source.cancel(reason)
  }

  async #feed(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#source.read()
        if (this.#over) return
        if (done) break
        this.#flushing ??= setTimeout(this.#flush, FLUSH_AFTER_MS)
        if (!this.#encoder.write(value)) await this.#drained()
        if (this.#over) return
      }
      clearTimeout(this.#flushing)
      this.#encoder.end()
    } catch (error) {
      this.#fail(error)
    }
  }

  readonly #flush = (): void => {
    this.#flushing = undefined
    if (!this.#over) this.#encoder.flush(this.#flushKind)
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#encoder.off('drain', done).off('close', done)
        resolve()
      }
      this.#encoder.on('drain', done).on('close', done)
    })
  }

  /** The client must see a broken body, never a clean end. */
  #fail(error: unknown): void {
    if (!this.#stop()) return
    this.#controller!.error(error)
    this.#encoder.destroy()
    this.#source.cancel(error).catch(() => {})
  }

  /** Whether it was still under way. */
  #stop(): boolean {
    if (this.#over) return false
    this.#over = true
    clearTimeout(this.#flushing)
    this.#given()
    return true
  }
}
