// least-requests: whoever has the fewest requests under way for its weight; those with equally few take turns.
import { type Candidate, isTried, ordered, type PickInput, type Policy } from '../policy.js'
import { draw, indexAt, type Line, lineOf, nextRoll, rollOf } from './line.js'
import { turnsOf } from './turns.js'

/** Up to here all targets are looked at. */
const LOOKED_AT = 32
/** Above, the one in turn and this many drawn by weight. */
const DRAWN = 7

/**
 * Exact among up to 32 targets. Of more it takes the best of eight, one in turn and seven drawn by weight, so that a
 * pick costs the same in a pool of thousands: O(log n).
 */
export const leastRequests: Policy = (candidates) => {
  const line = lineOf(candidates)
  const { at } = turnsOf(line.candidates.map(({ weight }) => weight))
  const choose = line.candidates.length <= LOOKED_AT ? leastOfAll : leastOfDrawn
  const pick = (input: PickInput): Candidate | undefined => line.candidates[choose(line, at(input.tick), input)]
  return { pick, order: (input) => ordered(pick(input), line.candidates.toSorted((a, b) => loadOf(a) - loadOf(b)), input.tried) }
}

/** The one in turn if nobody has less to do; else by chance and weight among those who have least. */
function leastOfAll({ candidates }: Line, inTurn: number, { random, tried }: PickInput): number {
  let least = Infinity
  let tied = 0
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i]!
    const load = loadOf(candidate)
    if (load > least || isTried(candidate, tried)) continue
    tied = load < least ? candidate.weight : tied + candidate.weight
    least = load
  }
  if (least === Infinity) return -1
  if (loadOf(candidates[inTurn]!) === least && !isTried(candidates[inTurn]!, tried)) return inTurn
  let point = random() * tied
  let last = -1
  for (let i = 0; i < candidates.length && point >= 0; i++) {
    const candidate = candidates[i]!
    if (loadOf(candidate) !== least || isTried(candidate, tried)) continue
    last = i
    point -= candidate.weight
  }
  return last
}

function leastOfDrawn(line: Line, inTurn: number, { random, tried }: PickInput): number {
  const { candidates } = line
  let roll = rollOf(random)
  let best = isTried(candidates[inTurn]!, tried) ? draw(line, roll, tried) : inTurn
  if (best < 0) return best
  for (let i = 0; i < DRAWN; i++) {
    roll = nextRoll(roll)
    const drawn = indexAt(line, roll)
    if (loadOf(candidates[drawn]!) < loadOf(candidates[best]!) && !isTried(candidates[drawn]!, tried)) best = drawn
  }
  return best
}

function loadOf({ load, weight }: Candidate): number {
  return load.inFlight / weight
}
