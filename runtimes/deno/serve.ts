// The native listener on Deno: Deno.serve.
import { type Gateway, GatewayError } from '../../src/index.js'
import { type Answer, BytesPayload, problemAnswer, toHeaders, toResponse } from '../../src/adapter.js'
import { showsOneOnly } from '../acme/held.js'
import type { Server } from '../shared/adapter.js'
import { describeListener, listenerEnd, type ListenOptions, type Unsupported } from '../shared/listen.js'
import { freePort } from '../shared/free-port.js'
import { Generations } from '../shared/generations.js'
import { lastWord } from '../shared/last-word.js'
import { OpenBridges } from '../websocket/bridge.js'
import { Departures } from './departures.js'
import { DenoRequest } from './request.js'
import { FinishedConnections } from './finished-connections.js'
import { deno, type DenoServeInfo, type DenoServer } from './types.js'
import { acceptOnDeno } from './upgrade.js'

const NO_TIMER = 'Deno.serve has no such timer; take the "strict" adapter, or leave it out and put something in front that has'

/** Settings that Deno has no means for: of `strict`, node:http loses connections that were handed to it. */
export const unsupportedByDeno: Unsupported = ({ adapter, proxyProtocol, keepAlive, headers, idle, http2, tls = {} }) => ({
  ...(proxyProtocol ? { proxyProtocol: 'the PROXY protocol is not read on Deno; run the gateway on Node, or listen without it' } : {}),
  ...(idle === undefined ? {} : { idle: 'Deno has no such timer; set "timeout.idle" of the upstream' }),
  ...(tls.clientAuth?.crl === undefined ? {} : { 'tls.clientAuth': 'Deno does not look at "crl"; run the gateway on Node, or leave it out and have certificates end soon' }),
  ...(adapter === 'strict' ? (http2 ? { http2: 'node:https of Deno speaks HTTP/1.1 only; take the "native" adapter, or leave it out' } : {}) : unsupportedByDenoServe({ keepAlive, headers, http2, tls })),
})

const unsupportedByDenoServe: Unsupported = ({ keepAlive, headers, http2, tls = {}, tls: { acme, certificates = [], clientAuth, minVersion, ciphers } = {} }) => ({
  ...(certificates.length > 1 ? { 'tls.certificates': 'Deno.serve shows one certificate only; take the "strict" adapter, or one certificate for all names' } : {}),
  ...(acme?.onDemand ? { 'tls.acme': 'Deno.serve gets no certificate while a client waits; leave out "onDemand", or take the "strict" adapter' } : {}),
  ...(acme && !showsOneOnly(tls) ? { 'tls.acme': 'Deno.serve shows one certificate only, and these would be several; take the "strict" adapter' } : {}),
  ...(clientAuth ? { 'tls.clientAuth': 'Deno.serve does not ask clients for certificates; take the "strict" adapter' } : {}),
  ...(minVersion === undefined ? {} : { 'tls.minVersion': 'Deno.serve speaks TLS 1.2 and 1.3; leave it out, or take the "strict" adapter' }),
  ...(ciphers === undefined ? {} : { 'tls.ciphers': 'Deno.serve has its own, all with forward secrecy and authenticated encryption; leave it out, or take the "strict" adapter' }),
  ...(http2 === false ? { http2: 'Deno.serve always offers HTTP/2 by TLS; leave it out, or take the "strict" adapter' } : {}),
  ...(keepAlive === undefined ? {} : { keepAlive: NO_TIMER }),
  ...(headers === undefined ? {} : { headers: NO_TIMER }),
})

