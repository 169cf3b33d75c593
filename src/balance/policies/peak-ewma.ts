// peak-ewma: of two drawn by weight the one that is likely to answer sooner.
import { latencyAt } from '../latency.js'
import type { Candidate, Policy } from '../policy.js'
import { betterOfTwo } from './better-of-two.js'
import { lineOf } from './line.js'

/** More than any latency: a target that has yet to answer for the first time gets one request, and no second one while another could. */
const UNKNOWN_MS = 1e9

/** O(log n). The cost is the latency as it is now known (Finagle's peak EWMA) times the requests that would share the target. */
export const peakEwma: Policy = (candidates) => {
  const line = lineOf(candidates)
  const average = line.weight / line.candidates.length
  return betterOfTwo(line, (one, other, { nowMs }) => costOf(line.candidates[one]!, average, nowMs) < costOf(line.candidates[other]!, average, nowMs))
}

function costOf({ load, weight }: Candidate, averageWeight: number, nowMs: number): number {
  const sharing = (load.inFlight / weight) * averageWeight
  if (load.latency) return latencyAt(load.latency, nowMs) * (sharing + 1)
  return load.inFlight === 0 ? 0 : UNKNOWN_MS * (sharing + 1)
}
