// fetchgate on Cloudflare Workers and on workerd. There is no socket to open: the platform calls fetch.
import { type Config, ConfigError, createGateway, type Gateway, type Ports } from '../../src/index.js'
import { type Answer, BytesPayload, type Payload, toHeaders } from '../../src/adapter.js'
import { destinationOf, tellingLines } from '../shared/access-lines.js'
import { peerCertificate } from './certificate.js'
import { withLength } from './fixed-length.js'
import { WorkersRequest } from './request.js'
import { createWorkersTransport, WebSocketTunnel } from './transport.js'
import type { WorkerContext, WorkerRequest, WorkerResponseInit } from './types.js'

export { createWorkersTransport } from './transport.js'

/** A Worker: what its module exports as default. */
export interface Worker {
  readonly gateway: Gateway
  readonly fetch: (request: Request, environment: unknown, context: WorkerContext) => Promise<Response>
}

/** Options of `start` beside the configuration. */
export interface WorkerOptions {
  /** Ports to use instead of the platform's own. */
  readonly ports?: Partial<Ports>
}

/** Checks the configuration and makes the Worker. Throws a `ConfigError` with every fault. `listen` is ignored here; the access log is the platform's console. */
export function start(config: Config, { ports = {} }: WorkerOptions = {}): Worker {
  const gateway = createGateway(config, { transport: createWorkersTransport(), ...platformTellsCountry(config), maxHashIterations: MAX_HASH_ITERATIONS, ...ports, ...observing(config, ports.observe) })
  return {
    gateway,
    fetch: async (request, _environment, context) => {
      const answer = gateway.handle(new WorkersRequest(request), {
        peer: { address: clientAddress(request), scheme: request.url.startsWith('https:') ? 'https' : 'http', certificate: peerCertificate(request) },
        country: peerCountry(request),
        waitUntil: (work) => context.waitUntil(work),
      })
      // Else the platform would let go of the request with its client, before what it holds is given back: its place in the pool.
      context.waitUntil(answer)
      return toWorkersResponse(await answer)
    },
  }
}

/** A limit of the platform's, for one call. */
const MAX_HASH_ITERATIONS = 100_000

function peerCountry({ cf }: WorkerRequest): string | undefined {
  return cf?.country ?? undefined
}

/** The platform tells it with each request, of its peer and of no other address. */
function platformTellsCountry({ geo }: Config): Pick<Partial<Ports>, 'countryOf'> {
  if (geo) throw new ConfigError([{ path: 'geo', value: geo, message: 'must be left out on Workers, where the platform tells countries and there are no files' }])
  return { countryOf: () => undefined }
}

/** An observer that writes the access log as well, where there is one. */
function observing({ accessLog }: Config, others: Ports['observe'] | undefined): Pick<Partial<Ports>, 'observe'> {
  if (!accessLog) return {}
  const to = destinationOf(accessLog)
  if (to !== 'stdout') throw new ConfigError([{ path: 'accessLog.to', value: to, message: 'must be "stdout" on Workers, where there are no files' }])
  // eslint-disable-next-line no-console -- a Worker has no other output
  return { observe: tellingLines(accessLog, (line) => console.log(line), others) }
}

/** workerd by itself tells the socket's address, with its port; at the edge the field is written by Cloudflare, whatever the client sent. */
function clientAddress(request: WorkerRequest): string | undefined {
  return request.cf?.clientIp?.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') ?? request.headers.get('cf-connecting-ip') ?? undefined
}

function toWorkersResponse({ status, reason, fields, body, tunnel }: Answer): Response {
  const init: WorkerResponseInit = {
    status,
    headers: toHeaders(fields),
    encodeBody: 'manual',
    ...(reason === undefined ? {} : { statusText: reason }),
    ...(tunnel instanceof WebSocketTunnel ? { webSocket: tunnel.webSocket } : {}),
  }
  return new Response(contentOf(body) as BodyInit | null, init)
}

function contentOf(body: Payload | undefined): Uint8Array | ReadableStream<Uint8Array> | null {
  if (!body) return null
  if (body instanceof BytesPayload) return body.bytes
  return body.length === undefined ? body.stream() : withLength(body.stream(), body.length)
}
