// Two are drawn by weight and the better one is taken: nearly as good as to know all, without a look at all.
import { type Candidate, isTried, ordered, type Picker } from '../policy.js'
import { draw, drawOther, type Line } from './line.js'

/**
 * A picker that takes the one of lower cost, the first drawn where both cost the same. Drawing goes by weight, so the
 * cost must be that of one unit of weight, or heavy targets would count twice.
 */
export function betterOfTwo(line: Line, cost: (index: number, nowMs: number) => number): Picker {
  const { candidates } = line
  const pick: Picker['pick'] = ({ random, tried, nowMs }) => {
    const first = draw(line, random, tried)
    if (first < 0 || candidates.length === 1) return candidates[first]
    const second = drawOther(line, first, random)
    return !isTried(candidates[second]!, tried) && cost(second, nowMs) < cost(first, nowMs) ? candidates[second] : candidates[first]
  }
  const byCost = (nowMs: number): Candidate[] =>
    candidates.map((candidate, index) => ({ candidate, cost: cost(index, nowMs) })).sort((a, b) => a.cost - b.cost).map(({ candidate }) => candidate)
  return { pick, order: (input) => ordered(pick(input), byCost(input.nowMs), input.tried) }
}
