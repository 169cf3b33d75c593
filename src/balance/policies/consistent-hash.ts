// consistent-hash: a ring (ketama's idea) on which each target has points by its weight, with a bound on how much one of them takes.
import { type Candidate, isTried, ordered, type Policy } from '../policy.js'
import { stirred } from '../hash/murmur3.js'
import { isSomebodyLeft, type Places, placesOf } from '../hash/places.js'
import { type Owned, sortedByPoint } from '../hash/sorted.js'
import { draw, lineOf, rollOf } from './line.js'

/** Points of a target of weight 1, and about those of one of average weight. Shares are then within some 8 % of the weights (one standard deviation). */
const POINTS = 160
const DEFAULT_MAX_LOAD_PERCENT = 150
/** How far a key looks along the ring for a target below its bound before the least loaded one is taken. */
const REACH = 1024

/**
 * O(log n), and a few steps for each target that is full or was tried. A target takes at most 150 % of the share of the
 * requests under way that its weight gives it (Envoy's and HAProxy's `hash-balance-factor`): beyond it a key goes on to the
 * next on the ring, and comes back when there is room.
 */
export const consistentHash: Policy = (candidates, { maxLoadPercent = DEFAULT_MAX_LOAD_PERCENT, averageWeight = averageOf(candidates) } = {}) => {
  const places = placesOf(candidates)
  const line = lineOf(places.candidates)
  const { points, owners } = ringOf(places, pointsPerWeight(averageWeight))

  const pick: ReturnType<Policy>['pick'] = ({ hash, random, tried, inFlight }) => {
    if (hash === undefined) return line.candidates[draw(line, rollOf(random), tried)]
    if (!isSomebodyLeft(line.candidates, tried)) return undefined
    const bound = ((maxLoadPercent / 100) * (inFlight + 1)) / line.weight
    let at = placeOf(points, hash)
    for (let step = 0; step < REACH; step++) {
      const candidate = line.candidates[owners[at]!]!
      if (candidate.load.inFlight < bound * candidate.weight && !isTried(candidate, tried)) return candidate
      at = at + 1 === points.length ? 0 : at + 1
    }
    return line.candidates.filter((candidate) => !isTried(candidate, tried)).reduce(lessLoaded)
  }

  function* along(hash: number | undefined): Iterable<Candidate> {
    const start = hash === undefined ? 0 : placeOf(points, hash)
    for (let i = 0; i < points.length; i++) yield line.candidates[owners[(start + i) % points.length]!]!
  }
  return { pick, order: (input) => ordered(pick(input), along(input.hash), input.tried) }
}

/** Halved or doubled only, so that an average that moves a little changes nothing: a target of average weight has 120 to 240. */
function pointsPerWeight(averageWeight: number): number {
  let points = POINTS
  for (let rest = averageWeight; rest >= 1.5; rest /= 2) points /= 2
  for (let rest = averageWeight; rest < 0.75; rest *= 2) points *= 2
  return points
}

/** Of the configured weights: those of a slow start must not change the ring of others. */
function averageOf(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { target }) => sum + target.weight, 0) / candidates.length || 1
}

/** A target's points depend on nothing but its origin and weight; equal ones stand in the order of their origins. */
function ringOf({ candidates, first, second }: Places, perWeight: number): Owned {
  const counts = candidates.map(({ weight }) => Math.max(1, Math.round(weight * perWeight)))
  const size = counts.reduce((sum, count) => sum + count, 0)
  const ring = { points: new Uint32Array(size), owners: new Uint32Array(size) }
  let filled = 0
  for (const [owner, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      ring.owners[filled] = owner
      ring.points[filled++] = stirred(first[owner]! + Math.imul(i, second[owner]! | 1))
    }
  }
  return sortedByPoint(ring)
}

/**
 * The index of the first point at or after the key's place, around the ring. The place is not the hash as it comes: a split
 * of traffic by the same key sends a pool only hashes of one range, which would be one part of the ring.
 */
function placeOf(points: Uint32Array, hash: number): number {
  const place = stirred(hash)
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (points[middle]! >= place) high = middle
    else low = middle + 1
  }
  return low === points.length ? 0 : low
}

function lessLoaded(a: Candidate, b: Candidate): Candidate {
  return b.load.inFlight / b.weight < a.load.inFlight / a.weight ? b : a
}
