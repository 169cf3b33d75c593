// What a pool may be given beside its policy: knowledge of who is well, and limits on what is under way.
import type { Wish } from '../balancer.js'
import type { GatewayError } from '../errors.js'
import type { Standing } from './health/target-health.js'
import type { Candidate } from './policy.js'

/** Knows which targets are well. A pool without one takes all of them to be. */
export interface HealthKeeper {
  /** To be called when a standing has changed. */
  onChange: () => void
  /** Takes over what another keeper of the same pool knows. */
  inherit(previous: HealthKeeper): void
  /** Takes over what is known of the targets that stay. */
  retarget(origins: readonly string[]): void
  standing(origin: string): Standing
  /** When it last came back; undefined when it never was away. */
  backSinceMs(origin: string): number | undefined
  /** When time alone will change a standing. */
  nextChangeMs(): number
  /** Before an attempt; whether it is a trial of a target that was ejected. */
  begin(origin: string): boolean
  /** After an attempt: the status of its answer, or its error. */
  settle(origin: string, outcome: GatewayError | number, trial: boolean): void
}

/** How an attempt was let in: like any other, or to find out whether the pool is well again. */
export type Pass = 'pass' | 'trial'

/** Decides whether the pool takes another attempt now, and lets those wait that it does not. */
export interface Admission {
  /** Takes a place, at once or after a wait in line; or says why there is none. */
  enter(wish: Wish, signal: AbortSignal | undefined): Pass | GatewayError | Promise<Pass | GatewayError>
  /** Takes over what another admission to the same pool has learnt. What that one has under way stays its own. */
  inherit(previous: Admission): void
  /** To be set: the targets that share the load now. */
  targets: () => readonly Candidate[]
  /** They have become others. */
  changed(): void
  /** Who had to wait has taken its place at a target, or found none. */
  arrived(): void
  /** Whether this target takes another attempt; undefined where targets have no limits of their own. */
  readonly allows: ((candidate: Candidate) => boolean) | undefined
  /** What who was let in is told where each target that could serve it is full. */
  overloaded(why: string): GatewayError
  /** An attempt that was let in is over: how, and how long its head took. */
  left(pass: Pass, outcome: GatewayError | number, headMs: number | undefined): void
}

export interface PoolParts {
  readonly health?: HealthKeeper | undefined
  readonly admission?: Admission | undefined
}