/** Listens. Rejects with Deno's error, or node's, when the port cannot be had. */
export async function serveDeno(gateway: Gateway, options: ListenOptions): Promise<Server> {
  const { host, unix } = options
  let { tls } = options
  const follows = tls !== undefined && unix === undefined && sharesPorts()
  let port = follows && !options.reusePort ? await freePort(host, options.port) : options.port
  const scheme = tls ? 'https' : 'http'
  const finished = new FinishedConnections()
  const underWay = new Set<DenoRequest>()
  const departures = new Departures()
  const bridges = new OpenBridges()
  let state: 'open' | 'draining' | 'closed' = 'open'
  let asked = false
  const answer = async (request: Request, info: DenoServeInfo, from: Generation): Promise<Response> => {
    const wire = new DenoRequest(request, scheme === 'https')
    asked = true
    const { remoteAddr } = info
    const connection = `${remoteAddr.hostname}:${remoteAddr.port}`
    if (finished.has(connection)) return toDenoResponse(refusal(wire, AFTER_THE_LAST), true)
    underWay.add(wire)
    departures.begun(wire)
    const given = await gateway.handle(wire, { peer: { address: remoteAddr.hostname, port: remoteAddr.port, local, scheme } })
    departures.answered(wire)
    wire.answered()
    const done = (): void => void underWay.delete(wire)
    // Of what has come whole, nothing is left to give up.
    if (given.body && !(given.body instanceof BytesPayload)) info.completed.then(done, done)
    else done()
    if (given.close) finished.add(connection)
    if (state === 'closed') {
      given.body?.cancel()
      given.tunnel?.cancel()
      return toDenoResponse(refusal(wire, new GatewayError('shutting_down')), true)
    }
    if (given.tunnel) {
      const bridge = bridges.take(given.tunnel)
      if (bridge instanceof GatewayError) return toDenoResponse(refusal(wire, bridge), true)
      return acceptOnDeno(request, given, bridge)
    }
    return toDenoResponse(given, state === 'draining' || from !== listeners.current)
  }
  const listeners = new Generations<Generation>({
    open: () => {
      const generation: Generation = {
        server: deno().serve({
          ...(unix === undefined ? { hostname: host, port, reusePort: options.reusePort || follows } : { path: unix }),
          ...(tls && { cert: tls.certificates[0].cert, key: tls.certificates[0].key }),
          onListen: () => {},
          onError: answerFailure,
          handler: (request, info) => answer(request, info, generation),
        }),
      }
      // Deno stops listening for good when it cannot take in a connection, as where no file descriptor is left; unheard, that would end the process.
      generation.server.finished.catch(() => setTimeout(listenAgain, LISTEN_AGAIN_MS, generation))
      return generation
    },
    stop: ({ server }) => server.shutdown(),
  })
  const listenAgain = (last: Generation): void => {
    if (state !== 'open' || last !== listeners.current) return
    try {
      listeners.replace()
    } catch {
      setTimeout(listenAgain, LISTEN_AGAIN_MS, last)
    }
  }
  port = listeners.current.server.addr.port ?? 0
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
      : { keepsCertificates: unix === undefined ? 'without "--unstable-net" Deno lets no listener follow another; start Deno with it, or take the "strict" adapter' : 'a Unix socket has one listener at a time; take a port' }),
    close: async (timeoutMs) => {
      state = 'draining'
      const deadlineMs = performance.now() + timeoutMs
      // Deno does not count its connections, and ends none that are idle.
      await lastWord(timeoutMs, () => (asked ? 1 : 0))
      const leftMs = deadlineMs - performance.now()
      const closed = Promise.all([listeners.stop(), bridges.drain(leftMs)])
      if (await isSettled(closed, leftMs)) return
      state = 'closed'
      for (const wire of underWay) wire.abandon()
      // A client that takes nothing more of its answer is not waited for.
      await isSettled(closed, BREAK_OFF_MS)
    },
  }
}

/** A server of Deno's, of which several follow one another. */
interface Generation {
  readonly server: DenoServer
}

/** Whether Deno lets listeners share a port, as it does with `--unstable-net` only; it ends the process otherwise. What else that flag brings tells. */
function sharesPorts(): boolean {
  return deno().listenDatagram !== undefined
}

/** How long a listener that could not take in a connection is closed. */
const LISTEN_AGAIN_MS = 100

/** How long what was broken off may take to be gone. */
const BREAK_OFF_MS = 500

async function isSettled(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), withinMs)))
  const settled = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return settled
}

function toDenoResponse({ status, reason, fields, body, close }: Answer, draining: boolean): Response {
  const headers = toHeaders(close || draining ? [...fields, 'Connection', 'close'] : fields)
  const content = body instanceof BytesPayload ? body.bytes : (body?.stream() ?? null)
  return new Response(content as BodyInit | null, { status, headers, ...(reason === undefined ? {} : { statusText: reason }) })
}

/** What follows a request that could be read in two ways may be the rest of an attack, and is not looked at. */
const AFTER_THE_LAST = new GatewayError('http_request_error', { detail: 'The connection was to be closed.' })

function refusal({ method, fields }: DenoRequest, error: GatewayError): Answer {
  return problemAnswer(error, crypto.randomUUID(), { method, fields })
}

/** Deno tells of bodies that broke, which the client sees as they are, and of answers that it will not send, such as one with a forbidden byte in its head. */
function answerFailure(error: unknown): Response {
  if (!(error instanceof GatewayError)) process.emitWarning(error instanceof Error ? error : String(error))
  return toResponse(problemAnswer(new GatewayError('proxy_internal_error'), crypto.randomUUID(), { method: 'GET', fields: [] }))
}
