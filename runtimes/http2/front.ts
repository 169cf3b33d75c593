// HTTP/2 towards clients, on connections whose TLS has settled on it by ALPN: node:http2's sessions without its server (RFC 9113).
import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream, type SessionOptions } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { type ErrorCode, type Gateway, GatewayError, type RequestInfo } from '../../src/index.js'
import { fieldValue } from '../../src/adapter.js'
import { peerOf } from '../node-http/front.js'
import { isMisdirected } from '../node-http/secure.js'
import { MAX_HEAD_BYTES } from '../shared/listen.js'
import type { OwnAnswers } from '../shared/own-answers.js'
import { cancelStream } from './cancel.js'
import { readHead, type RequestHead } from './fields.js'
import { awaitsContinue, Http2Request } from './request.js'
import { ResetBudget } from './resets.js'
import { breakOff, isBrokenByClient, sendHttp2Answer } from './response.js'
import { acceptWebSocket } from './upgrade.js'

/** What the connections of a listener have in common. */
export interface Http2Options {
  readonly keepAliveMs: number
  readonly headersMs: number
  readonly stallMs: number
  readonly own: OwnAnswers
  /** Whether a request must be for the host that its connection was made for. */
  readonly asksClients: boolean
}

/** Requests under way on one connection. */
const MAX_STREAMS = 100
/** Of a body that the gateway has not read yet. */
const STREAM_WINDOW_BYTES = 256 * 1024
/** Of all bodies together: node:http2 takes in what comes, and holds each stream back by its own window. */
const CONNECTION_WINDOW_BYTES = 1024 * 1024
const SESSION: SessionOptions = {
  settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEAD_BYTES, initialWindowSize: STREAM_WINDOW_BYTES, enableConnectProtocol: true },
  maxHeaderListPairs: 1000,
  // In MiB: what waits to be sent counts.
  maxSessionMemory: 32,
}
/** A GOAWAY with it takes nothing back: it says that the connection will end (RFC 9113 §6.8). */
const LAST_OF_ALL = 2 ** 31 - 1

/** The HTTP/2 connections of one listener. */
export class Http2Front {
  readonly #gateway: Gateway
  readonly #options: Http2Options
  readonly #connections = new Set<Http2Connection>()
  #draining = false

  constructor(gateway: Gateway, options: Http2Options) {
    this.#gateway = gateway
    this.#options = options
  }

  take(socket: TLSSocket): void {
    const connection = new Http2Connection(socket, this.#gateway, this.#options, () => this.#connections.delete(connection))
    this.#connections.add(connection)
    if (this.#draining) connection.announceEnd()
  }

  /** Tells clients that their connections will end; what is on its way is still served. */
  announceEnd(): void {
    this.#draining = true
    for (const connection of this.#connections) connection.announceEnd()
  }

  /** Has connections end with the requests that are under way. */
  end(): void {
    for (const connection of this.#connections) connection.end()
  }
}

class Http2Connection {
  readonly #session: ServerHttp2Session
  readonly #socket: TLSSocket
  readonly #peer: NonNullable<RequestInfo['peer']>
  readonly #gateway: Gateway
  readonly #options: Http2Options
  readonly #resets = new ResetBudget(performance.now())
  #open = 0
  #idleSinceMs = performance.now()
  #idleLimitMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #ending = false

  constructor(socket: TLSSocket, gateway: Gateway, options: Http2Options, onClose: () => void) {
    this.#socket = socket
    this.#peer = peerOf(socket)
    this.#gateway = gateway
    this.#options = options
    this.#idleLimitMs = options.headersMs
    const session = (this.#session = performServerHandshake(socket, SESSION))
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES)
    session.on('error', ignore)
    session.on('stream', (stream: ServerHttp2Stream, ...[, , raw]: unknown[]) => this.#serve(stream, readHead(raw as string[])))
    session.on('close', () => {
      clearTimeout(this.#timer)
      onClose()
    })
    this.#watch(options.headersMs)
  }

  announceEnd(): void {
    if (!this.#session.destroyed) this.#session.goaway(constants.NGHTTP2_NO_ERROR, LAST_OF_ALL)
  }

  end(): void {
    this.#ending = true
    if (!this.#session.destroyed) this.#session.close()
  }

  #serve(stream: ServerHttp2Stream, head: RequestHead): void {
    this.#open++
    this.#idleLimitMs = this.#options.keepAliveMs
    stream.on('error', ignore)
    stream.on('close', () => this.#closed(stream))
    stream.setTimeout(this.#options.stallMs, () => resetStalled(stream))
    const isWebSocket = head.method === 'CONNECT' && head.protocol === 'websocket'
    if (head.method === 'CONNECT' && !isWebSocket) return this.#refuse(stream, head, 'not_implemented')
    if (this.#options.asksClients && isMisdirected(this.#socket, fieldValue(head.fields, 'host') ?? '')) return this.#refuse(stream, head, 'misdirected')
    if (isWebSocket) return acceptWebSocket(this.#gateway, head, stream, this.#peer)
    const request = new Http2Request(head, stream)
    if (awaitsContinue(request)) stream.additionalHeaders({ ':status': 100 })
    this.#gateway
      .handle(request, { peer: this.#peer })
      .then((answer) => sendHttp2Answer(stream, head.fields, answer))
      .catch((error: Error) => {
        // A head that cannot be sent, such as one with a forbidden byte in it.
        process.emitWarning(error)
        if (stream.headersSent) breakOff(stream)
        else this.#refuse(stream, head, 'proxy_internal_error')
      })
    if (request.body) stream.once('finish', () => dismissRest(stream))
  }

  #refuse(stream: ServerHttp2Stream, head: RequestHead, code: ErrorCode): void {
    void sendHttp2Answer(stream, head.fields, this.#options.own.give(head, this.#peer, new GatewayError(code)))
  }

  #closed(stream: ServerHttp2Stream): void {
    if (--this.#open === 0) this.#idleSinceMs = performance.now()
    if (!isBrokenByClient(stream) || this.#ending || this.#resets.take(performance.now())) return
    this.#ending = true
    this.#session.destroy(new Error('too many streams were broken off'), constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }

  /** Ends the connection when nothing has been under way on it for its time; looks again when that was not so. */
  #watch(inMs: number): void {
    this.#timer = setTimeout(() => {
      const leftMs = this.#open > 0 ? this.#options.keepAliveMs : this.#idleSinceMs + this.#idleLimitMs - performance.now()
      if (leftMs > 1) this.#watch(leftMs)
      else this.end()
    }, inMs)
    this.#timer.unref()
  }
}

/** Nothing moved on a stream for the stall time. That is a fault only where the client is the one to move. */
function resetStalled(stream: ServerHttp2Stream): void {
  // What has come and is not taken waits for the server.
  const uploading = !stream.readableEnded && !stream.endAfterHeaders && stream.readableLength === 0
  if (uploading || stream.writableLength > 0) cancelStream(stream)
}

/** The answer is out and the request is not in: the client is told to keep the rest (RFC 9113 §8.1). */
function dismissRest(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.destroyed) return
  stream.resume()
  // The end of the answer is written by then; a reset would overtake it.
  setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR))
}

function ignore(): void {}
