// The frames of WebSocket, read and written (RFC 6455 §5.2).

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** What stands before the payload of a frame. */
export interface FrameHead {
  readonly final: boolean
  /** Whether bits are set that only an extension gives a meaning. */
  readonly reserved: boolean
  readonly opcode: number
  readonly masked: boolean
  /** Of the payload, in bytes. Exact up to 2^53; above, all that is known is that it is larger than anything. */
  readonly length: number
}

/** Longest head: two bytes, eight of length, four of mask. */
const MAX_HEAD_BYTES = 14

/** Puts the heads of a stream of frames together, byte by byte. */
export class HeadReader {
  readonly #bytes = new Uint8Array(MAX_HEAD_BYTES)
  #filled = 0

  /** Whether a head has begun and is not complete. */
  get begun(): boolean {
    return this.#filled > 0
  }

  /** Takes one byte of a head; gives the head with its last. */
  take(byte: number): FrameHead | undefined {
    const bytes = this.#bytes
    bytes[this.#filled++] = byte
    if (this.#filled < 2) return undefined
    const short = bytes[1]! & 0x7f
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const masked = (bytes[1]! & 0x80) !== 0
    if (this.#filled < 2 + lengthBytes + (masked ? 4 : 0)) return undefined
    this.#filled = 0
    let length = lengthBytes === 0 ? short : 0
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[2 + i]!
    return { final: (bytes[0]! & 0x80) !== 0, reserved: (bytes[0]! & 0x70) !== 0, opcode: bytes[0]! & 0x0f, masked, length }
  }
}

/** A whole frame without extensions. Frames towards a server are masked, each with four bytes that nobody can foresee (RFC 6455 §5.3). */
export function frameOf(opcode: number, payload: Uint8Array, mask?: Uint8Array): Uint8Array {
  const { byteLength } = payload
  const lengthBytes = byteLength < 126 ? 0 : byteLength < 65536 ? 2 : 8
  const start = 2 + lengthBytes + (mask ? 4 : 0)
  const frame = new Uint8Array(start + byteLength)
  frame[0] = 0x80 | opcode
  frame[1] = (mask ? 0x80 : 0) | (lengthBytes === 0 ? byteLength : lengthBytes === 2 ? 126 : 127)
  for (let i = 0, rest = byteLength; i < lengthBytes; i++, rest = Math.floor(rest / 256)) frame[1 + lengthBytes - i] = rest % 256
  frame.set(payload, start)
  if (mask) {
    frame.set(mask, start - 4)
    for (let i = 0; i < byteLength; i++) frame[start + i]! ^= mask[i & 3]!
  }
  return frame
}
