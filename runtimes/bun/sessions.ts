// Bun's fetch sessions, each with connections of its own: a server gets a new one before the connections of the last have grown stale.
import type { Fields } from '../../src/adapter.js'
import type { OutboundRequest } from '../../src/index.js'
import { connectionKey, nameForTls } from '../node-http/connector.js'
import { idleConnectionsOf, idleMsOf, namedIdleMs } from '../shared/idle-time.js'
import { credentialsOf } from '../tls/to-servers.js'
import { bun, type BunFetchSession } from './types.js'

interface Current {
  session: BunFetchSession
  bornAtMs: number
  /** How long a connection may lie idle; 0 for not at all. */
  idleMs: number
}

/** A session may be used for as long as its connections may lie idle, so that none is used again that did so for longer. */
export class Sessions {
  readonly #current = new Map<string, Current>()

  /** Fetches from a server, over connections that are still good. */
  fetch({ server, limits: { keepAlive } }: Pick<OutboundRequest, 'server' | 'limits'>, url: string, init: RequestInit): Promise<Response> {
    const key = connectionKey(server, keepAlive)
    const nowMs = performance.now()
    let current = this.#current.get(key)
    if (!current) {
      const idleMs = idleMsOf(keepAlive)
      this.#current.set(key, (current = { session: open(idleMs, idleConnectionsOf(keepAlive)), bornAtMs: nowMs, idleMs }))
    }
    if (nowMs - current.bornAtMs >= current.idleMs) {
      current.session.close()
      current.session = open(current.idleMs, idleConnectionsOf(keepAlive))
      current.bornAtMs = nowMs
    }
    const tls = server.secure ? { tls: { ...credentialsOf(server.tls), serverName: nameForTls(server) } } : undefined
    return current.session.fetch(url, { ...init, decompress: false, proxy: false, timeout: false, keepalive: current.idleMs > 0, ...tls })
  }

  /** Is told how a server answered. */
  told({ server, limits: { keepAlive } }: Pick<OutboundRequest, 'server' | 'limits'>, fields: Fields): void {
    const namedMs = namedIdleMs(fields)
    if (namedMs === undefined) return
    const idleMs = idleMsOf(keepAlive, namedMs)
    const current = this.#current.get(connectionKey(server, keepAlive))
    if (!current || current.idleMs === idleMs) return
    current.idleMs = idleMs
    current.bornAtMs = -Infinity
  }

  close(): void {
    for (const { session } of this.#current.values()) session.close()
  }
}

/** Bun counts in steps of 4 s: its own limit comes up to 4 s late, which the change of sessions makes good. */
function open(idleMs: number, connections: number): BunFetchSession {
  return new (bun().FetchSession)({ keepAlive: { idleTimeout: Math.max(1, Math.ceil(idleMs / 1000)), maxIdleSockets: connections } })
}
