// A target of a pool with what changes about it: written by the pool's stage only.
import type { LatencyEstimate } from './latency.js'
import type { Target } from './policy.js'

/** A target in service. */
export interface PoolMember {
  readonly target: Target
  readonly load: { inFlight: number; latency: LatencyEstimate | undefined }
  /** Taken out by an operator. */
  draining: boolean
  /** Set by an operator; the target's own otherwise. */
  weight: number | undefined
  /** When it joined a pool that was in service already; undefined when it was there from the start. */
  readonly joinedMs: number | undefined
}

/** A target that joins. */
export function memberOf(target: Target, joinedMs: number | undefined): PoolMember {
  return { target, load: { inFlight: 0, latency: undefined }, draining: false, weight: undefined, joinedMs }
}

/**
 * The members of a new list of targets. One whose origin was there before keeps its counters and what an operator has
 * set; the others join. What left the list is no member any more, and its requests end on the counters they hold.
 */
export function membersOf(targets: readonly Target[], before: readonly PoolMember[], joinedMs: number | undefined): PoolMember[] {
  const known = new Map(before.map((member) => [member.target.origin, member]))
  const unique = new Map(targets.map((target) => [target.origin, target]))
  return [...unique.values()].map((target) => {
    const member = known.get(target.origin)
    return member ? { ...member, target } : memberOf(target, joinedMs)
  })
}
