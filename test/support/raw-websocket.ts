// WebSocket on bare TCP sockets: handshakes and frames as the bytes they are, on either side (RFC 6455).
import { createHash } from 'node:crypto'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { type FrameHead, frameOf, HeadReader } from '../../runtimes/websocket/frame.js'
import { head } from './raw-client.js'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const MASK = Uint8Array.from([1, 2, 3, 4])

/** A frame that was read, its mask taken off. */
export interface RawFrame extends FrameHead {
  readonly payload: Buffer
}

/** The head of a handshake; fields given replace those of the same name. */
export function handshake(path: string, ...fields: string[]): string {
  const own = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${KEY}`]
  const replaced = new Set(fields.map((field) => field.split(':', 1)[0]))
  return head(`GET ${path}`, ...own.filter((field) => !replaced.has(field.split(':', 1)[0])), ...fields)
}

/** A frame as a client sends it. */
export const masked = (opcode: number, payload: string | Uint8Array = ''): Uint8Array => frameOf(opcode, Buffer.from(payload), MASK)
/** A frame as a server sends it. */
export const unmasked = (opcode: number, payload: string | Uint8Array = ''): Uint8Array => frameOf(opcode, Buffer.from(payload))

/** One end of a connection, with a reader of its own. */
export class RawPeer {
  readonly socket: Socket
  #buffer: Buffer = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake()
    })
    socket.on('end', () => this.#end()).on('close', () => this.#end())
  }

  /** Connects and sends the bytes. */
  static async open(port: number, ...bytes: (string | Uint8Array)[]): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const peer = new RawPeer(socket)
    peer.send(Buffer.concat(bytes.map((part) => Buffer.from(part as string, 'latin1'))))
    return peer
  }

  send(...bytes: Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes))
  }

  /** Reads a head, without its last line break; what has come when the connection ends before. */
  async head(): Promise<string> {
    while (!this.#buffer.includes('\r\n\r\n')) if (!(await this.#more())) break
    const end = this.#buffer.indexOf('\r\n\r\n')
    return this.#take(end < 0 ? this.#buffer.byteLength : end + 4).toString('latin1')
  }

  /** Reads the next frame; undefined when the connection ends before. */
  async frame(): Promise<RawFrame | undefined> {
    for (;;) {
      const heads = new HeadReader()
      for (let i = 0; i < this.#buffer.byteLength; i++) {
        const found = heads.take(this.#buffer[i]!)
        if (!found) continue
        if (this.#buffer.byteLength < i + 1 + found.length) break
        const bytes = this.#take(i + 1 + found.length)
        const mask = bytes.subarray(i - 3, i + 1)
        const payload = bytes.subarray(i + 1)
        return { ...found, payload: found.masked ? Buffer.from(payload.map((byte, at) => byte ^ mask[at % 4]!)) : payload }
      }
      if (!(await this.#more())) return undefined
    }
  }

  /** What has come and was not read, once there is something. */
  async rest(): Promise<string> {
    if (this.#buffer.byteLength === 0) await this.#more()
    return this.#take(this.#buffer.byteLength).toString('latin1')
  }

  /** Reads until the other side has closed the connection. */
  async closed(): Promise<void> {
    while (await this.#more());
  }

  #take(bytes: number): Buffer {
    const taken = this.#buffer.subarray(0, bytes)
    this.#buffer = this.#buffer.subarray(bytes)
    return taken
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false
    await new Promise<void>((resolve) => (this.#wake = resolve))
    return true
  }

  #end(): void {
    this.#ended = true
    this.#wake()
  }
}

/** A handshake that has reached a server. */
export interface RawHandshake {
  readonly peer: RawPeer
  readonly head: string
  /** Answers 101, with further fields, and bytes right behind it. */
  accept(fields?: readonly string[], ...frames: Uint8Array[]): void
  /** Answers otherwise, and closes. */
  refuse(status: string, fields?: readonly string[], body?: string): void
}

export interface RawWebSocketServer {
  readonly url: string
  /** Connections that were made. */
  connections(): number
  /** The next handshake that comes. */
  next(): Promise<RawHandshake>
  close(): void
}

/** Starts a server that does with each handshake what its test says, and nothing by itself. */
export async function startRawWebSocketServer(): Promise<RawWebSocketServer> {
  const sockets = new Set<Socket>()
  const waiting: ((handshake: RawHandshake) => void)[] = []
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const peer = new RawPeer(socket)
    void peer.head().then((head) => {
      // A connection may be made and not be needed after all.
      if (head === '') return
      const accept = acceptOf(/^sec-websocket-key: (.*)$/im.exec(head)?.[1] ?? '')
      waiting.shift()?.({
        peer,
        head,
        accept: (fields = [], ...frames) => {
          const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', ...(fields.some((field) => /^sec-websocket-accept:/i.test(field)) ? [] : [`Sec-WebSocket-Accept: ${accept}`]), ...fields, '', '']
          peer.send(Buffer.from(lines.join('\r\n'), 'latin1'), ...frames)
        },
        refuse: (status, fields = [], body = '') => socket.end([`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${body.length}`, 'Connection: close', '', body].join('\r\n')),
      })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key.trim()}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}
