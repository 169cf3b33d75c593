// Whose turn it is at a tick: weighted round robin as a function of the tick alone, exact over a cycle.
import { indexAt, stretchesOf } from './line.js'
import { wholeShares } from './shares.js'
import { smoothOrder } from './smooth-order.js'
import { evenStride } from './stride.js'

export interface Turns {
  /** After how many ticks it begins anew. In a cycle each index has exactly its share. */
  readonly cycle: number
  at(tick: number): number
}

/** Steps that writing out a cycle may take: about a millisecond, and at most a few hundred kilobytes. */
const WRITTEN_STEPS = 2 ** 18

/**
 * Small pools take turns in nginx's order, which is written out. Where that would be long, places are taken along a line
 * of all shares by a fixed step: as exact over a cycle, at any time within some four turns of the share, and no larger than the pool.
 * All weights must be above 0.
 */
export function turnsOf(weights: readonly number[]): Turns {
  const shares = wholeShares(weights)
  const cycle = shares.reduce((sum, share) => sum + share, 0)
  if (cycle === shares.length) return { cycle, at: (tick) => tick % cycle }
  if (cycle * shares.length <= WRITTEN_STEPS) {
    const order = smoothOrder(shares)
    return { cycle, at: (tick) => order[tick % cycle]! }
  }
  const stride = evenStride(cycle)
  const stretches = stretchesOf(shares)
  return { cycle, at: (tick) => indexAt(stretches, ((tick % cycle) * stride) % cycle) }
}
