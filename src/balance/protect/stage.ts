// Holds the places of one pool: who goes on, who waits for a place, who is refused, and when the circuit is open.
import { type ErrorCode, GatewayError } from '../../errors.js'
import type { Wish } from '../../balancer.js'
import type { PoolState } from '../../operator.js'
import type { Ports } from '../../ports.js'
import type { Candidate } from '../policy.js'
import type { Admission, Pass } from '../parts.js'
import { observationOf } from '../health/observation.js'
import { beginTrial, type Breaker, type BreakerSettings, closedBreaker, observe, passageAt, refusesForMs, settleTrial, withoutTrials } from './breaker.js'
import { type Concurrency, type ConcurrencySettings, initialConcurrency, learn } from './concurrency.js'
import { admit } from './limits.js'
import { PendingQueue, type QueueSettings } from './pending-queue.js'
import { queueDrainMs, retryAfterSeconds } from './retry-after.js'
import { sheds } from './shed.js'

export interface AdmissionSettings extends QueueSettings {
  readonly maxInFlight: number
  /** No limit of its own when undefined. */
  readonly maxInFlightPerTarget: number | undefined
  /** The limit is fixed when undefined. */
  readonly concurrency: ConcurrencySettings | undefined
  /** The circuit never opens when undefined. */
  readonly breaker: BreakerSettings | undefined
}

type Effects = Pick<Ports, 'clock' | 'random' | 'observe'>

/** Lets a request that waits go on, or refuses it. */
type Grant = (pass: Pass | GatewayError) => void

/** How long a request is taken to last for `Retry-After` before one has ended. */
const FIRST_GUESS_MS = 100

/** The places of one pool. */
export class PoolAdmission implements Admission {
  readonly allows: ((candidate: Candidate) => boolean) | undefined
  targets: () => readonly Candidate[] = () => []
  readonly #name: string
  readonly #settings: AdmissionSettings
  readonly #effects: Effects
  /** Those that matter most are served first. */
  readonly #critical: PendingQueue<Grant>
  readonly #normal: PendingQueue<Grant>
  #inFlight = 0
  /** Those that were let go after a wait, and whose target does not count them yet. */
  #arriving = 0
  #concurrency: Concurrency | undefined
  #breaker: Breaker | undefined
  #requestMs = FIRST_GUESS_MS
  #expiring = false

  constructor(name: string, settings: AdmissionSettings, effects: Effects) {
    this.#name = name
    this.#settings = settings
    this.#effects = effects
    const nowMs = effects.clock.nowMs()
    const { maxInFlightPerTarget, concurrency, breaker } = settings
    this.#critical = new PendingQueue(settings, nowMs)
    this.#normal = new PendingQueue(settings, nowMs)
    this.#concurrency = concurrency && initialConcurrency(nowMs, concurrency)
    this.#breaker = breaker && closedBreaker(nowMs)
    this.allows = maxInFlightPerTarget === undefined ? undefined : ({ load }) => load.inFlight < maxInFlightPerTarget
  }

