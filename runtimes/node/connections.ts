// The connections to one server, each an undici client of its own: used again, or retired when its address is the server's no more.
import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import Client from 'undici/lib/dispatcher/client.js'
import type { KeepAlive, Server } from '../../src/index.js'
import type { Name } from '../dns/names.js'
import type { Asker, Connector } from '../node-http/connector.js'
import { idleConnectionsOf, idleMsOf, IDLE_MARGIN_MS, MAX_IDLE_CONNECTION_MS } from '../shared/idle-time.js'
import { ContinueFilter } from './skip-continue.js'

/** Largest head of an answer, in bytes. */
const MAX_ANSWER_HEAD_BYTES = 64 * 1024

/** What is sent, in undici's terms. */
export type DispatchOptions = Dispatcher.DispatchOptions

/** Takes an answer, and tells its connection when that is due: in `onConnect`. */
export interface AnswerTaker extends Dispatcher.DispatchHandler {
  connection: { expectAnswer(): void } | undefined
}

/** What all connections of a pool are opened for. */
export interface Purpose {
  readonly server: Server
  readonly asker: Asker
  readonly connectMs: number
  readonly keepAlive: KeepAlive | undefined
}

/** A pool of connections that can carry one another's requests. */
export class Connections {
  readonly name: Name | undefined
  readonly #server: Server
  readonly #idleMs: number
  readonly #maxIdle: number
  readonly #open: () => Promise<Socket>
  readonly #stopListening: (() => void) | undefined
  readonly #onEmpty: () => void
  readonly #all = new Set<Connection>()
  /** The last one used is used first, so that those that are not needed fall out of use. */
  readonly #idle: Connection[] = []

  /** `onEmpty` is called when the last of the connections is gone. */
  constructor({ server, asker, connectMs, keepAlive }: Purpose, connector: Connector, onEmpty: () => void) {
    this.#server = server
    this.#idleMs = idleMsOf(keepAlive)
    this.#maxIdle = this.#idleMs === 0 ? 0 : idleConnectionsOf(keepAlive)
    this.name = connector.nameOf(server)
    this.#open = () => connector.open(server, asker, connectMs)
    this.#stopListening = this.name?.onGone(() => this.#retireGone())
    this.#onEmpty = onEmpty
  }

  dispatch(options: DispatchOptions, handler: AnswerTaker): void {
    const connection = this.#idle.pop() ?? this.#add()
    connection.idle = false
    handler.connection = connection
    connection.client.dispatch(options, handler)
  }

  async destroy(): Promise<void> {
    const connections = [...this.#all]
    // Each tells of its end meanwhile, and one that is destroyed cannot be closed.
    this.#all.clear()
    this.#stopListening?.()
    await Promise.all(connections.map(({ client }) => client.destroy()))
  }

  #add(): Connection {
    const connection = new Connection(this.#server, this.#idleMs, this.#open)
    const { client } = connection
    this.#all.add(connection)
    client.on('drain', () => this.#release(connection))
    // undici would open another in its place.
    client.on('disconnect', () => this.#retire(connection))
    client.on('connectionError', () => this.#retire(connection))
    return connection
  }

  /** Nothing is under way on a connection any more. */
  #release(connection: Connection): void {
    if (connection.idle || !this.#all.has(connection)) return
    if (this.#isGone(connection) || this.#idle.length >= this.#maxIdle) this.#retire(connection)
    else {
      connection.idle = true
      this.#idle.push(connection)
    }
  }

  #retireGone(): void {
    for (const connection of [...this.#idle]) if (this.#isGone(connection)) this.#retire(connection)
  }

  #isGone({ address }: Connection): boolean {
    return this.name !== undefined && address !== undefined && !this.name.has(address)
  }

  /** Takes no further request to it. What is under way on it ends first. */
  #retire(connection: Connection): void {
    if (!this.#all.delete(connection)) return
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    void connection.client.close()
    if (this.#all.size > 0) return
    this.#stopListening?.()
    this.#onEmpty()
  }
}

/** A connection, from before it is open. */
class Connection {
  readonly client: Client
  idle = false
  address: string | undefined
  #filter: ContinueFilter | undefined

  constructor({ origin, socketPath }: Server, idleMs: number, open: () => Promise<Socket>) {
    this.client = new Client(socketPath === undefined ? origin : 'http://localhost', {
      pipelining: 1,
      // Undici takes no 0; where that is wanted, none stays.
      keepAliveTimeout: Math.max(1, idleMs),
      keepAliveMaxTimeout: MAX_IDLE_CONNECTION_MS,
      keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
      maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
      // Framing is judged by the parser on both sides; this check would only break 204 and 304 answers that name a length.
      strictContentLength: false,
      connect: (_, callback) => {
        open().then(
          (socket) => {
            this.address = socket.remoteAddress
            this.#filter = new ContinueFilter(socket)
            callback(null, socket)
          },
          (error: Error) => callback(error, null),
        )
      },
    })
  }

  /** Told by whoever takes the answer, when its request is about to be written. */
  expectAnswer(): void {
    this.#filter?.expectAnswer()
  }
}
