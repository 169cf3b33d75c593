// HTTP/2 frame by frame, for what no client would send (RFC 9113, RFC 7541).
import { once } from 'node:events'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

export const FRAME = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const
export const END_STREAM = 1
export const END_HEADERS = 4
export const ACK = 1
export const ENHANCE_YOUR_CALM = 11

/** A frame as it came. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** A field line as a literal that is not indexed, without Huffman's code: bytes pass as they are. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  // An integer with a prefix of seven bits (RFC 7541 §5.1).
  const length: number[] = bytes.byteLength < 127 ? [bytes.byteLength] : [127]
  for (let rest = bytes.byteLength - 127; rest >= 0; rest = rest < 128 ? -1 : Math.floor(rest / 128)) length.push(rest < 128 ? rest : (rest % 128) | 128)
  return Buffer.concat([Buffer.from(length), bytes])
}

/** A block of field lines. */
export const block = (lines: readonly (readonly [string, string])[]): Buffer => Buffer.concat(lines.map(([name, value]) => literal(name, value)))

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.byteLength, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export const setting = (id: number, value: number): Buffer => Buffer.concat([Buffer.from([0, id]), number(value)])

/** The client's end of a connection. */
export class RawHttp2 {
  readonly socket: TLSSocket
  readonly frames: Frame[] = []
  readonly closed: Promise<void>
  #buffer: Buffer = Buffer.alloc(0)
  #waiting: (() => void)[] = []

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('close', () => this.#wake())
  }

  /** Shakes hands; says nothing of HTTP/2 yet. */
  static async secure(port: number, options: ConnectionOptions = {}): Promise<RawHttp2> {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2'], ...options })
    await once(socket, 'secureConnect')
    return new RawHttp2(socket)
  }

  /** Opens a connection with these settings. */
  static async open(port: number, settings: Buffer = Buffer.alloc(0), options: ConnectionOptions = {}): Promise<RawHttp2> {
    const client = await RawHttp2.secure(port, options)
    return client.send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(FRAME.settings, 0, 0, settings))
  }

  send(...frames: Buffer[]): this {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames))
    return this
  }

  /** The first frame that fits, of those that have come or will; undefined when the connection ends without one. */
  async frame(fits: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found || this.socket.destroyed) return found
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** How a stream was answered: by the first byte of its head, an index of the static table for the usual statuses, or by the code of its reset. */
  async outcome(stream: number): Promise<string> {
    const answer = await this.frame(({ type, stream: of }) => (of === stream && (type === FRAME.headers || type === FRAME.reset)) || type === FRAME.goaway)
    if (!answer) return 'closed'
    if (answer.type === FRAME.goaway) return `goaway ${answer.payload.readUInt32BE(4)}`
    return answer.type === FRAME.reset ? `reset ${answer.payload.readUInt32BE(0)}` : (STATUSES[answer.payload[0]!] ?? 'other')
  }

  async goaway(): Promise<number | undefined> {
    return (await this.frame(({ type }) => type === FRAME.goaway))?.payload.readUInt32BE(4)
  }

  close(): void {
    this.socket.destroy()
  }

  #read(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes])
    while (this.#buffer.byteLength >= 9) {
      const length = this.#buffer.readUIntBE(0, 3)
      if (this.#buffer.byteLength < 9 + length) break
      this.frames.push({ type: this.#buffer[3]!, flags: this.#buffer[4]!, stream: this.#buffer.readUInt32BE(5) & 0x7fffffff, payload: this.#buffer.subarray(9, 9 + length) })
      this.#buffer = this.#buffer.subarray(9 + length)
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** Of the static table (RFC 7541, appendix A). */
const STATUSES: Readonly<Record<number, string>> = { 0x88: '200', 0x8c: '400', 0x8d: '404', 0x8e: '500' }

/** The lines of a request; those given take the place of the usual ones of the same name, with an empty value in none's. */
export function request(path: string, ...lines: (readonly [string, string])[]): Buffer {
  const own = [[':method', 'GET'], [':scheme', 'https'], [':authority', 'localhost'], [':path', path]] as const
  const given = new Map(lines)
  return block([...own.flatMap(([name, value]) => (given.get(name) === '' ? [] : [[name, given.get(name) ?? value] as const])), ...lines.filter(([name]) => !own.some(([known]) => known === name))])
}
