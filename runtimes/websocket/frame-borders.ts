// Where the frames of a stream that passes by end, so that one more can be put between two of them (RFC 6455 §5.4).
import { HeadReader, OPCODE } from './frame.js'

/** Follows one direction of a connection. Reads heads only, so that extensions and masks are no concern of it. */
export class FrameBorders {
  readonly #heads = new HeadReader()
  #left = 0
  #inFrame = false
  #inPong = false
  #closing = false
  #moved = false

  /** Whether a frame of somebody else's may come now: the last one is complete, and it was no Close. */
  get open(): boolean {
    return !this.#inFrame && !this.#heads.begun && !this.#closing
  }

  /** Whether a Close has passed, behind which nothing is to be said. */
  get closing(): boolean {
    return this.#closing
  }

  /** Follows the bytes up to the next border that is open to another frame, or to their end. Gives the number of bytes followed. */
  toBorder(bytes: Uint8Array): number {
    let at = 0
    while (at < bytes.byteLength) {
      at = this.#step(bytes, at)
      if (this.open) break
    }
    return at
  }

  /** Follows all of the bytes. */
  follow(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) at = this.#step(bytes, at)
  }

  /** Whether anything but Pong frames has passed since this was last asked. */
  takeMoved(): boolean {
    const moved = this.#moved
    this.#moved = false
    return moved
  }

  #step(bytes: Uint8Array, at: number): number {
    if (this.#inFrame) {
      const taken = Math.min(this.#left, bytes.byteLength - at)
      this.#left -= taken
      if (!this.#inPong) this.#moved = true
      if (this.#left === 0) this.#inFrame = false
      return at + taken
    }
    const head = this.#heads.take(bytes[at]!)
    if (head) {
      this.#left = head.length
      this.#inFrame = head.length > 0
      this.#inPong = head.opcode === OPCODE.pong
      if (head.opcode === OPCODE.close) this.#closing = true
      if (!this.#inPong) this.#moved = true
    }
    return at + 1
  }
}
