// random: by chance and weight. Needs no counter that gateways would have to share.
import { ordered, type Policy } from '../policy.js'
import { draw, lineOf, rollOf, shuffled } from './line.js'

/** O(log n). */
export const random: Policy = (candidates) => {
  const line = lineOf(candidates)
  const pick: ReturnType<Policy>['pick'] = (input) => line.candidates[draw(line, rollOf(input.random), input.tried)]
  return { pick, order: (input) => ordered(pick(input), shuffled(line, input.random), input.tried) }
}
