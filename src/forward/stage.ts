// The attempt loop: pick a server, send, judge the outcome. What fails is returned as a value.
import { GatewayError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import { fieldValue } from '../http/fields.js'
import type { Payload } from '../http/payload.js'
import { ReplayBody } from '../http/replay-body.js'
import type { Forward, Hedge } from '../plan.js'
import type { Answer, OutboundRequest, Ports, Server } from '../ports.js'
import { countRequest, countRetry } from './budget.js'
import { startDeadline } from './deadline.js'
import { inboundAnswer } from './inbound.js'
import { outboundFields } from './outbound.js'
import { withCopy } from './mirror/stage.js'
import { decideHedge } from './hedge/decision.js'
import { observeLatency } from './hedge/latency.js'
import { type Course, race } from './hedge/stage.js'
import { decideRetry, failsAttempt, keepsBody, retryDelayMs, type RetryPolicy } from './retry.js'
import { rewriteTarget } from './rewrite.js'
import { goesInCircles } from './via.js'

type Outcome = Answer | GatewayError
type Effects = Pick<Ports, 'transport' | 'observe' | 'clock' | 'random'>

/** Carries the exchange to one server after another until one answers or no further attempt is allowed. */
export async function carry(exchange: Exchange, plan: Forward, effects: Effects, inform?: OutboundRequest['inform']): Promise<Outcome> {
  if (goesInCircles(exchange.fields, plan.viaName)) return new GatewayError('proxy_loop_detected', { message: 'Via names this gateway twice already' })
  const target = rewriteTarget(exchange.target, exchange.params, plan.rewrite)
  if (target === undefined) return new GatewayError('http_request_error', { detail: 'The path would become one with a dot segment.' })
  const deadline = startDeadline(plan.deadlineMs, exchange.signal, effects.clock)
  const copied = withCopy(exchange, target, plan, effects)
  const replay = keptBody(copied.body, plan.upstream.retry.policy)
  const { signal } = deadline
  const watched = replay || signal !== copied.signal ? { ...copied, signal, body: replay ?? copied.body } : copied
  const outcome = await new Attempts(watched, target, plan, effects, inform).untilAnswered()
  replay?.release()
  if (outcome instanceof GatewayError && outcome.code === 'client_aborted' && deadline.expired()) return new GatewayError('http_response_timeout', { message: 'the deadline of the route passed' })
  return outcome
}

/** The attempts of one request. */
class Attempts implements Course {
  readonly #exchange: Exchange
  readonly #target: string
  readonly #plan: Forward
  readonly #effects: Effects
  readonly #inform: OutboundRequest['inform']
  readonly #tried: Server[] = []

  constructor(exchange: Exchange, target: string, plan: Forward, effects: Effects, inform: OutboundRequest['inform']) {
    this.#exchange = exchange
    this.#target = target
    this.#plan = plan
    this.#effects = effects
    this.#inform = inform
  }

  async untilAnswered(): Promise<Outcome> {
    const { balancer, hedge, retry } = this.#plan.upstream
    const { clock } = this.#effects
    const { signal } = this.#exchange
    let server = balancer.pick(this.#tried)
    if (!server) return new GatewayError('destination_unavailable', { message: `upstream ${balancer.pool.name} has no target that takes traffic` })
    retry.budget.window = countRequest(retry.budget.window, clock.nowMs())
    for (;;) {
      const outcome = hedge && this.#tried.length === 0 ? await this.#sendHedged(server, hedge) : await this.send(server, signal)
      const next = this.#next(outcome)
      this.#tell(outcome, next.kind === 'again', next.reason)
      if (next.kind === 'stop') return outcome
      if (!(outcome instanceof GatewayError)) outcome.body?.cancel()
      if (next.delayMs > 0) await clock.sleep(next.delayMs, signal)
      if (signal?.aborted) return new GatewayError('client_aborted')
      server = next.server
    }
  }

  /** One attempt. */
  async send(server: Server, signal: AbortSignal | undefined): Promise<Outcome> {
    const { method, body, upgrade, notes } = this.#exchange
    notes.server = server.origin
    notes.attempts = this.#tried.push(server)
    const fields = outboundFields(this.#exchange, server, this.#plan)
    try {
      return inboundAnswer(await this.#effects.transport.send({ server, method, target: this.#target, fields, body, upgrade, limits: this.#plan.upstream.limits, inform: this.#inform, signal }))
    } catch (error) {
      if (signal?.aborted) return new GatewayError('client_aborted', { cause: error })
      return error instanceof GatewayError ? error : new GatewayError('proxy_internal_error', { message: String(error), cause: error })
    }
  }

  /** The first attempt, and a second one beside it when it is slow. The one that answered, or failed last, is noted. */
  async #sendHedged(server: Server, { policy, latency }: Hedge): Promise<Outcome> {
    const { id, notes, signal } = this.#exchange
    const { clock, observe } = this.#effects
    const decision = decideHedge(this.#exchange, policy, latency.estimate)
    if (decision.kind === 'never') return this.send(server, signal)
    const sentMs = clock.nowMs()
    const finish = await race(this, server, decision.kind === 'hedge' ? decision.delayMs : undefined, signal, clock)
    notes.server = finish.server.origin
    if (finish.second) observe({ kind: 'hedged', id, server: finish.second.origin, won: finish.server === finish.second })
    // Where a second attempt was made, the first took longer than the estimate; by how much is not known, and no matter.
    if (policy.kind === 'quantile' && !this.isFailure(finish.outcome)) latency.estimate = observeLatency(latency.estimate, policy.quantile, finish.second ? Infinity : clock.nowMs() - sentMs)
    return finish.outcome
  }

  another(): Server | undefined {
    const { balancer, retry } = this.#plan.upstream
    const window = countRetry(retry.budget.window, retry.limits, this.#effects.clock.nowMs())
    const server = window && balancer.pick(this.#tried)
    if (server) retry.budget.window = window
    return server
  }

  isFailure(outcome: Outcome): boolean {
    return failsAttempt(outcome, this.#plan.upstream.retry.policy)
  }

  onFailure(server: Server, outcome: Outcome): void {
    this.#exchange.notes.server = server.origin
    this.#tell(outcome, true, 'another attempt is under way')
  }

  /** Decides on the next attempt and takes its place in the budget and in the turns of the pool. */
  #next(outcome: Outcome): Next {
    const { method, body } = this.#exchange
    const { balancer, retry } = this.#plan.upstream
    const tried = this.#tried
    const failure = outcome instanceof GatewayError ? outcome : outcome.status
    const decision = decideRetry({ failure, made: tried.length, method, body: bodyState(body) }, retry.policy)
    if (decision.kind === 'stop') return decision
    const { reason } = decision
    // Asking another server for what the first never got adds nothing to the load of either.
    const counts = reason !== 'connect-failure'
    const nowMs = this.#effects.clock.nowMs()
    const window = counts ? countRetry(retry.budget.window, retry.limits, nowMs) : retry.budget.window
    if (!window) return { kind: 'stop', reason: 'the retry budget is spent' }
    const other = balancer.pick(tried)
    // With no other server at hand the same one is asked once more where that can help: a connection that had been idle
    // may be closed at the moment it is used again, which says nothing against the server. One that refused will refuse.
    const server = other ?? (counts ? balancer.pick([]) : undefined)
    if (!server) return { kind: 'stop', reason: 'no other target is left' }
    const retryAfter = outcome instanceof GatewayError ? undefined : fieldValue(outcome.fields, 'retry-after')
    const delayMs = retryDelayMs(tried.length, !other, retryAfter, nowMs, this.#effects.random())
    if (delayMs === undefined) return { kind: 'stop', reason: 'the target wants to be left alone for longer than a retry waits' }
    retry.budget.window = window
    return { kind: 'again', reason, server, delayMs }
  }

  /** Tells of a failure. What is the client's doing, as when it goes away, is told with its request and not held against the server. */
  #tell(outcome: Outcome, retried: boolean, why: string): void {
    const failed = outcome instanceof GatewayError
    if (failed ? outcome.side === 'client' : !retried) return
    const { id, notes: { server = '' } } = this.#exchange
    const [error, detail] = failed ? [outcome.code, outcome.message] : [`status ${outcome.status}`, 'the upstream repeats answers with this status']
    this.#effects.observe({ kind: 'attempt-failed', id, server, error, detail, retried, why })
  }
}

/** What comes after an attempt: another one, or none, and why. */
type Next = { readonly kind: 'again'; readonly reason: string; readonly server: Server; readonly delayMs: number } | { readonly kind: 'stop'; readonly reason: string }

/** The body in a form that can be sent again, where the policy keeps it. */
function keptBody(body: Payload | undefined, policy: RetryPolicy): ReplayBody | undefined {
  return body && keepsBody(body.length, policy) ? new ReplayBody(body, policy.maxReplayBytes) : undefined
}

function bodyState(body: Payload | undefined): 'none' | 'unread' | 'read' {
  return !body ? 'none' : body.used ? 'read' : 'unread'
}
