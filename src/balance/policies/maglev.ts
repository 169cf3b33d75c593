// maglev: a table of fixed size that the targets fill in turn, each by an order of its own (Eisenbud et al., NSDI 2016). Even, and one look to pick.
import { type Candidate, isTried, ordered, type Policy } from '../policy.js'
import { stirred } from '../hash/murmur3.js'
import { isSomebodyLeft, type Places, placesOf } from '../hash/places.js'
import { draw, lineOf, rollOf } from './line.js'

/** Prime, and Envoy's. One size for all pools: were it chosen by their number, one target more could move every key. */
const SLOTS = 65_537

/**
 * O(1). Shares are those of the weights to a slot in 65,537; whoever has weight has a slot. When a target comes or goes, a few
 * keys move between the others as well: of all keys about 0.2 % in a pool of 10, 0.7 % in a pool of 200.
 */
export const maglev: Policy = (candidates) => {
  const places = placesOf(candidates)
  const line = lineOf(places.candidates)
  const owners = line.candidates.length === 0 ? new Uint16Array() : tableOf(places)

  const pick: ReturnType<Policy>['pick'] = ({ hash, random, tried }) => {
    if (hash === undefined) return line.candidates[draw(line, rollOf(random), tried)]
    let slot = hash % SLOTS
    if (tried.length === 0) return line.candidates[owners[slot]!]
    if (!isSomebodyLeft(line.candidates, tried)) return undefined
    const step = stepOf(hash)
    while (isTried(line.candidates[owners[slot]!]!, tried)) slot = (slot + step) % SLOTS
    return line.candidates[owners[slot]!]
  }

  function* along(hash: number | undefined): Iterable<Candidate> {
    const [start, step] = hash === undefined ? [0, 1] : [hash % SLOTS, stepOf(hash)]
    for (let i = 0; i < owners.length; i++) yield line.candidates[owners[(start + i * step) % SLOTS]!]!
  }
  return { pick, order: (input) => ordered(pick(input), along(input.hash), input.tried) }
}

/** By which a retry goes on through the table: another for each key, so that a dead target's keys spread over all others. */
function stepOf(hash: number): number {
  return (stirred(hash) % (SLOTS - 1)) + 1
}

/** In each round those take a slot whose weight has earned one, the next free one of their own order. */
function tableOf({ candidates, first, second }: Places): Uint16Array {
  const heaviest = Math.max(...candidates.map(({ weight }) => weight))
  const places = Uint32Array.from(first, (hash) => (hash >>> 0) % SLOTS)
  const steps = Uint32Array.from(second, (hash) => ((hash >>> 0) % (SLOTS - 1)) + 1)
  const owed = candidates.map(() => 0)
  const owners = new Uint16Array(SLOTS)
  const taken = new Uint8Array(SLOTS)
  let free = SLOTS
  for (let round = 1; free > 0; round++) {
    for (let i = 0; i < candidates.length && free > 0; i++) {
      if (round * candidates[i]!.weight < owed[i]!) continue
      owed[i]! += heaviest
      while (taken[places[i]!]) places[i] = (places[i]! + steps[i]!) % SLOTS
      taken[places[i]!] = 1
      owners[places[i]!] = i
      free--
    }
  }
  return owners
}
