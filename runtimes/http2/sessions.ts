// Connections of HTTP/2 to one server: each carries as many requests as the server takes, another is opened for what is beyond.
import { type ClientHttp2Session, type ClientHttp2Stream, type ClientSessionRequestOptions, connect as connectHttp2, type OutgoingHttpHeaders, type SecureClientSessionOptions } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { GatewayError, type Server } from '../../src/index.js'
import type { Name } from '../dns/names.js'
import type { Asker, Connector } from '../node-http/connector.js'
import { limitPassed } from '../shared/limit-passed.js'
import { upstreamError } from '../shared/upstream-error.js'

/** What all connections of a server are opened for. */
export interface Purpose {
  readonly server: Server
  readonly asker: Asker
  readonly connectMs: number
  /** How long a connection stays open with nothing under way; 0 for one request to a connection. */
  readonly idleMs: number
}

/** Of an answer that the client has not taken yet. */
const STREAM_WINDOW_BYTES = 256 * 1024
/** Of all answers together, which node:http2 takes in as they come. */
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024
const SESSION: SecureClientSessionOptions = { settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: 64 * 1024 }, maxHeaderListPairs: 1000, maxSessionMemory: 64 }

/** The connections of one server, or what it speaks instead. */
export class ServerSessions {
  readonly name: Name | undefined
  readonly #purpose: Purpose
  readonly #connector: Connector
  readonly #all = new Set<ServerSession>()
  readonly #onEmpty: () => void
  readonly #stopListening: (() => void) | undefined
  #opening: Promise<ServerSession | 'http/1.1'> | undefined

  /** `onEmpty` is called when the last of the connections is gone. */
  constructor(purpose: Purpose, connector: Connector, onEmpty: () => void) {
    this.#purpose = purpose
    this.#connector = connector
    this.#onEmpty = onEmpty
    this.name = connector.nameOf(purpose.server)
    this.#stopListening = this.name?.onGone(() => this.#retireGone())
  }

  /** A connection with room for a request; requests that want one at the same time wait for the same. Rejects with a GatewayError. */
  async withRoom(): Promise<ServerSession | 'http/1.1'> {
    for (;;) {
      for (const session of this.#all) if (session.hasRoom && !this.#isGone(session)) return session
      const opened = await (this.#opening ??= this.#open().finally(() => (this.#opening = undefined)))
      if (opened === 'http/1.1' || opened.hasRoom) return opened
      if (opened.isUnused) throw new GatewayError('connection_refused', { message: 'the server takes no streams' })
    }
  }

  destroy(): void {
    this.#stopListening?.()
    for (const session of this.#all) session.destroy()
  }

  async #open(): Promise<ServerSession | 'http/1.1'> {
    const { server, asker, connectMs, idleMs } = this.#purpose
    const startedMs = performance.now()
    const socket = await this.#connector.open(server, asker, connectMs, ['h2', 'http/1.1']).catch((error: Error) => {
      throw upstreamError(error)
    })
    if (server.secure && (socket as TLSSocket).alpnProtocol !== 'h2') {
      socket.destroy()
      return 'http/1.1'
    }
    const address = socket.remoteAddress
    const session = await settled(server, socket, connectMs, startedMs)
    const opened: ServerSession = new ServerSession(session, idleMs, address, () => this.#gone(opened))
    this.#all.add(opened)
    return opened
  }

  #gone(session: ServerSession): void {
    this.#all.delete(session)
    if (this.#all.size > 0 || this.#opening) return
    this.#stopListening?.()
    this.#onEmpty()
  }

  #retireGone(): void {
    for (const session of this.#all) if (this.#isGone(session)) session.retire()
  }

  #isGone({ address }: ServerSession): boolean {
    return this.name !== undefined && address !== undefined && !this.name.has(address)
  }
}

/** Speaks HTTP/2 on a connection. Until the server has said how much it takes, nothing is sent on it. */
function settled(server: Server, socket: Socket, connectMs: number, startedMs: number): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`${server.secure ? 'https' : 'http'}://${server.authority}`, { ...SESSION, createConnection: () => socket })
    const fail = (error: GatewayError): void => {
      clearTimeout(timer)
      reject(error)
      session.destroy()
    }
    const timer = setTimeout(() => fail(limitPassed('connection_timeout', 'timeout.connect', connectMs)), Math.max(1, startedMs + connectMs - performance.now()))
    session.on('error', (error: Error) => fail(new GatewayError('http_protocol_error', { message: `the server does not speak HTTP/2: ${error.message}`, cause: error })))
    session.once('close', () => fail(new GatewayError('connection_refused', { message: 'the server closed the connection before it spoke HTTP/2' })))
    session.once('remoteSettings', () => {
      clearTimeout(timer)
      session.setLocalWindowSize(CONNECTION_WINDOW_BYTES)
      resolve(session)
    })
  })
}

/** One connection. */
export class ServerSession {
  readonly address: string | undefined
  readonly #session: ClientHttp2Session
  readonly #idleMs: number
  #open = 0
  #used = false
  #retired = false
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(session: ClientHttp2Session, idleMs: number, address: string | undefined, onClose: () => void) {
    this.#session = session
    this.#idleMs = idleMs
    this.address = address
    // What is under way below the number it names ends; node:http2 gives the rest up as refused.
    session.on('goaway', () => (this.#retired = true))
    session.once('close', () => {
      clearTimeout(this.#idle)
      onClose()
    })
  }

  get hasRoom(): boolean {
    const session = this.#session
    return !this.#retired && !session.closed && !session.destroyed && this.#open < (session.remoteSettings.maxConcurrentStreams ?? Infinity) && !(this.#used && this.#idleMs === 0)
  }

  /** Whether nothing was ever asked of it. */
  get isUnused(): boolean {
    return !this.#used
  }

  /** Opens a stream. Throws node's error where that cannot be. */
  begin(head: OutgoingHttpHeaders, options: ClientSessionRequestOptions): ClientHttp2Stream {
    const stream = this.#session.request(head, options)
    this.#used = true
    this.#open++
    clearTimeout(this.#idle)
    stream.once('close', () => this.#ended())
    return stream
  }

  /** Takes no further request to it. What is under way on it ends first. */
  retire(): void {
    this.#retired = true
    if (this.#open === 0) this.#session.close()
  }

  destroy(): void {
    this.#session.destroy()
  }

  #ended(): void {
    if (--this.#open > 0) return
    if (this.#retired || this.#idleMs === 0) return this.#session.close()
    this.#idle = setTimeout(() => this.#session.close(), this.#idleMs)
    this.#idle.unref()
  }
}
