// Deno's HTTP clients, one for each time that servers let their connections lie idle.
import type { Fields } from '../../src/adapter.js'
import { IDLE_CONNECTION_MS, namedIdleMs } from '../shared/idle-time.js'
import { deno, type DenoHttpClient } from './types.js'

const MAX_IDLE_CONNECTIONS = 1024
const PROXY_VARIABLES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']

/** The clients in use; a client's idle time is the same for all of its connections. */
export class Clients {
  readonly #byIdleMs = new Map<number, DenoHttpClient>()
  readonly #idleMs = new Map<string, number>()

  /** The client for a server. */
  for(server: string): DenoHttpClient {
    const idleMs = this.#idleMs.get(server) ?? IDLE_CONNECTION_MS
    let client = this.#byIdleMs.get(idleMs)
    if (!client) this.#byIdleMs.set(idleMs, (client = createDirectClient(idleMs)))
    return client
  }

  /** Is told how a server answered. */
  told(server: string, fields: Fields): void {
    const idleMs = namedIdleMs(fields)
    if (idleMs !== undefined) this.#idleMs.set(server, idleMs)
  }

  close(): void {
    for (const client of this.#byIdleMs.values()) client.close()
  }
}

/** A client reads the proxies of the environment when it is made, and has no option against it. */
function createDirectClient(idleMs: number): DenoHttpClient {
  const { env, createHttpClient } = deno()
  const saved = PROXY_VARIABLES.map((name) => [name, env.get(name)] as const).filter(([, value]) => value !== undefined)
  for (const [name] of saved) env.delete(name)
  try {
    // With HTTP/2 a Host of our own would go out beside the URL's ":authority".
    return createHttpClient({ allowHost: true, http2: false, poolIdleTimeout: idleMs, poolMaxIdlePerHost: idleMs === 0 ? 0 : MAX_IDLE_CONNECTIONS })
  } finally {
    for (const [name, value] of saved) env.set(name, value!)
  }
}
