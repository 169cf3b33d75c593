// Whether a server can be connected to, for fetches that do not tell when they connect.
import { connect } from 'node:net'
import { GatewayError, type Server } from '../../src/index.js'
import { upstreamError } from './upstream-error.js'

/** A server that answered this short a time ago needs no probe: its connections are still open (they idle for 4 s). */
const FRESH_MS = 4000

/**
 * Connects to a server, and lets go at once, before the first request after a while is handed to a fetch. That gives
 * the connect limit its meaning, and tells a request that was never sent from one that may have been: its body is
 * untouched, so that another server can have it. Requests that come together share one probe.
 */
export class Reachability {
  readonly #answeredAtMs = new Map<string, number>()
  readonly #probes = new Map<string, Promise<void>>()

  /** Is told that a server has answered. */
  answered({ origin }: Server): void {
    this.#answeredAtMs.set(origin, performance.now())
  }

  /** Resolves when the server can be connected to; rejects with a GatewayError when not. Undefined when there is no need to ask. */
  check(server: Server, connectMs: number): Promise<void> | undefined {
    const answeredAtMs = this.#answeredAtMs.get(server.origin)
    if (answeredAtMs !== undefined && performance.now() - answeredAtMs < FRESH_MS) return undefined
    const key = `${server.origin} ${connectMs}`
    let probe = this.#probes.get(key)
    if (!probe) {
      probe = connectOnce(server, connectMs).finally(() => this.#probes.delete(key))
      this.#probes.set(key, probe)
    }
    return probe
  }
}

function connectOnce({ hostname, port }: Server, connectMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port })
    const timer = setTimeout(() => end(new GatewayError('connection_timeout')), connectMs)
    const end = (error?: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      if (error) reject(upstreamError(error))
      else resolve()
    }
    socket.once('connect', () => end())
    // The first error settles it; what a socket that is being destroyed still has to say changes nothing.
    socket.on('error', end)
  })
}
