// The admin API as a fetch handler: who may ask, what is asked, and what all processes answer together.
import { IttyRouter } from 'itty-router'
import { CONTENT_TYPES, exposition, expositionFor } from '../observe/metrics/exposition.js'
import { type Family, mergeFamilies } from '../observe/metrics/family.js'
import { type AdminAccess, refusal } from './access.js'
import type { AdminCommand, AdminResult, NamedPool } from './command.js'
import { type Endpoint, ENDPOINTS, openapi } from './endpoints.js'
import { mergePools, withTimes } from './merge.js'
import { type Read, readLevel, readPurge, readWeight } from './read-command.js'

/** What the admin API needs of whoever runs gateways. */
export interface AdminPort {
  /** Has every process do it; the results of those that answered in time, that of this process first. */
  readonly ask: (command: AdminCommand) => Promise<readonly AdminResult[]>
  /** Whether new requests should come here. */
  readonly ready: () => boolean
  readonly version: string
}

/** Largest body that is read. */
const MAX_BODY_BYTES = 64 * 1024

const JSON_TYPE = 'application/json'

interface Found {
  readonly endpoint: Endpoint
  readonly name: string
  readonly id: string
}

type Asked = Found & { readonly request: Request }

/** A fetch handler for those who run gateways. Never rejects. Give it a listener of its own, which clients cannot reach. */
export function adminOf(port: AdminPort, access: AdminAccess): (request: Request) => Promise<Response> {
  const router = IttyRouter()
  for (const endpoint of ENDPOINTS) {
    router[endpoint.method.toLowerCase() as 'get'](endpoint.path, ({ params: { name = '', id = '' } }): Found => ({ endpoint, name: decoded(name), id: decoded(id) }))
  }
  return async (request) => {
    const url = new URL(request.url)
    const isHead = request.method === 'HEAD'
    // It writes into what it is given.
    const found = (await router.fetch({ method: isHead ? 'GET' : request.method, url: request.url })) as Found | undefined
    const refused = refusal(found?.endpoint.role ?? 'reader', { host: request.headers.get('host') ?? url.host, authorization: request.headers.get('authorization') ?? undefined }, access)
    if (refused) return problem(refused.status, refused.detail, refused.status === 401 ? { 'WWW-Authenticate': 'Bearer realm="fetchgate admin"' } : {})
    if (!found) return missing(url.pathname)
    try {
      const response = await answer({ ...found, request }, port)
      return isHead ? new Response(null, response) : response
    } catch (error) {
      return problem(500, `It failed: ${String(error)}`)
    }
  }
}

async function answer({ endpoint, name, id, request }: Asked, port: AdminPort): Promise<Response> {
  switch (endpoint.name) {
    case 'healthz':
      return json({ status: 'alive' })
    case 'readyz':
      return port.ready() ? json({ status: 'ready' }) : problem(503, 'The gateway is about to stop.')
    case 'metrics': {
      const form = expositionFor(request.headers.get('accept'))
      return new Response(exposition(await families(port), form), { headers: headers(CONTENT_TYPES[form]) })
    }
    case 'upstreams': {
      const told = (await port.ask({ kind: 'upstreams' })).flatMap((result): (readonly NamedPool[])[] => (result.kind === 'upstreams' ? [result.pools] : []))
      return json({ processes: told.length, upstreams: withTimes(mergePools(told), await families(port)) })
    }
    case 'drain':
    case 'ready':
      return done({ kind: 'drain', upstream: name, target: id, draining: endpoint.name === 'drain' }, port)
    case 'weight':
      return withBody(request, (body) => readWeight(body, name, id), port)
    case 'purge':
      return withBody(request, readPurge, port)
    case 'reload':
      return done({ kind: 'reload' }, port)
    case 'snapshot': {
      const [first] = await port.ask({ kind: 'snapshot' })
      return json(first?.kind === 'snapshot' ? first.snapshot : {})
    }
    case 'log-level':
      return withBody(request, readLevel, port)
    case 'openapi':
      return json(openapi(port.version))
  }
}

async function families(port: AdminPort): Promise<Family[]> {
  return mergeFamilies((await port.ask({ kind: 'metrics' })).flatMap((result) => (result.kind === 'metrics' ? [result.families] : [])))
}

async function withBody(request: Request, read: (body: unknown) => Read<AdminCommand>, port: AdminPort): Promise<Response> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) return problem(415, `Send ${JSON_TYPE}.`)
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return problem(413, 'The body is too long.')
  const text = await request.text()
  if (text.length > MAX_BODY_BYTES) return problem(413, 'The body is too long.')
  const command = read(parsed(text))
  return command.kind === 'wrong' ? problem(400, command.detail) : done(command.value, port)
}

/** The worst result counts: what was not done everywhere is to be asked for again. */
async function done(command: AdminCommand, port: AdminPort): Promise<Response> {
  const results = await port.ask(command)
  const refused = results.find(({ kind }) => kind === 'refused')
  if (refused?.kind === 'refused') return problem(refused.issues ? 422 : command.kind === 'purge' ? 400 : 501, refused.detail, {}, refused.issues && { issues: refused.issues.map(({ path, message }) => ({ path, message })) })
  // Where targets are looked up, a process may not know of one yet.
  const unknown = results.find(({ kind }) => kind === 'unknown')
  if (unknown?.kind === 'unknown' && !results.some(({ kind }) => kind === 'done')) return problem(404, unknown.what)
  if (results.some(({ kind }) => kind === 'not-kept')) return problem(503, 'It holds in this process, but a store has not kept it. Ask again.')
  return json({ status: 'done', processes: results.filter(({ kind }) => kind === 'done').length })
}

function missing(path: string): Response {
  const allowed = [...new Set(ENDPOINTS.filter((endpoint) => pattern(endpoint.path).test(path)).map(({ method }) => method))]
  return allowed.length > 0 ? problem(405, `Take ${allowed.join(' or ')}.`, { Allow: allowed.join(', ') }) : problem(404, 'There is nothing of that name; see /openapi.json.')
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}/?$`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Answers are for whoever asked, and for no page of another site. */
function headers(type: string): Record<string, string> {
  return { 'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Cross-Origin-Resource-Policy': 'same-origin' }
}

function json(value: unknown): Response {
  return new Response(`${JSON.stringify(value)}\n`, { headers: headers(JSON_TYPE) })
}

const TITLES: Readonly<Record<number, string>> = { 400: 'Bad request', 401: 'Not allowed without a token', 403: 'Forbidden', 404: 'Not found', 405: 'Method not allowed', 413: 'Too long', 415: 'Unsupported media type', 421: 'Misdirected request', 422: 'Not right', 500: 'Failed', 501: 'Not implemented', 503: 'Unavailable' }

function problem(status: number, detail: string, fields: Readonly<Record<string, string>> = {}, more: object = {}): Response {
  return new Response(`${JSON.stringify({ type: 'about:blank', title: TITLES[status], status, detail, ...more })}\n`, { status, headers: { ...headers('application/problem+json'), ...fields } })
}
