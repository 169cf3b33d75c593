// Filters of the user's own in the form of the Web: from a Request to a Response, or to a Request with other headers.
import type { Exchange } from '../exchange.js'
import { fromHeaders, toHeaders } from '../http/fields.js'
import { endToEnd } from '../http/hop-by-hop.js'
import { isOddName } from '../http/odd-names.js'
import { StreamPayload } from '../http/payload.js'
import { lengthOf } from '../wire.js'
import { PASS, type Rule, type Verdict } from './verdict.js'
import { plainName, vouchedFields } from './vouched-fields.js'

/** A fetch middleware. A Response ends the request, a Request replaces its headers, undefined lets it pass. */
export type Middleware = (request: Request) => Response | Request | undefined | Promise<Response | Request | undefined>

/**
 * Makes a filter of a fetch middleware: `filters: [middleware((request) => request.headers.has('x-key') ? undefined : new Response('no key', { status: 401 }))]`.
 * The Request has the method, the canonical URL as filters and routes see it, the headers and the signal, and no body. Of a
 * Request that is given back only the headers count: lines whose values are the same go on as they came, others are taken off in
 * every spelling (`X_User` for `X-User`) and replaced. One with another URL or method, and whatever throws or rejects, ends the
 * request with 500; so does a method that fetch forbids, such as TRACE.
 */
export function middleware(run: Middleware): Rule {
  return (exchange) => {
    const result = run(requestOf(exchange))
    return result instanceof Promise ? result.then((settled) => verdictOf(exchange, settled)) : verdictOf(exchange, result)
  }
}

function requestOf(exchange: Exchange): Request {
  const { method, fields, signal } = exchange
  return new Request(urlOf(exchange), { method, headers: toHeaders(fields), ...(signal ? { signal } : {}) })
}

function urlOf({ client, host, target }: Exchange): string {
  const path = target.path === '*' ? '/' : target.path
  return `${client.scheme}://${host.name}${host.port === undefined ? '' : `:${host.port}`}${path}${target.query === undefined ? '' : `?${target.query}`}`
}

function verdictOf(exchange: Exchange, result: Response | Request | undefined): Verdict {
  if (result === undefined) return PASS
  if (result instanceof Response) return { kind: 'reply', answer: answerOf(exchange.method, result) }
  const asked = requestOf(exchange)
  if (result.url !== asked.url || result.method !== asked.method) throw new TypeError('middleware: a filter can give a Request other headers, not another URL or method')
  return withHeaders(exchange, asked.headers, result.headers)
}

/** Of the connection and of the framing nothing is the middleware's to say. */
const KEPT: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade'])

function withHeaders({ fields, routedFields }: Exchange, before: Headers, after: Headers): Verdict {
  const names = new Set([...before.keys(), ...after.keys()])
  // It may have set a header to what the client had sent: a twin of that must not say otherwise.
  const twinned = new Set([...routedFields, ...fields].flatMap((name, i) => (i % 2 === 0 && isOddName(name) ? plainName(name) : [])))
  const changed = [...names].filter((name) => !KEPT.has(name) && (before.get(name) !== after.get(name) || (after.has(name) && twinned.has(name))))
  if (changed.length === 0) return PASS
  const lines = changed.flatMap((name) => (after.has(name) ? [name, after.get(name)!] : []))
  return { kind: 'pass', fields: vouchedFields(changed)(fields, lines) }
}

function answerOf(method: string, { status, statusText, headers, body }: Response) {
  const fields = endToEnd(fromHeaders(headers))
  if (method === 'HEAD') void body?.cancel()
  const hasBody = body !== null && method !== 'HEAD'
  return { status, ...(statusText === '' ? {} : { reason: statusText }), fields, body: hasBody ? new StreamPayload(body, lengthOf(fields)) : undefined }
}
