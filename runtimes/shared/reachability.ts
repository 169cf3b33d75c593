// At which of its addresses a server can be connected to, for fetches that do not tell when they connect, and to which.
import type { Server } from '../../src/index.js'
import type { Name } from '../dns/names.js'
import type { Connector } from '../node-http/connector.js'
import { upstreamError } from './upstream-error.js'

/** A server that answered this short a time ago needs no probe: its connections are still open (they idle for 4 s). */
const FRESH_MS = 4000

interface Reached {
  readonly name: Name | undefined
  readonly address: string
  /** The server's origin with that address in place of a name. */
  readonly origin: string
  provenAtMs: number
}

/**
 * Connects to a server, and lets go at once, before the first request after a while is handed to a fetch. That finds
 * the address to send to, gives the connect limit its meaning, and tells a request that was never sent from one that
 * may have been: its body is untouched, so that another server can have it. Requests that come together share one probe.
 */
export class Reachability {
  readonly #connector: Connector
  readonly #reached = new Map<string, Reached>()
  readonly #probes = new Map<string, Promise<string>>()

  constructor(connector: Connector) {
    this.#connector = connector
  }

  /** The origin to send a request to; at once when the server has proven itself lately. Rejects with a GatewayError when it cannot be connected to. */
  at(server: Server, connectMs: number): string | Promise<string> {
    const reached = this.#reached.get(server.origin)
    const name = reached ? reached.name : this.#connector.nameOf(server)
    const checked = name?.checked()
    return checked ? checked.then(() => this.#proven(server, name, connectMs)) : this.#proven(server, name, connectMs)
  }

  /** Is told that a server has answered. */
  answered({ origin }: Server): void {
    const reached = this.#reached.get(origin)
    if (reached) reached.provenAtMs = performance.now()
  }

  /** Is told that a request failed, perhaps because the server is not there any more. */
  failed({ origin }: Server): void {
    this.#reached.delete(origin)
  }

  #proven(server: Server, name: Name | undefined, connectMs: number): string | Promise<string> {
    const reached = this.#reached.get(server.origin)
    if (reached && performance.now() - reached.provenAtMs < FRESH_MS && (!name || name.has(reached.address))) return reached.origin
    const key = `${server.origin} ${connectMs}`
    let probe = this.#probes.get(key)
    if (!probe) {
      probe = this.#probe(server, name, connectMs).finally(() => this.#probes.delete(key))
      this.#probes.set(key, probe)
    }
    return probe
  }

  async #probe(server: Server, name: Name | undefined, connectMs: number): Promise<string> {
    const address = await this.#connector.reach(server, connectMs).catch((error: Error) => {
      throw upstreamError(error)
    })
    const origin = name ? `${server.secure ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${server.port}` : server.origin
    this.#reached.set(server.origin, { name, address, origin, provenAtMs: performance.now() })
    return origin
  }
}
