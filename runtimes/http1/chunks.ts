// Takes the chunks off a body (RFC 9112 §7.1), to the letter: what another reader could cut in another way is a fault.
import type { Fields } from '../../src/adapter.js'
import { readFieldLines } from './answer-head.js'

const SIZE_LINE = /^([0-9a-fA-F]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
/** Longest line of a size, and all trailers together, in bytes. */
const MAX_LINE_BYTES = 16 * 1024
const CR = 0x0d
const LF = 0x0a

/** A body in chunks, as far as it has come. */
export class Chunks {
  #state: 'size' | 'data' | 'data-end' | 'trailers' | 'ended' = 'size'
  #line = ''
  #bytesLeft = 0
  trailers: Fields = []

  /** Whether the last chunk and its trailers have come. */
  get ended(): boolean {
    return this.#state === 'ended'
  }

  /** Takes bytes from `at` on and gives the data in them to `take`. Returns where the body has ended or the bytes have; a text says what is wrong. */
  read(bytes: Buffer, at: number, take: (data: Buffer) => void): number | string {
    while (at < bytes.length && this.#state !== 'ended') {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#bytesLeft)
        take(bytes.subarray(at, end))
        this.#bytesLeft -= end - at
        at = end
        if (this.#bytesLeft === 0) this.#state = 'data-end'
        continue
      }
      const end = bytes.indexOf(LF, at)
      this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end + 1)
      if (this.#line.length > MAX_LINE_BYTES) return 'a chunk with too long a line'
      if (end < 0) return bytes.length
      at = end + 1
      const fault = this.#lineEnded()
      if (fault !== undefined) return fault
    }
    return at
  }

  /** A line is complete, with the line feed that ends it. */
  #lineEnded(): string | undefined {
    const line = this.#line
    if (line.charCodeAt(line.length - 2) !== CR) return 'a line feed without a carriage return'
    if (this.#state === 'trailers') return this.#trailersSoFar(line)
    this.#line = ''
    if (this.#state === 'data-end') {
      if (line.length !== 2) return 'a chunk that is longer than it says'
      this.#state = 'size'
      return undefined
    }
    const size = SIZE_LINE.exec(line.slice(0, -2))?.[1]
    if (size === undefined) return 'a malformed chunk size'
    this.#bytesLeft = Number.parseInt(size, 16)
    this.#state = this.#bytesLeft > 0 ? 'data' : 'trailers'
    return undefined
  }

  #trailersSoFar(lines: string): string | undefined {
    if (lines !== '\r\n' && !lines.endsWith('\r\n\r\n')) return undefined
    const fields = lines === '\r\n' ? [] : readFieldLines(lines.slice(0, -4).split('\r\n'), 0)
    if (typeof fields === 'string') return fields
    this.trailers = fields
    this.#line = ''
    this.#state = 'ended'
    return undefined
  }
}
