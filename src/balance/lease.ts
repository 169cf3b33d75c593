// A place at a server of a pool: what is known of one attempt until it is over.
import type { AttemptLease } from '../balancer.js'
import type { GatewayError } from '../errors.js'
import type { PoolMember } from './member.js'
import type { Pass } from './parts.js'
import type { Target } from './policy.js'

/** Who hands out places, and is told what became of them. */
interface Lessor {
  /** The head of an answer has come. Gives the time it took. */
  answered(lease: PoolLease, status: number): number
  /** The attempt is over; `headMs` is undefined when no head came. */
  over(lease: PoolLease, outcome: GatewayError | number, headMs: number | undefined): void
}

/** A place at a server of the pool. */
export class PoolLease implements AttemptLease {
  readonly server: Target
  readonly load: PoolMember['load']
  readonly cookie: string | undefined
  readonly startedMs: number
  /** Whether it finds out about a target that was ejected. */
  readonly trial: boolean
  readonly pass: Pass
  readonly #pool: Lessor
  status = 0
  #headMs = 0
  #end: { readonly failure: GatewayError | undefined } | undefined
  #over = false

  constructor(pool: Lessor, server: Target, load: PoolMember['load'], cookie: string | undefined, startedMs: number, trial: boolean, pass: Pass) {
    this.#pool = pool
    this.server = server
    this.load = load
    this.cookie = cookie
    this.startedMs = startedMs
    this.trial = trial
    this.pass = pass
  }

  answered(status: number): void {
    this.status = status
    this.#headMs = this.#pool.answered(this, status)
    if (this.#end) this.#finish(this.#end.failure ?? status)
  }

  failed(error: GatewayError): void {
    if (this.#over) return
    this.#over = true
    this.#pool.over(this, error, undefined)
  }

  ended(failure?: GatewayError): void {
    // A short answer is over before anybody has looked at its head.
    if (this.status === 0) this.#end ??= { failure }
    else this.#finish(failure ?? this.status)
  }

  #finish(outcome: GatewayError | number): void {
    if (this.#over) return
    this.#over = true
    this.#pool.over(this, outcome, this.#headMs)
  }
}
