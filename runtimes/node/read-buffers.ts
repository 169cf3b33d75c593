// Memory for what is read of servers, used again: a fresh buffer for each 64 KiB makes V8 collect garbage all the time, a quarter of what large bodies cost.
import { connect, type NetConnectOpts, type Socket } from 'node:net'

/** As much as one read takes in. */
const BUFFER_BYTES = 64 * 1024
/** Pieces up to this size get memory of their own, of which the least is wasted. */
const MAX_OWN_BYTES = 16 * 1024
/** So many buffers are kept that nobody uses, 8 MiB. */
const MAX_SPARE = 128

const FILLED = Symbol('bytes in use')
type Lent = ArrayBufferLike & { [FILLED]?: number | undefined }

/** Buffers that are free. One that is lent and not given back is garbage like any other. */
export class ReadBuffers {
  /** What every socket reads into; it is copied at once, so that a silent connection has no memory of its own. */
  readonly #scratch = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  readonly #spare: Buffer[] = []

  /** Connects a socket that reads into these. It is a stream like any other. */
  connect(options: NetConnectOpts): Socket {
    const socket: Socket = connect({ ...options, onread: { buffer: this.#scratch, callback: (bytes) => socket.push(this.#copied(bytes)) } })
    return socket
  }

  /** The piece is written, and so is all that was in its buffer before it. */
  giveBack({ buffer, byteOffset, byteLength }: Uint8Array): void {
    const lent = buffer as Lent
    // What came behind it, such as the head of the next chunk, may still be looked at.
    if (lent[FILLED] !== byteOffset + byteLength) return
    lent[FILLED] = undefined
    if (this.#spare.length < MAX_SPARE) this.#spare.push(Buffer.from(buffer))
  }

  #copied(bytes: number): Buffer {
    const read = this.#scratch.subarray(0, bytes)
    if (bytes <= MAX_OWN_BYTES) return Buffer.from(read)
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
    ;(buffer.buffer as Lent)[FILLED] = bytes
    buffer.set(read)
    return buffer.subarray(0, bytes)
  }
}