  inherit(previous: Admission): void {
    if (!(previous instanceof PoolAdmission)) return
    if (this.#concurrency && previous.#concurrency) this.#concurrency = previous.#concurrency
    if (this.#breaker && previous.#breaker) this.#breaker = withoutTrials(previous.#breaker)
    this.#requestMs = previous.#requestMs
  }

  /** For operators. */
  state(): Omit<PoolState, 'targets'> {
    return { inFlight: this.#inFlight, pending: this.#critical.size + this.#normal.size, circuit: this.#breaker?.phase }
  }

  changed(): void {
    if (this.#critical.size + this.#normal.size > 0) this.#serve()
  }

  arrived(): void {
    this.#arriving--
  }

  enter({ priority }: Wish, signal: AbortSignal | undefined): Pass | GatewayError | Promise<Pass | GatewayError> {
    if (priority === 'background' && sheds(priority, this.#inFlight, this.#limit, this.#effects.random())) return this.overloaded('background requests are turned away first')
    // Places that came by time alone are theirs who wait.
    this.changed()
    const pending = this.#critical.size + this.#normal.size
    const decision = admit(this.#hasPlace(), priority === 'critical' ? this.#critical.size : pending, this.#settings)
    if (decision === 'go') return this.#go()
    if (decision === 'refuse' || priority === 'background') return this.overloaded(`${this.#inFlight} requests are under way and ${pending} wait`)
    return this.#wait(priority === 'critical' ? this.#critical : this.#normal, signal)
  }

  left(pass: Pass, outcome: GatewayError | number, headMs: number | undefined): void {
    const { clock } = this.#effects
    const { concurrency, breaker } = this.#settings
    const nowMs = clock.nowMs()
    const inFlight = this.#inFlight--
    if (headMs !== undefined) this.#requestMs += (headMs - this.#requestMs) / 16
    if (this.#concurrency && concurrency) {
      const dropped = typeof outcome === 'number' ? outcome === 503 || outcome === 504 : outcome.code === 'http_response_timeout'
      if (headMs !== undefined || dropped) this.#concurrency = learn(this.#concurrency, { rttMs: headMs ?? 0, inFlight, dropped }, nowMs, concurrency)
    }
    if (this.#breaker && breaker) {
      const change = pass === 'trial' ? settleTrial : observe
      this.#become(change(this.#breaker, observationOf(outcome), nowMs, breaker))
    }
    this.#serve()
  }

  get #limit(): number {
    return Math.min(this.#concurrency?.limit ?? Infinity, this.#settings.maxInFlight)
  }

  /** How many can be under way at a time. */
  #places(): number {
    const { maxInFlightPerTarget } = this.#settings
    return maxInFlightPerTarget === undefined ? this.#limit : Math.min(this.#limit, maxInFlightPerTarget * this.targets().length)
  }

  /** Targets are asked rather than counted: what is under way may be at one that is ejected or gone. Without any there is nothing to wait for. */
  #hasPlace(): boolean {
    const { maxInFlightPerTarget } = this.#settings
    if (this.#inFlight >= this.#limit) return false
    if (maxInFlightPerTarget === undefined) return true
    const targets = this.targets()
    let free = -this.#arriving
    for (let i = 0; i < targets.length && free <= 0; i++) free += Math.max(0, maxInFlightPerTarget - targets[i]!.load.inFlight)
    return free > 0 || targets.length === 0
  }

  /** Takes a place, unless the circuit is open. */
  #go(): Pass | GatewayError {
    let pass: Pass = 'pass'
    const { breaker } = this.#settings
    if (this.#breaker && breaker) {
      const nowMs = this.#effects.clock.nowMs()
      const passage = passageAt(this.#breaker, nowMs, this.#effects.random(), breaker)
      if (passage === 'refuse') return this.#refusal('destination_unavailable', `the circuit of ${this.#name} is open`, refusesForMs(this.#breaker, nowMs))
      if (passage === 'trial') {
        pass = 'trial'
        this.#become(beginTrial(this.#breaker, nowMs, breaker))
      }
    }
    this.#inFlight++
    return pass
  }

  /** Gives free places to those that wait. */
  #serve(): void {
    while (this.#hasPlace()) {
      const grant = this.#critical.next() ?? this.#normal.next()
      if (!grant) return
      const pass = this.#go()
      if (!(pass instanceof GatewayError)) this.#arriving++
      grant(pass)
    }
  }

  #wait(queue: PendingQueue<Grant>, signal: AbortSignal | undefined): Promise<Pass | GatewayError> {
    if (signal?.aborted) return Promise.resolve(new GatewayError('client_aborted'))
    return new Promise((resolve) => {
      const onAbort = (): void => {
        if (queue.leave(ticket)) resolve(new GatewayError('client_aborted'))
      }
      const ticket = queue.join((pass) => {
        signal?.removeEventListener('abort', onAbort)
        resolve(pass)
      }, this.#effects.clock.nowMs())!
      signal?.addEventListener('abort', onAbort, { once: true })
      if (!this.#expiring) void this.#expireOnAndOn()
    })
  }

  /** Refuses those that have waited for too long, as long as anybody waits. */
  async #expireOnAndOn(): Promise<void> {
    const { clock } = this.#effects
    this.#expiring = true
    for (;;) {
      const nowMs = clock.nowMs()
      for (const queue of [this.#critical, this.#normal]) {
        for (let late = queue.expire(nowMs); late; late = queue.expire(nowMs)) late(this.overloaded('it waited for too long'))
      }
      const nextMs = Math.min(this.#critical.expiresAtMs(nowMs) ?? Infinity, this.#normal.expiresAtMs(nowMs) ?? Infinity)
      if (nextMs === Infinity) break
      await clock.sleep(nextMs - nowMs, undefined)
    }
    this.#expiring = false
  }

  overloaded(why: string): GatewayError {
    return this.#refusal('connection_limit_reached', `${this.#name} is full: ${why}`, queueDrainMs(this.#critical.size + this.#normal.size + 1, this.#places(), this.#requestMs))
  }

  #refusal(code: ErrorCode, message: string, waitMs: number): GatewayError {
    return new GatewayError(code, { message, retryAfterSeconds: retryAfterSeconds(waitMs, this.#effects.random()) })
  }

  #become(breaker: Breaker): void {
    const before = this.#breaker
    this.#breaker = breaker
    if (breaker.phase !== before?.phase) this.#effects.observe({ kind: 'circuit', upstream: this.#name, state: breaker.phase, reason: breaker.phase === 'open' ? breaker.reason : '' })
  }
}
