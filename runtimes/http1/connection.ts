// One connection to a server: carries a request at a time, and reads its answer off the bytes that come (RFC 9112).
import type { Socket } from 'node:net'
import { GatewayError } from '../../src/index.js'
import type { Fields } from '../../src/adapter.js'
import { interimFault } from '../shared/interim-answers.js'
import { type AnswerHead, readAnswerHead } from './answer-head.js'
import { Chunks } from './chunks.js'

/** Largest head of an answer, in bytes. */
const MAX_HEAD_BYTES = 64 * 1024
const HEAD_END = '\r\n\r\n'
const LF_ALONE = /(?:^|[^\r])\n/

/** Takes one answer. Nothing more is told after `fail`, or after the end. */
export interface Taker {
  interim(status: number, fields: Fields): void
  /** The answer has begun. `whole` is its body where it has none to wait for: all of it, or undefined for none; the answer has ended then. */
  head(head: AnswerHead, whole: Buffer | undefined, ended: boolean): void
  /** A piece of the body. Returns whether more is welcome now; else `resume` tells when it is. */
  data(piece: Buffer): boolean
  end(trailers: Fields): void
  fail(error: Error): void
}

/** What a connection is told to whoever keeps it. */
export interface Keeper {
  /** It can carry another request. */
  free(connection: Connection): void
  /** It is closed, or about to be. */
  gone(connection: Connection): void
}

/** An open connection. */
export class Connection {
  readonly address: string | undefined
  /** When it lies idle: until when it may be used. */
  idleUntilMs = 0
  readonly #socket: Socket
  readonly #keeper: Keeper
  #taker: Taker | undefined
  #method = ''
  #state: 'head' | 'length' | 'chunked' | 'close' = 'head'
  /** The beginning of a head whose end has not come. */
  #held: Buffer | undefined
  #interimAnswers = 0
  #bytesLeft = 0
  #chunks: Chunks | undefined
  #keeps = false
  #paused = false
  #error: Error | undefined

  constructor(socket: Socket, keeper: Keeper) {
    this.#socket = socket
    this.#keeper = keeper
    this.address = socket.remoteAddress
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('error', (error) => (this.#error = error))
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#lost())
  }

  /** Whether it was closed without its keeper having been told yet. */
  get closed(): boolean {
    return this.#socket.destroyed
  }

  /** Writes a request, the head of which is Latin-1, and hands what comes to the taker. */
  carry(taker: Taker, method: string, head: string): void {
    this.#taker = taker
    this.#method = method
    this.#state = 'head'
    this.#interimAnswers = 0
    this.#socket.write(head, 'latin1')
  }

  /** Goes on after a piece that was one too many. */
  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket.resume()
  }

  /** Gives the connection up with whatever is under way on it; the taker is told nothing. */
  close(): void {
    this.#taker = undefined
    this.#socket.destroy()
    this.#keeper.gone(this)
  }

  #read(bytes: Buffer): void {
    // Nobody asked for anything: whatever this is, the next answer it must not be.
    if (!this.#taker) return this.close()
    switch (this.#state) {
      case 'head':
        return this.#readHead(this.#held ? Buffer.concat([this.#held, bytes]) : bytes)
      case 'length':
        return this.#readLength(bytes)
      case 'chunked':
        return this.#readChunks(bytes, 0)
      case 'close':
        return this.#pass(bytes)
    }
  }

  #readHead(bytes: Buffer): void {
    const end = bytes.indexOf(HEAD_END)
    if (end < 0 || end > MAX_HEAD_BYTES) return this.#waitForHead(bytes)
    this.#held = undefined
    const head = readAnswerHead(bytes.toString('latin1', 0, end), this.#method)
    if (typeof head === 'string') return this.#refuse(head)
    const rest = end + HEAD_END.length
    if (head.status >= 200) return this.#answered(head, bytes, rest)
    if (head.status === 101) return this.#refuse('the server switched protocols unasked')
    const fault = interimFault(++this.#interimAnswers)
    if (fault) return this.#fail(fault)
    if (head.status !== 100) this.#taker!.interim(head.status, head.fields)
    if (rest < bytes.length && this.#taker) this.#readHead(bytes.subarray(rest))
  }

  #waitForHead(bytes: Buffer): void {
    const text = bytes.toString('latin1', 0, MAX_HEAD_BYTES)
    if (!'HTTP/1.'.startsWith(text.slice(0, 7)) || LF_ALONE.test(text)) return this.#refuse('what came is no answer')
    if (bytes.length > MAX_HEAD_BYTES) return this.#fail(new GatewayError('http_response_header_section_size', { message: `the head of the answer is larger than ${MAX_HEAD_BYTES} bytes` }))
    this.#held = bytes
  }

  #answered(head: AnswerHead, bytes: Buffer, rest: number): void {
    const { framing } = head
    this.#keeps = head.keeps
    switch (framing.kind) {
      case 'none':
        return this.#complete(bytes.length === rest, (taker) => taker.head(head, undefined, true))
      case 'length': {
        const end = rest + framing.bytes
        if (bytes.length >= end) return this.#complete(bytes.length === end, (taker) => taker.head(head, bytes.subarray(rest, end), true))
        this.#bytesLeft = framing.bytes
        break
      }
      case 'chunked':
        this.#chunks = new Chunks()
        break
      case 'close':
        break
    }
    this.#state = framing.kind
    this.#taker!.head(head, undefined, false)
    if (rest < bytes.length) this.#read(bytes.subarray(rest))
  }

  #readLength(bytes: Buffer): void {
    const surplus = bytes.length - this.#bytesLeft
    this.#bytesLeft -= bytes.length
    this.#pass(surplus > 0 ? bytes.subarray(0, bytes.length - surplus) : bytes)
    if (surplus >= 0 && this.#taker) this.#complete(surplus === 0, (taker) => taker.end([]))
  }

  #readChunks(bytes: Buffer, at: number): void {
    const chunks = this.#chunks!
    const read = chunks.read(bytes, at, (data) => this.#pass(data))
    if (!this.#taker) return
    if (typeof read === 'string') this.#refuse(read)
    else if (chunks.ended) this.#complete(read === bytes.length, (taker) => taker.end(chunks.trailers))
  }

  #pass(bytes: Buffer): void {
    if (!this.#taker || bytes.length === 0 || this.#taker.data(bytes) || this.#paused) return
    this.#paused = true
    this.#socket.pause()
  }

  /** The answer is complete. `clean`: nothing came behind it. */
  #complete(clean: boolean, tell: (taker: Taker) => void): void {
    const taker = this.#taker!
    this.#taker = undefined
    this.#state = 'head'
    this.#chunks = undefined
    if (this.#keeps && clean && !this.#socket.destroyed) {
      this.resume()
      this.#keeper.free(this)
    } else this.close()
    tell(taker)
  }

  #refuse(what: string): void {
    this.#fail(new GatewayError('http_protocol_error', { message: what }))
  }

  #fail(error: Error): void {
    const taker = this.#taker
    this.close()
    taker?.fail(error)
  }

  /** The server will send nothing more. */
  #ended(): void {
    if (this.#state === 'close' && this.#taker) this.#complete(true, (taker) => taker.end([]))
    else this.#lost()
  }

  #lost(): void {
    this.#fail(this.#error ?? Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }))
  }
}
