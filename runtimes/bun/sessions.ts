// Bun's fetch sessions, each with connections of its own: a server gets a new one before the connections of the last have grown stale.
import type { Fields } from '../../src/adapter.js'
import { IDLE_CONNECTION_MS, idleMsAfter } from '../shared/idle-time.js'
import { bun, type BunFetchInit, type BunFetchSession } from './types.js'

/** The shortest that Bun takes; counted in steps of 4 s, it comes to 4 to 8 s. */
const BUN_IDLE_SECONDS = 4
const MAX_IDLE_CONNECTIONS = 1024

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
  fetch(server: string, url: string, init: Omit<BunFetchInit, 'keepalive'>): Promise<Response> {
    let current = this.#current.get(server)
    if (!current) this.#current.set(server, (current = { session: open(), bornAtMs: performance.now(), idleMs: IDLE_CONNECTION_MS }))
    const nowMs = performance.now()
    if (nowMs - current.bornAtMs >= current.idleMs) {
      current.session.close()
      current.session = open()
      current.bornAtMs = nowMs
    }
    return current.session.fetch(url, { ...init, keepalive: current.idleMs > 0 })
  }

  /** Is told how a server answered. */
  told(server: string, fields: Fields): void {
    const current = this.#current.get(server)
    if (current) current.idleMs = idleMsAfter(fields)
  }

  close(): void {
    for (const { session } of this.#current.values()) session.close()
  }
}

function open(): BunFetchSession {
  return new (bun().FetchSession)({ keepAlive: { idleTimeout: BUN_IDLE_SECONDS, maxIdleSockets: MAX_IDLE_CONNECTIONS } })
}
