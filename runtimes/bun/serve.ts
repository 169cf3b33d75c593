// The native listener on Bun: Bun.serve.
import { type Gateway, GatewayError } from '../../src/index.js'
import { problemAnswer, toResponse } from '../../src/adapter.js'
import { showsOneOnly } from '../acme/held.js'
import type { Server } from '../shared/adapter.js'
import { describeListener, listenerEnd, type ListenOptions, type Unsupported } from '../shared/listen.js'
import { freePort } from '../shared/free-port.js'
import { Generations } from '../shared/generations.js'
import { lastWord } from '../shared/last-word.js'
import { OpenBridges } from '../websocket/bridge.js'
import { BunRequest } from './request.js'
import { toBunResponse } from './response.js'
import { bunTls } from './tls.js'
import { bun, type BunServer } from './types.js'
import { acceptOnBun, bunSocketHandlers } from './upgrade.js'

/** The longest that Bun's timer can be set to. */
const MAX_IDLE_SECONDS = 255
/** Bun counts in steps of so many seconds, the first of which may be nearly over. */
const STEP_SECONDS = 4

const NO_HTTP2 = { http2: 'HTTP/2 is not spoken to clients on Bun; run the gateway on Node, or leave it out' }
const NO_DEMAND = 'Bun picks its certificate from those it has, and gets none while a client waits; leave out "onDemand", run the gateway on Node, or on Deno with the "strict" adapter'

/** Settings that Bun.serve has no means for. */
export const unsupportedByBunServe: Unsupported = ({ proxyProtocol, keepAlive = 0, headers, idle, http2, tls }) => ({
  ...(http2 ? NO_HTTP2 : {}),
  ...(tls?.clientAuth ? { 'tls.clientAuth': 'Bun does not show the certificates of clients; run the gateway on Node, or on Deno with the "strict" adapter' } : {}),
  ...(tls?.acme?.onDemand ? { 'tls.acme': NO_DEMAND } : {}),
  ...(proxyProtocol ? { proxyProtocol: 'Bun.serve does not read the PROXY protocol; take the "strict" adapter, or listen without it' } : {}),
  ...(keepAlive > MAX_IDLE_SECONDS * 1000 ? { keepAlive: `Bun.serve waits ${MAX_IDLE_SECONDS} s at most; write "${MAX_IDLE_SECONDS}s" or less, or take the "strict" adapter` } : {}),
  ...(idle === undefined ? {} : { idle: 'Bun.serve has no such timer; set "timeout.idle" of the upstream, or take the "strict" adapter' }),
  ...(headers === undefined ? {} : { headers: 'Bun.serve ends an unfinished head after 8 to 12 s and takes no other limit; leave it out, or take the "strict" adapter' }),
})

/** Settings that node:http of Bun has no means for. */
export const unsupportedByBunHttp: Unsupported = ({ proxyProtocol, http2, tls }) => ({
  ...(http2 ? NO_HTTP2 : {}),
  ...(tls?.clientAuth ? { 'tls.clientAuth': 'Bun does not show the certificates of clients; run the gateway on Node, or on Deno with the "strict" adapter' } : {}),
  ...(tls?.certificates && tls.certificates.length > 1 ? { 'tls.certificates': 'node:https of Bun shows one certificate only; take the "native" adapter, or one certificate for all names' } : {}),
  ...(tls?.acme?.onDemand ? { 'tls.acme': NO_DEMAND } : !tls?.acme || showsOneOnly(tls) ? {} : { 'tls.acme': 'node:https of Bun shows one certificate only, and these would be several; take the "native" adapter' }),
  ...(tls && proxyProtocol ? { proxyProtocol: 'Bun cannot speak TLS behind a PROXY header; run the gateway on Node, or listen without one of them' } : {}),
})

/** Listens. Rejects with Bun's error, or node's, when the port cannot be had. */
export async function serveBun(gateway: Gateway, options: ListenOptions): Promise<Server> {
  const { host, unix } = options
  let { tls } = options
  const follows = tls !== undefined && unix === undefined
  let port = follows && !options.reusePort ? await freePort(host, options.port) : options.port
  const scheme = tls ? 'https' : 'http'
  const idleSeconds = Math.min(MAX_IDLE_SECONDS, Math.ceil(options.keepAliveMs / 1000) + STEP_SECONDS)
  const bridges = new OpenBridges()
  let draining = false
  let askedAtMs = -Infinity
  const answer = async (request: Request, server: BunServer): Promise<Response | undefined> => {
    // Bun's timer counts while the gateway works, and does not see an upload move; the limits of the attempt do.
    server.timeout(request, 0)
    askedAtMs = performance.now()
    const peer = { ...server.requestIP(request), local, scheme } as const
    const wire = new BunRequest(request)
    const given = await gateway.handle(wire, { peer })
    if (given.tunnel) {
      const bridge = bridges.take(given.tunnel)
      const refused = bridge instanceof GatewayError ? bridge : acceptOnBun(request, server, given, bridge)
      return refused && toBunResponse(problemAnswer(refused, crypto.randomUUID(), wire), true, () => {})
    }
    // What is set here stays with the connection: it is how long the client may take to its next request.
    return toBunResponse(given, draining || server !== listeners.current, () => server.timeout(request, idleSeconds))
  }
  const listeners = new Generations<BunServer>({
    open: () =>
      bun().serve({
        ...(unix === undefined ? { hostname: host, port, reusePort: options.reusePort || follows } : { unix }),
        ...(tls && { tls: bunTls(tls) }),
        idleTimeout: idleSeconds,
        maxRequestBodySize: Number.MAX_SAFE_INTEGER,
        development: false,
        websocket: bunSocketHandlers,
        fetch: answer,
        error: answerFailure,
      }),
    stop: (listener) => listener.stop(),
  })
  port = listeners.current.port ?? 0
  const local = listenerEnd(options, port)
  return {
    ...describeListener(options, port),
    ...(follows
      ? {
          renew: (next) => {
            tls = next
            listeners.follow()
          },
        }
      : { keepsCertificates: 'a Unix socket has one listener at a time; take a port' }),
    close: async (timeoutMs) => {
      draining = true
      const deadlineMs = performance.now() + timeoutMs
      // Bun does not count its connections; whoever asked within the idle time may still have one.
      await lastWord(timeoutMs, () => (performance.now() - askedAtMs < idleSeconds * 1000 ? 1 : 0))
      const deadline = setTimeout(() => listeners.all.forEach((listener) => void listener.stop(true)), deadlineMs - performance.now())
      await Promise.all([listeners.stop(), bridges.drain(deadlineMs - performance.now())])
      clearTimeout(deadline)
    },
  }
}

/** An answer that Bun will not send, such as one with a forbidden byte in its head. */
function answerFailure(error: Error): Response {
  process.emitWarning(error)
  return toResponse(problemAnswer(new GatewayError('proxy_internal_error'), crypto.randomUUID(), { method: 'GET', fields: [] }))
}
