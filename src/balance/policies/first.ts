// first: the first in the order of writing. The others stand by.
import { isTried, type Policy } from '../policy.js'

/** O(1) unless it was tried. */
export const first: Policy = (candidates) => {
  const weighted = candidates.filter(({ weight }) => weight > 0)
  return {
    pick({ tried }) {
      for (const candidate of weighted) if (!isTried(candidate, tried)) return candidate
      return undefined
    },
    order: ({ tried }) => weighted.filter((candidate) => !isTried(candidate, tried)),
  }
}
