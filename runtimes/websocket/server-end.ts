// The server's end of a WebSocket where the client's is the runtime's own: frames written to a socket, and read from it (RFC 6455).
import type { Socket } from 'node:net'
import { BROKEN, type Close, closePayload } from './close.js'
import { frameOf, OPCODE } from './frame.js'
import { type Message, MessageReader } from './message-reader.js'

/** What the end tells of. */
export interface ServerListener {
  message(message: Message): void
  ping(data: Uint8Array): void
  pong(data: Uint8Array): void
  /** It has taken what had to wait. */
  drained(): void
  /** Called once: it has said goodbye, or has broken off with {@link BROKEN}. */
  closed(close: Close): void
}

/** Longest message, in bytes: the runtimes' sockets take whole ones only. As much as Bun is told to take of a client. */
export const MAX_MESSAGE_BYTES = 128 * 1024 * 1024
/** How long a server may take to close the connection once both have said goodbye. */
const GOODBYE_MS = 5000

/** Speaks as a client: what it writes is masked. */
export class ServerEnd {
  readonly #socket: Socket
  readonly #reader = new MessageReader(MAX_MESSAGE_BYTES)
  #listener: ServerListener | undefined
  #closeSent = false
  #closeSeen = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('close', () => this.#closed({ code: BROKEN, reason: '' }))
  }

  /** Begins to read; until then, nothing is taken off the socket. */
  listen(listener: ServerListener): void {
    this.#listener = listener
    if (this.#socket.destroyed) return listener.closed({ code: BROKEN, reason: '' })
    this.#socket.on('drain', () => listener.drained())
    // A server that ends without a goodbye has broken off; after one, the rest of ours still has to go out.
    this.#socket.on('end', () => this.#closeSeen || this.#socket.destroy())
    this.#socket.on('data', (piece: Uint8Array) => this.#read(piece))
  }

  send(message: Message): void {
    if (typeof message === 'string') this.#write(OPCODE.text, new TextEncoder().encode(message))
    else this.#write(OPCODE.binary, message)
  }

  buffered(): number {
    return this.#socket.writableLength
  }

  ping(data: Uint8Array): void {
    this.#write(OPCODE.ping, data)
  }

  pong(data: Uint8Array): void {
    this.#write(OPCODE.pong, data)
  }

  close(close: Close): void {
    if (this.#closeSent) return
    this.#write(OPCODE.close, closePayload(close))
    this.#closeSent = true
    if (this.#closeSeen) this.#leave()
  }

  terminate(): void {
    this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  isRead(): boolean {
    return !this.#socket.isPaused()
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (!this.#closeSent && this.#socket.writable) this.#socket.write(frameOf(opcode, payload, crypto.getRandomValues(new Uint8Array(4))))
  }

  #read(piece: Uint8Array): void {
    for (const received of this.#reader.read(piece)) {
      if (received.kind === 'message') this.#listener?.message(received.message)
      else if (received.kind === 'ping') this.#listener?.ping(received.data)
      else if (received.kind === 'pong') this.#listener?.pong(received.data)
      else {
        // A fault is told to both sides with its code; what broke the rules here would have broken them there.
        const close = received.kind === 'fault' ? { code: received.code, reason: received.why } : received
        this.close(close)
        this.#closed(close)
      }
    }
  }

  #closed(close: Close): void {
    if (this.#closeSeen) return
    this.#closeSeen = true
    this.#listener?.closed(close)
    if (this.#closeSent) this.#leave()
  }

  /** Both have said goodbye: it is the server's part to close the connection first (RFC 6455 §7.1.1). */
  #leave(): void {
    const socket = this.#socket
    if (socket.destroyed) return
    socket.end()
    socket.resume()
    this.#awaitEnd(Infinity)
  }

  /** What is unsent may take longer, as long as it goes on being taken. */
  #awaitEnd(before: number): void {
    const socket = this.#socket
    const unsent = socket.writableLength
    if (unsent >= before) return void socket.destroy()
    const next = setTimeout(() => this.#awaitEnd(unsent), GOODBYE_MS)
    socket.once('close', () => clearTimeout(next))
  }
}
