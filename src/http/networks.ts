// Which of many networks holds an address, found in a few steps however many there are.
import { type Address, type Cidr, contains, ipv4Number, parseAddress } from './address.js'

/** A network, with its lowest address, its place in the order of writing, and the next larger one around it. */
interface Placed extends Cidr {
  readonly order: number
  readonly around: Placed | undefined
}

/** Finds the place of a network in the order of writing; undefined when there is none. */
type Find<A> = (address: A) => number | undefined

/**
 * Finds the place of the first network, in the order given, that holds an address; undefined when none does, or when the
 * text is no address. Two networks lie apart or one in the other.
 */
export function networkFinder(networks: readonly Cidr[]): Find<string> {
  const placed = placedNetworks(networks)
  const findV4 = v4Finder(placed)
  const findV6 = v6Finder(placed)
  return (text) => {
    const number = ipv4Number(text.startsWith(MAPPED) ? text.slice(MAPPED.length) : text)
    if (number !== undefined) return findV4(number)
    const address = parseAddress(text)
    return address && (isV4(address) ? findV4(v4Number(address)) : findV6(address))
  }
}

const MAPPED = '::ffff:'

/** By lowest address, the larger first, then as written. One within an earlier one never decides and is left out, so of those that hold an address the innermost is the first. */
function placedNetworks(networks: readonly Cidr[]): readonly Placed[] {
  const sorted = networks.map(({ base, bits }, order) => ({ base: lowest(base, bits), bits, order })).sort((a, b) => compare(a.base, b.base) || a.bits - b.bits)
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

function compare(a: Address, b: Address): number {
  let difference = 0
  for (let i = 0; i < 8 && difference === 0; i++) difference = a[i]! - b[i]!
  return difference
}

/** Whichever networks hold an address stand around the last one that begins at or below it, which halving finds. */
function v6Finder(all: readonly Placed[]): Find<Address> {
  const placed = all.filter(({ base, bits }) => bits < 96 || !isV4(base))
  // One after another in memory: the search goes all over a long list, and each step elsewhere is one to wait for.
  const words = Uint32Array.from(placed.flatMap(({ base }) => wordsOf(base)))
  return (address) => {
    const wanted = wordsOf(address)
    let low = 0
    let high = placed.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareWords(words, 4 * middle, wanted) <= 0) low = middle + 1
      else high = middle
    }
    return innermost(placed[low - 1], address)?.order
  }
}

/** Groups in pairs, which makes half as many numbers to compare. */
function wordsOf(address: Address): number[] {
  const [a, b, c, d, e, f, g, h] = address as [number, number, number, number, number, number, number, number]
  return [a * 0x1_0000 + b, c * 0x1_0000 + d, e * 0x1_0000 + f, g * 0x1_0000 + h]
}

function compareWords(a: Uint32Array, from: number, b: readonly number[]): number {
  let difference = 0
  for (let i = 0; i < 4 && difference === 0; i++) difference = a[from + i]! - b[i]!
  return difference
}

/** Lists longer than this get an index by the first half of the address, 256 KiB of it. */
const INDEXED_LENGTH = 512

const NOBODY = 0xffff_ffff

/**
 * The addresses from one number to the next have one owner. With the index few steps of halving are left of a long list.
 */
function v4Finder(placed: readonly Placed[]): Find<number> {
  const starts: number[] = []
  const owners: number[] = []
  const begin = (at: number, owner: number): void => {
    if (starts.at(-1) === at) owners[owners.length - 1] = owner
    else if (at <= LAST && owners.at(-1) !== owner) {
      starts.push(at)
      owners.push(owner)
    }
  }
  begin(0, NOBODY)
  const open: V4Range[] = []
  const close = (below: number): void => {
    while (open.length > 0 && open.at(-1)!.last < below) {
      const { last } = open.pop()!
      begin(last + 1, open.at(-1)?.order ?? NOBODY)
    }
  }
  for (const range of v4Ranges(placed)) {
    close(range.first)
    open.push(range)
    begin(range.first, range.order)
  }
  close(Infinity)
  return finderIn(Uint32Array.from(starts), Uint32Array.from(owners))
}

function finderIn(starts: Uint32Array, owners: Uint32Array): Find<number> {
  const index = starts.length > INDEXED_LENGTH ? indexOf(starts) : undefined
  return (address) => {
    let low = index ? index[address >>> 16]! : 0
    let high = index ? index[(address >>> 16) + 1]! : starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= address) low = middle + 1
      else high = middle
    }
    const owner = owners[low - 1]!
    return owner === NOBODY ? undefined : owner
  }
}

/** For each first half of an address, how many ranges begin below it; one more for the end. */
function indexOf(starts: Uint32Array): Uint32Array {
  const index = new Uint32Array(0x1_0001)
  let at = 0
  for (let half = 0; half < index.length; half++) {
    while (at < starts.length && starts[at]! < half * 0x1_0000) at++
    index[half] = at
  }
  return index
}

const LAST = 0xffff_ffff

interface V4Range {
  readonly first: number
  readonly last: number
  readonly order: number
}

/** The IPv4 part of each network that has one; an IPv6 network around the mapped addresses has all of it. */
function v4Ranges(placed: readonly Placed[]): readonly V4Range[] {
  return placed.flatMap(({ base, bits, order }) => {
    if (bits < 96) return contains({ base, bits }, V4_BASE) ? [{ first: 0, last: LAST, order }] : []
    if (!isV4(base)) return []
    const first = v4Number(base)
    return [{ first, last: first + 2 ** (128 - bits) - 1, order }]
  })
}

const V4_BASE: Address = [0, 0, 0, 0, 0, 0xffff, 0, 0]

function isV4(address: Address): boolean {
  return address[5] === 0xffff && address[0] === 0 && address[1] === 0 && address[2] === 0 && address[3] === 0 && address[4] === 0
}

function v4Number(address: Address): number {
  return address[6]! * 0x1_0000 + address[7]!
}
