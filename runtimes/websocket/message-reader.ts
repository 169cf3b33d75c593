// Messages out of the bytes that a server sends (RFC 6455 §5.4 to §8.1). No extensions: none are offered to it.
import { type Close, decodeUtf8, parseClose } from './close.js'
import { type FrameHead, HeadReader, OPCODE } from './frame.js'

export type Message = string | Uint8Array

export type Received =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'ping'; readonly data: Uint8Array }
  | { readonly kind: 'pong'; readonly data: Uint8Array }
  | ({ readonly kind: 'close' } & Close)
  /** The connection must fail with this code. */
  | { readonly kind: 'fault'; readonly code: 1002 | 1007 | 1009; readonly why: string }

/** Reads a stream in pieces of any size. After a close or a fault it reads no further. */
export class MessageReader {
  readonly #maxBytes: number
  readonly #heads = new HeadReader()
  readonly #message = new Gathered()
  readonly #control = new Gathered()
  /** Of the message that has begun. */
  #type: number | undefined
  #frame: FrameHead | undefined
  #left = 0
  #over = false

  /** A message longer than `maxBytes` is a fault; so much is kept in memory. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What this piece has completed, in order. Payloads may be views of the piece. */
  read(piece: Uint8Array): Received[] {
    const received: Received[] = []
    for (let at = 0; at < piece.byteLength && !this.#over; ) {
      if (this.#frame) {
        const part = piece.subarray(at, at + this.#left)
        at += part.byteLength
        this.#left -= part.byteLength
        this.#payloadOf(this.#frame).add(part)
      } else {
        this.#frame = this.#heads.take(piece[at++]!)
        if (!this.#frame) continue
        const fault = this.#faultOf(this.#frame)
        if (fault) return [...received, this.#end(fault)]
        this.#left = this.#frame.length
      }
      if (this.#left > 0) continue
      const complete = this.#complete(this.#frame)
      this.#frame = undefined
      if (complete) received.push(complete)
    }
    return received
  }

  #faultOf({ final, reserved, opcode, masked, length }: FrameHead): Received | undefined {
    if (reserved) return fault(1002, 'reserved bits are set')
    if (masked) return fault(1002, 'a frame of the server is masked')
    if (isControl(opcode)) {
      if (opcode > OPCODE.pong) return fault(1002, `opcode ${opcode} is unknown`)
      return final && length <= 125 ? undefined : fault(1002, 'a control frame is fragmented or too long')
    }
    if (opcode > OPCODE.binary) return fault(1002, `opcode ${opcode} is unknown`)
    if ((opcode === OPCODE.continuation) !== (this.#type !== undefined)) return fault(1002, this.#type === undefined ? 'nothing is there to be continued' : 'a message begins inside another')
    if (this.#message.bytes + length > this.#maxBytes) return fault(1009, `a message is longer than ${this.#maxBytes} bytes`)
    if (this.#type === undefined) this.#type = opcode
    return undefined
  }

  #payloadOf({ opcode }: FrameHead): Gathered {
    return isControl(opcode) ? this.#control : this.#message
  }

  /** A frame is complete; gives what it completes. */
  #complete({ opcode, final }: FrameHead): Received | undefined {
    if (opcode === OPCODE.ping || opcode === OPCODE.pong) return { kind: opcode === OPCODE.ping ? 'ping' : 'pong', data: this.#control.take() }
    if (opcode === OPCODE.close) {
      const close = parseClose(this.#control.take())
      return this.#end('fault' in close ? fault(close.fault, 'a Close frame is malformed') : { kind: 'close', ...close })
    }
    if (!final) return undefined
    const isText = this.#type === OPCODE.text
    this.#type = undefined
    const message = isText ? decodeUtf8(this.#message.take()) : this.#message.take()
    return message === undefined ? this.#end(fault(1007, 'a text is no UTF-8')) : { kind: 'message', message }
  }

  #end(last: Received): Received {
    this.#over = true
    this.#message.take()
    return last
  }
}

function isControl(opcode: number): boolean {
  return opcode >= OPCODE.close
}

function fault(code: 1002 | 1007 | 1009, why: string): Received {
  return { kind: 'fault', code, why }
}

const EMPTY = new Uint8Array(0)

/** Payload in the making. One piece is kept as it is; more are copied together, so that many small ones hold no more than their bytes. */
class Gathered {
  bytes = 0
  #buffer: Uint8Array = EMPTY

  add(part: Uint8Array): void {
    if (part.byteLength === 0) return
    if (this.bytes === 0) this.#buffer = part
    else {
      const bytes = this.bytes + part.byteLength
      // What came whole is a view of somebody else's memory, and full: it is copied before it is written behind.
      if (bytes > this.#buffer.byteLength) {
        const grown = new Uint8Array(Math.max(bytes, 2 * this.#buffer.byteLength))
        grown.set(this.#buffer.subarray(0, this.bytes))
        this.#buffer = grown
      }
      this.#buffer.set(part, this.bytes)
    }
    this.bytes += part.byteLength
  }

  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.bytes)
    this.bytes = 0
    this.#buffer = EMPTY
    return taken
  }
}
