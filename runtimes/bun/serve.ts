// The native listener on Bun: Bun.serve.
import { type Gateway, GatewayError } from '../../src/index.js'
import { problemAnswer, toResponse } from '../../src/adapter.js'
import type { Server } from '../shared/adapter.js'
import { describeListener, type ListenOptions, type Unsupported } from '../shared/listen.js'
import { BunRequest } from './request.js'
import { toBunResponse } from './response.js'
import { bun, type BunServer } from './types.js'

/** The longest that Bun's timer can be set to. */
const MAX_IDLE_SECONDS = 255

/** Settings that Bun.serve has no means for. */
export const unsupportedByBunServe: Unsupported = ({ proxyProtocol, keepAlive = 0, headers = 0 }) => ({
  ...(proxyProtocol ? { proxyProtocol: 'Bun.serve does not read the PROXY protocol; run the gateway on Node, or listen without it' } : {}),
  ...(keepAlive > MAX_IDLE_SECONDS * 1000 ? { keepAlive: `Bun.serve waits ${MAX_IDLE_SECONDS} s at most; write "${MAX_IDLE_SECONDS}s" or less, or take the "strict" adapter` } : {}),
  ...(headers > MAX_IDLE_SECONDS * 1000 ? { headers: `Bun.serve waits ${MAX_IDLE_SECONDS} s at most; write "${MAX_IDLE_SECONDS}s" or less, or take the "strict" adapter` } : {}),
})

/** Listens. Throws Bun's error when the port cannot be had. */
export function serveBun(gateway: Gateway, options: ListenOptions): Server {
  const { host, port, unix, keepAliveMs, headersMs } = options
  let draining = false
  const answer = async (request: Request, server: BunServer): Promise<Response> => {
    // Bun's timer counts while the gateway works, and does not see an upload move; the limits of the attempt do.
    server.timeout(request, 0)
    const peer = { address: server.requestIP(request)?.address, scheme: 'http' as const }
    const given = await gateway.handle(new BunRequest(request), { peer })
    // What is set here stays with the connection: it is how long the client may take to its next request.
    return toBunResponse(given, draining, () => server.timeout(request, seconds(keepAliveMs)))
  }
  const server = bun().serve({
    ...(unix === undefined ? { hostname: host, port } : { unix }),
    idleTimeout: seconds(headersMs),
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    development: false,
    fetch: answer,
    error: answerFailure,
  })
  return {
    ...describeListener(options, server.port ?? 0),
    close: async (timeoutMs) => {
      draining = true
      const deadline = setTimeout(() => void server.stop(true), timeoutMs)
      await server.stop()
      clearTimeout(deadline)
    },
  }
}

function seconds(ms: number): number {
  return Math.min(MAX_IDLE_SECONDS, Math.max(1, Math.ceil(ms / 1000)))
}

/** An answer that Bun will not send, such as one with a forbidden byte in its head. */
function answerFailure(error: Error): Response {
  process.emitWarning(error)
  return toResponse(problemAnswer(new GatewayError('proxy_internal_error'), crypto.randomUUID(), { method: 'GET', fields: [] }))
}
