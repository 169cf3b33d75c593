// rendezvous: the key scores every target and takes the highest (highest random weight). Needs no table; a target that leaves moves its own keys only.
import { type Candidate, isTried, ordered, type Policy } from '../policy.js'
import { placesOf } from '../hash/places.js'
import { draw, lineOf, rollOf } from './line.js'

/**
 * O(n): a few nanoseconds for each target. A target waits for a time that its hash draws from the exponential
 * distribution of its weight, and the key takes the shortest, which makes shares those of the weights, exactly in the mean.
 */
export const rendezvous: Policy = (candidates) => {
  const places = placesOf(candidates)
  const line = lineOf(places.candidates)
  const { first, second } = places
  const weights = Float64Array.from(line.candidates, ({ weight }) => weight)

  const pick: ReturnType<Policy>['pick'] = ({ hash, random, tried }) => {
    if (hash === undefined) return line.candidates[draw(line, rollOf(random), tried)]
    let chosen = -1
    let shortest = Infinity
    for (let i = 0; i < weights.length; i++) {
      const chance = mixed(hash, first[i]!, second[i]!) + 0.5
      // The wait is at least this long, so that most are out without a logarithm.
      if (chance >= shortest * weights[i]!) continue
      const wait = exponential(chance) / weights[i]!
      if (wait < shortest && !isTried(line.candidates[i]!, tried)) {
        shortest = wait
        chosen = i
      }
    }
    return line.candidates[chosen]
  }

  const byWait = (hash: number): Candidate[] =>
    line.candidates
      .map((candidate, i) => ({ candidate, wait: exponential(mixed(hash, first[i]!, second[i]!) + 0.5) / weights[i]! }))
      .sort((a, b) => a.wait - b.wait)
      .map(({ candidate }) => candidate)
  return { pick, order: (input) => ordered(pick(input), input.hash === undefined ? line.candidates : byWait(input.hash), input.tried) }
}

/** From even chances below 2^32 to an exponential distribution, in the same unit. Never less than what it is given. */
function exponential(chance: number): number {
  return -naturalLog(1 - chance / 2 ** 32) * 2 ** 32
}

/** Key and place as 32 bits, unsigned, as `stirred` does it, with the second hash of the place joining half-way. */
function mixed(hash: number, first: number, second: number): number {
  let bits = hash ^ first
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b) ^ second
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** The natural logarithm by arithmetic that is the same everywhere. `Math.log` may differ in its last bit between runtimes. For 0 < x < 1. */
function naturalLog(x: number): number {
  let mantissa = x
  let exponent = 0
  while (mantissa < 0.75) {
    mantissa *= 2
    exponent--
  }
  const ratio = (mantissa - 1) / (mantissa + 1)
  const square = ratio * ratio
  let sum = 0
  for (let odd = 21; odd >= 1; odd -= 2) sum = sum * square + 1 / odd
  return 2 * ratio * sum + exponent * Math.LN2
}
