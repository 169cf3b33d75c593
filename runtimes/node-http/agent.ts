// The connections of the strict client: used again, or retired when their address is the server's no more.
import { Agent, type AgentOptions, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { KeepAlive, Server } from '../../src/index.js'
import type { Name } from '../dns/names.js'
import { idleConnectionsOf, idleMsOf, namedIdleMs } from '../shared/idle-time.js'
import type { Asker, Connector } from './connector.js'

/** Options of a request that say where its connection leads. */
export interface Leading extends RequestOptions {
  readonly server: Server
  readonly asker: Asker
  readonly connectMs: number
  /** Under this name, since node writes its own `keepAlive` over ours. */
  readonly keeping: KeepAlive | undefined
  /** As {@link connectionKey} has it. */
  readonly key: string
}

/** What is known of a connection that may be used again. */
interface Pooled {
  readonly name: Name | undefined
  readonly key: string
  readonly keeping: KeepAlive | undefined
  /** Told by the last answer; 0 for a connection that is to be closed after it. */
  idleMs: number
}

const POOLED = Symbol('pooled')
type PooledSocket = Socket & { [POOLED]?: Pooled }

/** Tells a connection how its server wants it kept. */
export function keepAsTold(socket: Socket, { rawHeaders }: IncomingMessage): void {
  const pooled = (socket as PooledSocket)[POOLED]
  if (pooled) pooled.idleMs = idleMsOf(pooled.keeping, namedIdleMs(rawHeaders))
}

/** An agent for every server, TLS or not: to node:http a secured connection is one like any other. */
export class ConnectorAgent extends Agent {
  readonly #connector: Connector
  readonly #watched = new Set<Name>()

  constructor(connector: Connector) {
    super({ keepAlive: true, maxFreeSockets: Infinity } satisfies AgentOptions)
    this.#connector = connector
  }

  override getName(options?: RequestOptions): string {
    return (options as Leading).key
  }

  override createConnection(options: RequestOptions, callback: (error: Error | null, stream: Duplex) => void): undefined {
    const { server, asker, connectMs, keeping, key } = options as Leading
    const name = this.#connector.nameOf(server)
    if (name) this.#watch(name)
    this.#connector.open(server, asker, connectMs).then(
      (socket: PooledSocket) => {
        socket[POOLED] = { name, key, keeping, idleMs: 0 }
        callback(null, socket)
      },
      (error: Error) => callback(error, undefined as unknown as Duplex),
    )
  }

  override keepSocketAlive(stream: Duplex): void {
    const socket = stream as PooledSocket
    const pooled = socket[POOLED]
    // node takes the answer, which its types leave out: without a yes the connection is closed.
    if (!pooled || pooled.idleMs === 0 || isGone(socket) || this.#idleOf(pooled) >= idleConnectionsOf(pooled.keeping)) return false as unknown as undefined
    const kept: unknown = super.keepSocketAlive(socket)
    socket.setTimeout(pooled.idleMs)
    return kept as undefined
  }

  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    ;(stream as Socket).setTimeout(0)
    super.reuseSocket(stream, request)
  }

  #idleOf({ key }: Pooled): number {
    return this.freeSockets[key]?.length ?? 0
  }

  #watch(name: Name): void {
    if (this.#watched.has(name)) return
    this.#watched.add(name)
    name.onGone(() => {
      for (const sockets of Object.values(this.freeSockets)) for (const socket of [...(sockets ?? [])]) if (isGone(socket)) socket.destroy()
    })
  }
}

function isGone(socket: PooledSocket): boolean {
  const name = socket[POOLED]?.name
  return name !== undefined && socket.remoteAddress !== undefined && !name.has(socket.remoteAddress)
}
