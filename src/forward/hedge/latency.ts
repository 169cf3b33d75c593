// How long a pool takes to answer: a running estimate of one quantile, in two numbers.

/** The time within which the given share of the answers begins. */
export interface LatencyEstimate {
  readonly ms: number
  /** Answers seen, up to as many as the estimate needs before it means something. */
  readonly seen: number
}

/** Before any answer. */
export const NO_ESTIMATE: LatencyEstimate = { ms: 1, seen: 0 }

/** How far one answer moves the estimate: quick enough to follow a pool that changes, slow enough to stand still in one that does not. */
const GAIN = 0.1

/**
 * The estimate after one more answer. Each that took longer raises it by `quantile` of a step, each that did not lowers
 * it by the rest, which cancels out where that share of them is shorter. Only whether an answer took longer counts, not by
 * how much: one that was given up by then counts as what it would have been. The first few only give their longest.
 */
export function observeLatency({ ms, seen }: LatencyEstimate, quantile: number, tookMs: number): LatencyEstimate {
  if (isLearning({ ms, seen }, quantile)) return { ms: Math.max(ms, tookMs), seen: seen + 1 }
  return { ms: Math.max(1, ms * (1 + GAIN * (tookMs > ms ? quantile : quantile - 1))), seen }
}

/** Whether too few answers were seen: of fewer than twenty, none stands for the slowest 5 %. */
export function isLearning({ seen }: LatencyEstimate, quantile: number): boolean {
  return seen < 1 / (1 - quantile)
}
