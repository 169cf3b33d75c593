// Deno's HTTP clients, one for each way that connections are kept.
import type { Fields } from '../../src/adapter.js'
import type { KeepAlive } from '../../src/index.js'
import { idleConnectionsOf, idleMsOf, namedIdleMs } from '../shared/idle-time.js'
import { deno, type DenoHttpClient } from './types.js'

const PROXY_VARIABLES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']

/** The clients in use; a client keeps all of its connections alike. */
export class Clients {
  readonly #clients = new Map<string, DenoHttpClient>()
  readonly #namedIdleMs = new Map<string, number>()

  /** The client for a server. */
  for(server: string, keepAlive: KeepAlive | undefined): DenoHttpClient {
    const idleMs = idleMsOf(keepAlive, this.#namedIdleMs.get(server))
    const connections = idleMs === 0 ? 0 : idleConnectionsOf(keepAlive)
    const key = `${idleMs} ${connections}`
    let client = this.#clients.get(key)
    if (!client) this.#clients.set(key, (client = createDirectClient(idleMs, connections)))
    return client
  }

  /** Is told how a server answered. */
  told(server: string, fields: Fields): void {
    const idleMs = namedIdleMs(fields)
    if (idleMs !== undefined) this.#namedIdleMs.set(server, idleMs)
  }

  close(): void {
    for (const client of this.#clients.values()) client.close()
  }
}

/** A client reads the proxies of the environment when it is made, and has no option against it. */
function createDirectClient(idleMs: number, connections: number): DenoHttpClient {
  const { env, createHttpClient } = deno()
  const saved = PROXY_VARIABLES.map((name) => [name, env.get(name)] as const).filter(([, value]) => value !== undefined)
  for (const [name] of saved) env.delete(name)
  try {
    // With HTTP/2 a Host of our own would go out beside the URL's ":authority".
    return createHttpClient({ allowHost: true, http2: false, poolIdleTimeout: idleMs, poolMaxIdlePerHost: connections })
  } finally {
    for (const [name, value] of saved) env.set(name, value!)
  }
}
