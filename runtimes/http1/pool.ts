// Which connection carries a request: the one used last of those that lie idle, or a new one (RFC 9112 §9).
import type { KeepAlive, OutboundRequest } from '../../src/index.js'
import type { Fields } from '../../src/adapter.js'
import type { Name } from '../dns/names.js'
import { type Connector, connectionKey } from '../node-http/connector.js'
import { idleConnectionsOf, idleMsOf, namedIdleMs } from '../shared/idle-time.js'
import { Connection, type Keeper } from './connection.js'

/** How often connections are looked for that have lain idle for too long. */
const LOOK_MS = 1000

/** All connections of a client. */
export class Pools {
  readonly #connector: Connector
  readonly #pools = new Map<string, Pool>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(connector: Connector) {
    this.#connector = connector
  }

  /** The connections that can carry a request. */
  for(request: OutboundRequest): Pool {
    const key = connectionKey(request.server, request.limits.keepAlive, request)
    let pool = this.#pools.get(key)
    if (!pool) {
      this.#pools.set(key, (pool = new Pool(this.#connector, this.#connector.nameOf(request.server), request.limits.keepAlive, () => this.#pools.delete(key))))
      this.#timer ??= setInterval(() => this.#look(), LOOK_MS)
    }
    return pool
  }

  close(): void {
    for (const pool of [...this.#pools.values()]) pool.close()
    this.#look()
  }

  #look(): void {
    const nowMs = performance.now()
    for (const pool of this.#pools.values()) pool.closeIdle(nowMs)
    if (this.#pools.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** Connections that can carry one another's requests. */
export class Pool implements Keeper {
  readonly name: Name | undefined
  readonly #connector: Connector
  readonly #keepAlive: KeepAlive | undefined
  readonly #maxIdle: number
  readonly #onEmpty: () => void
  readonly #stopListening: (() => void) | undefined
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  #opening = 0
  #idleMs: number
  #closed = false

  /** `onEmpty` is called when nothing is left of it. */
  constructor(connector: Connector, name: Name | undefined, keepAlive: KeepAlive | undefined, onEmpty: () => void) {
    this.#connector = connector
    this.name = name
    this.#keepAlive = keepAlive
    this.#idleMs = idleMsOf(keepAlive)
    this.#maxIdle = this.#idleMs === 0 ? 0 : idleConnectionsOf(keepAlive)
    this.#onEmpty = onEmpty
    this.#stopListening = name?.onGone(() => this.closeIdle(performance.now()))
  }

  /** Whether connections are used again at all. */
  get keeps(): boolean {
    return this.#maxIdle > 0
  }

  /** A connection that lies idle; undefined where there is none. */
  take(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (!connection || this.#isGood(connection, performance.now())) return connection
      connection.close()
    }
  }

  /** Opens another. Rejects with what kept it from that. */
  async open({ server, client, peer, limits }: OutboundRequest): Promise<Connection> {
    this.#opening++
    try {
      const connection = new Connection(await this.#connector.open(server, { client, peer }, limits.connectMs), this)
      this.#all.add(connection)
      return connection
    } finally {
      this.#opening--
      this.#emptied()
    }
  }

  free(connection: Connection): void {
    connection.idleUntilMs = performance.now() + this.#idleMs
    if (this.#closed || this.#idle.length >= this.#maxIdle || !this.#isGood(connection, 0)) connection.close()
    else this.#idle.push(connection)
  }

  gone(connection: Connection): void {
    if (!this.#all.delete(connection)) return
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#emptied()
  }

  /** Is told how the server answered. */
  told(fields: Fields): void {
    const namedMs = namedIdleMs(fields)
    if (namedMs !== undefined) this.#idleMs = idleMsOf(this.#keepAlive, namedMs)
  }

  /** Closes those that are not to be used again. */
  closeIdle(nowMs: number): void {
    for (const connection of [...this.#idle]) if (!this.#isGood(connection, nowMs)) connection.close()
  }

  close(): void {
    this.#closed = true
    for (const connection of [...this.#all]) connection.close()
  }

  #isGood({ closed, idleUntilMs, address }: Connection, nowMs: number): boolean {
    return !closed && nowMs < idleUntilMs && (!this.name || address === undefined || this.name.has(address))
  }

  #emptied(): void {
    if (this.#all.size > 0 || this.#opening > 0) return
    this.#stopListening?.()
    this.#onEmpty()
  }
}
