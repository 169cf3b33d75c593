// Two are drawn by weight and the better one is taken: nearly as good as to know all, without a look at all.
import { type Candidate, isTried, ordered, type PickInput, type Picker } from '../policy.js'
import { draw, drawOther, type Line, nextRoll, rollOf } from './line.js'

/**
 * A picker that takes the better one, the first drawn where neither is. Drawing goes by weight, so what makes one better must
 * be counted for each unit of weight, or heavy targets would count twice. Takes indexes and the input rather than what they
 * lead to: numbers with a fraction would be allocated for each call.
 */
export function betterOfTwo(line: Line, isBetter: (one: number, other: number, input: PickInput) => boolean): Picker {
  const { candidates } = line
  const pick: Picker['pick'] = (input) => {
    const { random, tried } = input
    const roll = rollOf(random)
    const first = draw(line, roll, tried)
    if (first < 0 || candidates.length === 1) return candidates[first]
    const second = drawOther(line, first, nextRoll(roll))
    return !isTried(candidates[second]!, tried) && isBetter(second, first, input) ? candidates[second] : candidates[first]
  }
  const fromBest = (input: PickInput): Candidate[] =>
    Array.from(candidates.keys())
      .sort((a, b) => Number(isBetter(b, a, input)) - Number(isBetter(a, b, input)))
      .map((index) => candidates[index]!)
  return { pick, order: (input) => ordered(pick(input), fromBest(input), input.tried) }
}
