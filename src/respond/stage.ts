// What the client sees: the answer with the origin hidden and our own fields added, or a problem document.
import { GatewayError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import type { Refusal, Reply } from '../filter/verdict.js'
import { isBodiless } from '../http/bodiless.js'
import { editFields, type Fields } from '../http/fields.js'
import { BytesPayload } from '../http/payload.js'
import type { Forward, Plan, Redirect, Respond } from '../plan.js'
import type { Answer } from '../ports.js'
import { resolveEdits, resolveText } from '../variables.js'
import { hideOrigin, type PublicFace } from '../http/hide-origin.js'
import { problemAnswer } from './problem.js'
import { redirectLocation } from './redirect.js'

/** An answer that came from a server or from the cache, or without a `forward` from a file. */
export function answer(exchange: Exchange, plan: Plan, forward: Forward | undefined, from: Answer): Answer {
  const fields = forward?.hideOrigin ? hideOrigin(from.fields, publicFace(exchange, forward)) : from.fields
  return finish(exchange, from, editFields(fields, resolveEdits(plan.responseEdits, exchange)))
}

/** What relays a server's interim answers to the client; undefined where the client cannot be sent any. */
export function interim(exchange: Exchange, forward: Forward): ((status: number, fields: Fields) => void) | undefined {
  const { inform } = exchange
  return inform && ((status, fields) => inform(status, forward.hideOrigin ? hideOrigin(fields, publicFace(exchange, forward)) : fields))
}

/** An answer that the route gives itself. */
export function local(exchange: Exchange, plan: Plan, action: Redirect | Respond): Answer {
  const bodiless = action.kind === 'respond' && isBodiless(action.status)
  const body = action.kind === 'respond' && !bodiless ? action.body : undefined
  const own = action.kind === 'respond' ? action.fields.map((text) => resolveText(text, exchange)) : ['Location', redirectLocation(resolveText(action.to, exchange), exchange.target)]
  const length = bodiless ? [] : ['Content-Length', String(body?.byteLength ?? 0)]
  const fields = editFields([...own, ...length], resolveEdits(plan.responseEdits, exchange))
  return finish(exchange, { status: action.status, fields, body: body && exchange.method !== 'HEAD' ? new BytesPayload(body) : undefined })
}

/** A reason begins with the name of its filter. */
const FILTER = /^\w+(?=:)/

/** A filter's refusal, or its own answer. */
export function filtered(exchange: Exchange, end: Refusal | Reply): Answer {
  exchange.notes.filter = FILTER.exec(end.reason ?? '')?.[0]
  if (end.kind === 'reply') {
    exchange.notes.detail = end.reason
    return finish(exchange, end.answer)
  }
  const { code, reason, detail, retryAfterSeconds, fields = [] } = end
  const answer = problem(exchange, new GatewayError(code, { message: reason, detail, retryAfterSeconds }))
  return { ...answer, fields: [...answer.fields, ...fields] }
}

/** A request that no route serves. */
export function missing(exchange: Exchange): Answer {
  return problem(exchange, new GatewayError('no_route'))
}

/** A request that no upstream answered: the route's own answer for that case, or the problem. */
export function failure(exchange: Exchange, plan: Plan, { fallback }: Forward, error: GatewayError): Answer {
  if (!fallback?.respond || error.side !== 'upstream') return problem(exchange, error)
  exchange.notes.error = error.code
  exchange.notes.detail = error.message
  return local(exchange, plan, fallback.respond)
}

/** A request that failed in a way that no stage foresaw. */
export function unexpected(exchange: Exchange, error: unknown): Answer {
  return problem(exchange, error instanceof GatewayError ? error : new GatewayError('proxy_internal_error', { message: String(error), cause: error }))
}

/** A request that failed. */
export function problem(exchange: Pick<Exchange, 'id' | 'method' | 'fields' | 'notes'>, error: GatewayError): Answer {
  exchange.notes.error = error.code
  exchange.notes.detail = error.message
  return finish(exchange, problemAnswer(error, exchange.id, exchange))
}

/** Copies property by property, which costs V8 a fraction of a spread. */
function finish({ id, notes }: Pick<Exchange, 'id' | 'notes'>, { status, reason, fields, body, tunnel, close }: Answer, edited = fields): Answer {
  const own = ['X-Request-ID', id]
  if (notes.cacheStatus !== undefined) own.push('Cache-Status', notes.cacheStatus)
  if (notes.cookie !== undefined) own.push('Set-Cookie', notes.cookie)
  return { status, reason, fields: editFields(edited, { remove: REPLACED, append: own }), body, tunnel, close }
}

const REPLACED: ReadonlySet<string> = new Set(['x-request-id'])

/** How what the origin calls itself maps to what this client sees. */
export function publicFace({ client }: Exchange, forward: Facing): PublicFace {
  const { stripPrefix, addPrefix } = forward.rewrite
  return { hostnames: hostnamesOf(forward), scheme: client.scheme, host: client.host, stripPrefix, addPrefix }
}

/** The part of a route that an origin's names are hidden by. */
type Facing = Pick<Forward, 'upstream' | 'rewrite' | 'fallback'>

/** Those of the upstream, and of those that may have answered in its place. */
function hostnamesOf({ upstream, fallback }: Facing): ReadonlySet<string> {
  const { hostnames } = upstream.balancer
  return fallback ? new Set([...hostnames, ...fallback.forwards.flatMap((forward) => [...forward.upstream.balancer.hostnames])]) : hostnames
}
