// Weights as whole numbers in lowest terms, whose sum is the length of a round robin's cycle.

/** Keeps a turn times a stride below 2^53, where arithmetic is exact. */
const LONGEST_CYCLE = 2 ** 26
/** Weights in a slow start are fractions. Round robin is exact to this part of a weight. */
const FRACTION = 1000

/** Weights that are whole numbers keep their proportions exactly, others to a thousandth. All must be above 0. */
export function wholeShares(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const scale = weights.every(Number.isInteger) && total <= LONGEST_CYCLE ? 1 : Math.min(FRACTION, LONGEST_CYCLE / total)
  const scaled = weights.map((weight) => Math.max(1, Math.round(weight * scale)))
  const divisor = scaled.reduce(greatestCommonDivisor, 0)
  return scaled.map((share) => share / divisor)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
