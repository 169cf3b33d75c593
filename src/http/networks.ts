// Which of many networks holds an address, found by halving however many there are.
import { type Address, type Cidr, contains } from './address.js'

/** A network, with its lowest address, its place in the order of writing, and the next larger one around it. */
interface Placed extends Cidr {
  readonly order: number
  readonly around: Placed | undefined
}

/**
 * Finds the place of the first network, in the order given, that holds an address; undefined when none does. Two
 * networks lie apart or one in the other, so whichever hold an address stand around the last one that begins at or
 * below it.
 */
export function networkFinder(networks: readonly Cidr[]): (address: Address) => number | undefined {
  const placed = placedNetworks(networks)
  // One after another in memory: the search goes all over a long list, and each step elsewhere is one to wait for.
  const bases = Uint16Array.from(placed.flatMap(({ base }) => base))
  return (address) => {
    let low = 0
    let high = placed.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(bases, 8 * middle, address) <= 0) low = middle + 1
      else high = middle
    }
    return innermost(placed[low - 1], address)?.order
  }
}

/** By lowest address, the larger first, then as written. One within an earlier one never decides and is left out, so of those that hold an address the innermost is the first. */
function placedNetworks(networks: readonly Cidr[]): readonly Placed[] {
  const sorted = networks.map(({ base, bits }, order) => ({ base: lowest(base, bits), bits, order })).sort((a, b) => compare(a.base, 0, b.base) || a.bits - b.bits)
  const placed: Placed[] = []
  for (const { base, bits, order } of sorted) {
    const around = innermost(placed.at(-1), base)
    if (!around || around.order > order) placed.push({ base, bits, order, around })
  }
  return placed
}

function innermost(from: Placed | undefined, address: Address): Placed | undefined {
  let network = from
  while (network && !contains(network, address)) network = network.around
  return network
}

function lowest(base: Address, bits: number): Address {
  return base.map((group, i) => group & (0xffff << Math.min(Math.max(16 * i + 16 - bits, 0), 16)))
}

function compare(a: ArrayLike<number>, from: number, b: Address): number {
  let difference = 0
  for (let i = 0; i < 8 && difference === 0; i++) difference = a[from + i]! - b[i]!
  return difference
}
