// Candidates as hash policies see them: in the order of their origins, so that the order of writing does not matter.
import type { Server } from '../../ports.js'
import { type Candidate, isTried } from '../policy.js'
import { murmur3 } from './murmur3.js'

const SEEDS = [0x5bd1e995, 0x2545f491] as const

/**
 * Two hashes stand for each origin: were it one, a pair in a thousand targets would share theirs once in ten thousand
 * pools, and one of the two would get nothing.
 */
export interface Places {
  readonly candidates: readonly Candidate[]
  readonly first: Int32Array
  readonly second: Int32Array
}

/** Leaves out candidates without weight. */
export function placesOf(candidates: readonly Candidate[]): Places {
  const sorted = candidates.filter(({ weight }) => weight > 0).sort((a, b) => (a.target.origin < b.target.origin ? -1 : 1))
  const hashes = (seed: number): Int32Array => Int32Array.from(sorted, ({ target }) => murmur3(target.origin, seed))
  return { candidates: sorted, first: hashes(SEEDS[0]), second: hashes(SEEDS[1]) }
}

/** Whether somebody is left. Fewer attempts than candidates answer that without a look. */
export function isSomebodyLeft(candidates: readonly Candidate[], tried: readonly Server[]): boolean {
  return tried.length < candidates.length || candidates.some((candidate) => !isTried(candidate, tried))
}
