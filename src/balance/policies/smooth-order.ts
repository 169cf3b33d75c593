// nginx's order: one cycle of smooth weighted round robin, written out.

/**
 * Each index stands in it as often as its share says and as evenly spread as may be, so that shares 5, 1, 1 give
 * a a b a c a a rather than five in a row. Takes as many steps as there are turns times shares.
 */
export function smoothOrder(shares: readonly number[]): Uint32Array {
  const total = shares.reduce((sum, share) => sum + share, 0)
  const current = shares.map(() => 0)
  return Uint32Array.from({ length: total }, () => {
    let chosen = 0
    for (let i = 0; i < shares.length; i++) {
      current[i]! += shares[i]!
      if (current[i]! > current[chosen]!) chosen = i
    }
    current[chosen]! -= total
    return chosen
  })
}
