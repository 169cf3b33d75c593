// The attempt loop: pick a server, send, judge the outcome. What fails is returned as a value.
import { GatewayError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import type { Payload } from '../http/payload.js'
import type { Forward } from '../plan.js'
import type { Answer, OutboundRequest, Ports, Server } from '../ports.js'
import { inboundAnswer } from './inbound.js'
import { outboundFields } from './outbound.js'
import { decideRetry, type FailedAttempt } from './retry.js'
import { rewriteTarget } from './rewrite.js'
import { goesInCircles } from './via.js'

/** Carries the exchange to one server after another until one answers or no further attempt is allowed. */
export async function carry(exchange: Exchange, plan: Forward, { transport, observe }: Pick<Ports, 'transport' | 'observe'>, inform?: OutboundRequest['inform']): Promise<Answer | GatewayError> {
  const { method, body, upgrade, signal, notes } = exchange
  if (goesInCircles(exchange.fields, plan.viaName)) return new GatewayError('proxy_loop_detected', { message: 'Via names this gateway twice already' })
  const target = rewriteTarget(exchange.target, exchange.params, plan.rewrite)
  const tried: Server[] = []
  let server = plan.balancer.pick(tried)
  if (!server) return new GatewayError('destination_unavailable', { message: `upstream ${plan.balancer.pool.name} has no target that takes traffic` })
  for (;;) {
    tried.push(server)
    notes.server = server.origin
    notes.attempts = tried.length
    let failure: GatewayError
    try {
      const fields = outboundFields(exchange, server, plan)
      return inboundAnswer(await transport.send({ server, method, target, fields, body, upgrade, limits: plan.limits, inform, signal }))
    } catch (error) {
      failure = asGatewayError(error, signal)
    }
    const next = nextServer(failure, { made: tried.length, method, body: bodyState(body) }, tried, plan)
    observe({ kind: 'attempt-failed', id: exchange.id, server: server.origin, error: failure.code, detail: failure.message, retried: next !== undefined })
    if (!next) return failure
    server = next
  }
}

/** The server for another attempt, undefined when there is to be none. */
function nextServer(error: GatewayError, attempt: Omit<FailedAttempt, 'error'>, tried: readonly Server[], { retry, balancer }: Forward): Server | undefined {
  if (decideRetry({ error, ...attempt }, retry).kind === 'stop') return undefined
  // A connection that had been idle may be closed by the server at the moment it is used again; that says nothing
  // against the server, so that with no other at hand the same one is asked once more.
  return balancer.pick(tried) ?? (error.retry === 'reset' ? balancer.pick([]) : undefined)
}

function asGatewayError(error: unknown, signal: AbortSignal | undefined): GatewayError {
  if (signal?.aborted) return new GatewayError('client_aborted', { cause: error })
  return error instanceof GatewayError ? error : new GatewayError('proxy_internal_error', { message: String(error), cause: error })
}

function bodyState(body: Payload | undefined): 'none' | 'unread' | 'read' {
  return !body ? 'none' : body.used ? 'read' : 'unread'
}
