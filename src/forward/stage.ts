// The attempt loop: pick a server, send, judge the outcome. What fails is returned as a value.
import { GatewayError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import { fieldValue } from '../http/fields.js'
import type { Payload } from '../http/payload.js'
import { ReplayBody } from '../http/replay-body.js'
import type { Forward } from '../plan.js'
import type { Answer, OutboundRequest, Ports, Server } from '../ports.js'
import { countRequest, countRetry } from './budget.js'
import { startDeadline } from './deadline.js'
import { inboundAnswer } from './inbound.js'
import { outboundFields } from './outbound.js'
import { withCopy } from './mirror/stage.js'
import { decideRetry, keepsBody, retryDelayMs } from './retry.js'
import { rewriteTarget } from './rewrite.js'
import { goesInCircles } from './via.js'

type Effects = Pick<Ports, 'transport' | 'observe' | 'clock' | 'random'>

/** Carries the exchange to one server after another until one answers or no further attempt is allowed. */
export async function carry(exchange: Exchange, plan: Forward, effects: Effects, inform?: OutboundRequest['inform']): Promise<Answer | GatewayError> {
  if (goesInCircles(exchange.fields, plan.viaName)) return new GatewayError('proxy_loop_detected', { message: 'Via names this gateway twice already' })
  const target = rewriteTarget(exchange.target, exchange.params, plan.rewrite)
  if (target === undefined) return new GatewayError('http_request_error', { detail: 'The path would become one with a dot segment.' })
  const deadline = startDeadline(plan.deadlineMs, exchange.signal, effects.clock)
  const copied = withCopy(exchange, target, plan, effects)
  const watched = deadline.signal === copied.signal ? copied : { ...copied, signal: deadline.signal }
  const { body } = watched
  const replay = body && keepsBody(body.length, plan.upstream.retry.policy) ? new ReplayBody(body, plan.upstream.retry.policy.maxReplayBytes) : undefined
  const outcome = await attemptInTurn(replay ? { ...watched, body: replay } : watched, target, plan, effects, inform)
  replay?.release()
  if (outcome instanceof GatewayError && outcome.code === 'client_aborted' && deadline.expired()) return new GatewayError('http_response_timeout', { message: 'the deadline of the route passed' })
  return outcome
}

async function attemptInTurn(exchange: Exchange, target: string, plan: Forward, effects: Effects, inform: OutboundRequest['inform']): Promise<Answer | GatewayError> {
  const { signal, notes } = exchange
  const { balancer, retry } = plan.upstream
  const tried: Server[] = []
  let server = balancer.pick(tried)
  if (!server) return new GatewayError('destination_unavailable', { message: `upstream ${balancer.pool.name} has no target that takes traffic` })
  retry.budget.window = countRequest(retry.budget.window, effects.clock.nowMs())
  for (;;) {
    tried.push(server)
    notes.server = server.origin
    notes.attempts = tried.length
    const outcome = await attempt(exchange, target, plan, server, effects, inform)
    const next = nextAttempt(exchange, plan, outcome, tried, effects)
    tellFailure(exchange, server, outcome, next, effects)
    if (next.kind === 'stop') return outcome
    if (!(outcome instanceof GatewayError)) outcome.body?.cancel()
    if (next.delayMs > 0) await effects.clock.sleep(next.delayMs, signal)
    if (signal?.aborted) return new GatewayError('client_aborted')
    server = next.server
  }
}

async function attempt(exchange: Exchange, target: string, plan: Forward, server: Server, { transport }: Effects, inform: OutboundRequest['inform']): Promise<Answer | GatewayError> {
  const { method, body, upgrade, signal } = exchange
  const fields = outboundFields(exchange, server, plan)
  try {
    return inboundAnswer(await transport.send({ server, method, target, fields, body, upgrade, limits: plan.upstream.limits, inform, signal }))
  } catch (error) {
    if (signal?.aborted) return new GatewayError('client_aborted', { cause: error })
    return error instanceof GatewayError ? error : new GatewayError('proxy_internal_error', { message: String(error), cause: error })
  }
}

/** What comes after an attempt: another one, or none, and why. */
type Next = { readonly kind: 'again'; readonly reason: string; readonly server: Server; readonly delayMs: number } | { readonly kind: 'stop'; readonly reason: string }

/** Decides on the next attempt and takes its place in the budget and in the turns of the pool. */
function nextAttempt({ method, body }: Exchange, { upstream: { retry, balancer } }: Forward, outcome: Answer | GatewayError, tried: readonly Server[], { clock, random }: Effects): Next {
  const failure = outcome instanceof GatewayError ? outcome : outcome.status
  const decision = decideRetry({ failure, made: tried.length, method, body: bodyState(body) }, retry.policy)
  if (decision.kind === 'stop') return decision
  const { reason } = decision
  // Asking another server for what the first never got adds nothing to the load of either.
  const counts = reason !== 'connect-failure'
  const nowMs = clock.nowMs()
  const window = counts ? countRetry(retry.budget.window, retry.limits, nowMs) : retry.budget.window
  if (!window) return { kind: 'stop', reason: 'the retry budget is spent' }
  const other = balancer.pick(tried)
  // With no other server at hand the same one is asked once more where that can help: a connection that had been idle
  // may be closed at the moment it is used again, which says nothing against the server. One that refused will refuse.
  const server = other ?? (counts ? balancer.pick([]) : undefined)
  if (!server) return { kind: 'stop', reason: 'no other target is left' }
  const retryAfter = outcome instanceof GatewayError ? undefined : fieldValue(outcome.fields, 'retry-after')
  const delayMs = retryDelayMs(tried.length, !other, retryAfter, nowMs, random())
  if (delayMs === undefined) return { kind: 'stop', reason: 'the target wants to be left alone for longer than a retry waits' }
  retry.budget.window = window
  return { kind: 'again', reason, server, delayMs }
}

/** What is the client's doing, as when it goes away, is told with its request and not as a failure of the server. */
function tellFailure({ id }: Exchange, { origin }: Server, outcome: Answer | GatewayError, { kind, reason }: Next, { observe }: Effects): void {
  const retried = kind === 'again'
  if (!(outcome instanceof GatewayError)) {
    if (retried) observe({ kind: 'attempt-failed', id, server: origin, error: `status ${outcome.status}`, detail: 'the route repeats answers with this status', retried, why: reason })
  } else if (outcome.side !== 'client') observe({ kind: 'attempt-failed', id, server: origin, error: outcome.code, detail: outcome.message, retried, why: reason })
}

function bodyState(body: Payload | undefined): 'none' | 'unread' | 'read' {
  return !body ? 'none' : body.used ? 'read' : 'unread'
}
