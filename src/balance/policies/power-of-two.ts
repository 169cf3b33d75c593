// power-of-two: of two drawn by weight the one with fewer requests under way for its weight.
import type { Candidate, Policy } from '../policy.js'
import { betterOfTwo } from './better-of-two.js'
import { lineOf } from './line.js'

/** O(log n). While all are idle it is the policy `random`. */
export const powerOfTwo: Policy = (candidates) => {
  const line = lineOf(candidates)
  return betterOfTwo(line, (one, other) => loadOf(line.candidates[one]!) < loadOf(line.candidates[other]!))
}

function loadOf({ load, weight }: Candidate): number {
  return load.inFlight / weight
}
