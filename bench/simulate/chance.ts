// Chance that repeats: generators that give the same numbers for the same seed, and the distributions drawn from them.

export type Random = () => number

/** Numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random())
}

/** With a sigma of 0.5, one in a hundred is 2.8 times the mean. */
export function logNormal(mean: number, sigma: number, random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return mean * Math.exp(sigma * normal - (sigma * sigma) / 2)
}
