// The attempt loop: pick a server, send, judge the outcome. What fails is returned as a value.
import type { AttemptLease } from '../balancer.js'
import { GatewayError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import { fieldValue } from '../http/fields.js'
import type { Payload } from '../http/payload.js'
import { ReplayBody } from '../http/replay-body.js'
import type { Forward, Hedge } from '../plan.js'
import type { Answer, OutboundRequest, Ports, Server } from '../ports.js'
import { countRequest, countRetry } from './budget.js'
import { type Deadline, startDeadline } from './deadline.js'
import { inboundAnswer } from './inbound.js'
import { outboundFields } from './outbound.js'
import type { Course } from './hedge/stage.js'
import { decideRetry, failsAttempt, keepsBody, retryDelayMs, type RetryDecision, type RetryPolicy, type RetryReason } from './retry.js'
import { rewriteTarget } from './rewrite.js'
import { goesInCircles } from './via.js'

type Outcome = Answer | GatewayError
export type Effects = Pick<Ports, 'transport' | 'observe' | 'clock' | 'random'>

/** Carries the exchange to one server after another until one answers or no further attempt is allowed. */
export async function carry(exchange: Exchange, plan: Forward, effects: Effects, inform?: OutboundRequest['inform']): Promise<Outcome> {
  if (goesInCircles(exchange.fields, plan.viaName)) return new GatewayError('proxy_loop_detected', { message: 'Via names this gateway twice already' })
  if (exchange.body?.used) return new GatewayError('proxy_internal_error', { detail: 'The body was read before the gateway got the request. Hand over an unread clone().' })
  const target = rewriteTarget(exchange.outgoing, exchange.params, plan.rewrite)
  if (target === undefined) return new GatewayError('http_request_error', { detail: 'The path would become one with a dot segment.' })
  const deadline = startDeadline(plan.deadlineMs, exchange.signal, effects.clock)
  const copied = plan.mirror ? plan.mirror.copy(exchange, target, plan, effects) : exchange
  const replay = keptBody(copied.body, plan.upstream.retry.policy)
  const { signal } = deadline
  const watched = replay || signal !== copied.signal ? { ...copied, signal, body: replay ?? copied.body } : copied
  const outcome = await new Attempts(watched, target, plan, deadline, effects, inform).untilAnswered()
  replay?.release()
  return outcome
}

/** The attempts of one request. */
class Attempts implements Course {
  readonly #exchange: Exchange
  readonly #target: string
  readonly #plan: Forward
  readonly #deadline: Deadline
  readonly #effects: Effects
  readonly #inform: OutboundRequest['inform']
  readonly #tried: Server[] = []

  constructor(exchange: Exchange, target: string, plan: Forward, deadline: Deadline, effects: Effects, inform: OutboundRequest['inform']) {
    this.#exchange = exchange
    this.#target = target
    this.#plan = plan
    this.#deadline = deadline
    this.#effects = effects
    this.#inform = inform
  }

  async untilAnswered(): Promise<Outcome> {
    const { balancer, hedge, retry } = this.#plan.upstream
    const { clock } = this.#effects
    const { signal } = this.#exchange
    const leased = balancer.lease(this.#exchange, this.#plan.wish, this.#tried)
    const first = leased instanceof Promise ? await leased : leased
    if (first instanceof GatewayError) return first
    let lease = first
    retry.budget.window = countRequest(retry.budget.window, clock.nowMs())
    for (;;) {
      const outcome = hedge && this.#tried.length === 0 ? await this.#sendHedged(lease, hedge) : await this.send(lease, signal)
      const decision = this.#decide(outcome)
      const next: Next = decision.kind === 'stop' ? decision : await this.#next(outcome, decision.reason)
      this.#tell(outcome, next.kind === 'again', next.reason)
      if (next.kind === 'stop') return outcome
      if (!(outcome instanceof GatewayError)) outcome.body?.cancel()
      if (next.delayMs > 0) await clock.sleep(next.delayMs, signal)
      if (signal?.aborted) return givenBack(next.lease, this.#aborted())
      lease = next.lease
    }
  }

  /** One attempt. */
  async send(lease: AttemptLease, signal: AbortSignal | undefined): Promise<Outcome> {
    this.#note(lease)
    this.#exchange.notes.attempts = this.#tried.push(lease.server)
    const outcome = await this.#exchangeWith(lease, signal)
    if (outcome instanceof GatewayError) lease.failed(outcome)
    else lease.answered(outcome.status)
    return outcome
  }

  /** Whose attempt the answer, or the last failure, is of. */
  #note({ server, cookie }: AttemptLease): void {
    const { notes } = this.#exchange
    notes.server = server.origin
    notes.cookie = cookie
  }

  async #exchangeWith(lease: AttemptLease, signal: AbortSignal | undefined): Promise<Outcome> {
    const { method, body, upgrade, client, peer } = this.#exchange
    const { server } = lease
    const fields = outboundFields(this.#exchange, server, this.#plan)
    try {
      return inboundAnswer(await this.#effects.transport.send({ server, method, target: this.#target, fields, body, upgrade, limits: this.#plan.upstream.limits, inform: this.#inform, signal, lease, client, peer }))
    } catch (error) {
      if (signal?.aborted) return this.#aborted(error)
      return error instanceof GatewayError ? error : new GatewayError('proxy_internal_error', { message: String(error), cause: error })
    }
  }

  /** Why an attempt was given up: nobody waits for it any more, or the time for all of them is over. */
  #aborted(cause?: unknown): GatewayError {
    return this.#deadline.expired() ? new GatewayError('http_response_timeout', { detail: 'The limit deadline has passed.', cause }) : new GatewayError('client_aborted', { cause })
  }

  /** The first attempt, and a second one beside it when it is slow. The one that answered, or failed last, is noted. */
  async #sendHedged(lease: AttemptLease, { ways, policy, latency }: Hedge): Promise<Outcome> {
    const { id, signal } = this.#exchange
    const { clock, observe } = this.#effects
    const decision = ways.decide(this.#exchange, policy, latency.estimate)
    if (decision.kind === 'never') return this.send(lease, signal)
    const sentMs = clock.nowMs()
    const finish = await ways.race(this, lease, decision.kind === 'hedge' ? decision.delayMs : undefined, signal, clock)
    this.#note(finish.lease)
    if (finish.second) observe({ kind: 'hedged', id, server: finish.second.server.origin, won: finish.lease === finish.second })
    // Where a second attempt was made, the first took longer than the estimate; by how much is not known, and no matter.
    if (policy.kind === 'quantile' && !this.isFailure(finish.outcome)) latency.estimate = ways.observe(latency.estimate, policy.quantile, finish.second ? Infinity : clock.nowMs() - sentMs)
    return finish.outcome
  }

  another(): AttemptLease | undefined {
    const { balancer, retry } = this.#plan.upstream
    const window = countRetry(retry.budget.window, retry.limits, this.#effects.clock.nowMs())
    const leased = window && balancer.lease(this.#exchange, this.#plan.wish, this.#tried)
    if (!leased || leased instanceof GatewayError) return undefined
    // A pool in which requests wait for a place is not slow for want of a second attempt.
    if (leased instanceof Promise) return void leased.then((late) => late instanceof GatewayError || givenBack(late, new GatewayError('client_aborted')))
    retry.budget.window = window
    return leased
  }

  isFailure(outcome: Outcome): boolean {
    return failsAttempt(outcome, this.#plan.upstream.retry.policy)
  }

  onFailure(lease: AttemptLease, outcome: Outcome): void {
    this.#note(lease)
    this.#tell(outcome, true, 'another attempt is under way')
  }

  #decide(outcome: Outcome): RetryDecision {
    const { method, body, signal } = this.#exchange
    if (signal?.aborted) return { kind: 'stop', reason: 'nobody waits for it any more' }
    const failure = outcome instanceof GatewayError ? outcome : outcome.status
    return decideRetry({ failure, made: this.#tried.length, method, body: bodyState(body) }, this.#plan.upstream.retry.policy)
  }

  /** Takes the place of another attempt in the budget and at a server. */
  async #next(outcome: Outcome, reason: RetryReason): Promise<Next> {
    const { upstream: { balancer, retry }, wish } = this.#plan
    const tried = this.#tried
    // Asking another server for what the first never got adds nothing to the load of either.
    const counts = reason !== 'connect-failure'
    const nowMs = this.#effects.clock.nowMs()
    const window = counts ? countRetry(retry.budget.window, retry.limits, nowMs) : retry.budget.window
    if (!window) return { kind: 'stop', reason: 'the retry budget is spent' }
    retry.budget.window = window
    const other = await balancer.lease(this.#exchange, wish, tried)
    const isOther = !(other instanceof GatewayError)
    // With no other server at hand the same one is asked once more where that can help: a connection that had been idle
    // may be closed at the moment it is used again, which says nothing against the server. One that refused will refuse.
    const lease = isOther || !counts ? other : await balancer.lease(this.#exchange, wish, NONE_TRIED)
    if (lease instanceof GatewayError) return { kind: 'stop', reason: 'no other target is left' }
    const retryAfter = outcome instanceof GatewayError ? undefined : fieldValue(outcome.fields, 'retry-after')
    const delayMs = retryDelayMs(tried.length, !isOther, retryAfter, nowMs, this.#effects.random())
    if (delayMs !== undefined) return { kind: 'again', reason, lease, delayMs }
    givenBack(lease, new GatewayError('client_aborted'))
    return { kind: 'stop', reason: 'the target wants to be left alone for longer' }
  }

  /** Tells of a failure. What is the client's doing, as when it goes away, is told with its request and not held against the server. */
  #tell(outcome: Outcome, retried: boolean, why: string): void {
    const failed = outcome instanceof GatewayError
    if (failed ? outcome.side === 'client' : !retried) return
    const { id, notes: { server = '' } } = this.#exchange
    const [error, detail] = failed ? [outcome.code, outcome.message] : [`status ${outcome.status}`, 'the upstream repeats it']
    this.#effects.observe({ kind: 'attempt-failed', id, upstream: this.#plan.upstream.balancer.name, server, error, detail, retried, why })
  }
}

/** What comes after an attempt: another one, or none, and why. */
type Next = { readonly kind: 'again'; readonly reason: string; readonly lease: AttemptLease; readonly delayMs: number } | { readonly kind: 'stop'; readonly reason: string }

const NONE_TRIED: readonly Server[] = []

/** Gives a place back that is not used after all. */
function givenBack(lease: AttemptLease, error: GatewayError): GatewayError {
  lease.failed(error)
  return error
}

/** The body in a form that can be sent again, where the policy keeps it. */
function keptBody(body: Payload | undefined, policy: RetryPolicy): ReplayBody | undefined {
  return body && keepsBody(body.length, policy) ? new ReplayBody(body, policy.maxReplayBytes) : undefined
}

function bodyState(body: Payload | undefined): 'none' | 'unread' | 'read' {
  return !body ? 'none' : body.used ? 'read' : 'unread'
}
