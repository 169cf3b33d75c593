// round-robin: each target in its turn, by weight, spread evenly.
import { type Candidate, isTried, ordered, type Policy } from '../policy.js'
import { draw, lineOf, rollOf } from './line.js'
import { turnsOf } from './turns.js'

/** How many turns an explanation looks ahead. */
const LOOK_AHEAD = 10_000

/**
 * O(1), O(log n) where a cycle is long. A retry takes the turn of its tick. When that turn is of a target which this
 * request has tried, the target is drawn by weight: were it the next in turn, whoever follows a dead one would get
 * all of its share.
 */
export const roundRobin: Policy = (candidates) => {
  const line = lineOf(candidates)
  const { at, cycle } = turnsOf(line.candidates.map(({ weight }) => weight))
  const pick: ReturnType<Policy>['pick'] = ({ tick, random, tried }) => {
    const inTurn = line.candidates[at(tick)]
    return inTurn && isTried(inTurn, tried) ? line.candidates[draw(line, rollOf(random), tried)] : inTurn
  }
  function* following(tick: number): Iterable<Candidate> {
    for (let i = 1; i < Math.min(cycle, LOOK_AHEAD); i++) yield line.candidates[at(tick + i)]!
    yield* line.candidates
  }
  return { pick, order: (input) => ordered(pick(input), following(input.tick), input.tried) }
}
