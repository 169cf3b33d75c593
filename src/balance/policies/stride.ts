// The step by which round robin walks a cycle that is too long to write out.

/** How far around the golden section a better step is looked for. */
const REACH = 32
const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * A step that meets every place of the cycle once before any of them twice, and meets all parts of it evenly at any
 * time. Steps near the golden section do, the better the smaller the quotients of their continued fraction.
 */
export function evenStride(cycle: number): number {
  let best = 1
  let least = Infinity
  const middle = Math.round(cycle * GOLDEN)
  for (let stride = Math.max(1, middle - REACH); stride <= Math.min(cycle - 1, middle + REACH); stride++) {
    const sum = sumOfQuotients(stride, cycle)
    if (sum < least) {
      least = sum
      best = stride
    }
  }
  return best
}

/** Infinity when the two have a divisor in common. */
function sumOfQuotients(stride: number, cycle: number): number {
  let sum = 0
  let [a, b] = [cycle, stride]
  while (b > 0) {
    sum += Math.floor(a / b)
    ;[a, b] = [b, a % b]
  }
  return a === 1 ? sum : Infinity
}
