// A target of a pool with what changes about it: written by the pool's stage only.
import type { LatencyEstimate } from './latency.js'
import type { TargetMeter } from '../ports.js'
import type { Target } from './policy.js'

/** A target in service. */
export interface PoolMember {
  readonly target: Target
  readonly load: { inFlight: number; latency: LatencyEstimate | undefined; meter: TargetMeter | undefined }
  /** Taken out by an operator. */
  draining: boolean
  /** Set by an operator; the target's own otherwise. */
  weight: number | undefined
  /** When it joined a pool that was in service already; undefined when it was there from the start. */
  readonly joinedMs: number | undefined
}

/** A target that joins. */
function memberOf(target: Target, joinedMs: number | undefined): PoolMember {
  return { target, load: { inFlight: 0, latency: undefined, meter: undefined }, draining: false, weight: undefined, joinedMs }
}

/**
 * A list in which an origin stands several times, as one target for each: such a target weighs as much as its entries
 * together, and stands by only where all of them do, in which case and in no other the weights of those count. The rest is
 * that of the first. So the order of the entries matters as little as it can: resolvers shuffle.
 */
function merged(targets: readonly Target[]): Target[] {
  const byOrigin = new Map<string, Target>()
  for (const target of targets) {
    const known = byOrigin.get(target.origin)
    byOrigin.set(target.origin, known ? together(known, target) : target)
  }
  return [...byOrigin.values()]
}

function together(known: Target, other: Target): Target {
  const [isBackup, isOtherBackup] = [known.backup ?? false, other.backup ?? false]
  if (isBackup === isOtherBackup) return { ...known, weight: known.weight + other.weight }
  return { ...known, backup: false, weight: isBackup ? other.weight : known.weight }
}

/**
 * The members of a new list of targets. One whose origin was there before keeps its counters and what an operator has
 * set; the others join. What left the list is no member any more, and its requests end on the counters they hold.
 */
export function membersOf(targets: readonly Target[], before: readonly PoolMember[], joinedMs: number | undefined): PoolMember[] {
  const known = new Map(before.map((member) => [member.target.origin, member]))
  return merged(targets).map((target) => {
    const member = known.get(target.origin)
    return member ? { ...member, target } : memberOf(target, joinedMs)
  })
}
