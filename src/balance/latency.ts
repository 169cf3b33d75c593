// How slow a target is thought to be: peak EWMA, which believes bad news at once and good news by and by.

/** What is known of a target's latency: how long it took, and when that was learnt. */
export interface LatencyEstimate {
  readonly latencyMs: number
  readonly atMs: number
}

/** In which an estimate falls to a third, with no news or with good news. */
const DECAY_MS = 10_000
/** What the clock can tell. A target is never so fast that its requests under way do not count. */
const LEAST_MS = 1
const FAILURE_LEAST_MS = 1000
const FAILURE_MOST_MS = 60_000

/** The estimate as it stands now. Old news counts less, so that a target that was slow is asked again. */
export function latencyAt({ latencyMs, atMs }: LatencyEstimate, nowMs: number): number {
  return Math.max(LEAST_MS, latencyMs * Math.exp(-Math.max(0, nowMs - atMs) / DECAY_MS))
}

/** After an answer whose head took this long. A slower one than thought counts at once and in full. */
export function afterAnswer(estimate: LatencyEstimate | undefined, sampleMs: number, nowMs: number): LatencyEstimate {
  if (!estimate) return { latencyMs: Math.max(LEAST_MS, sampleMs), atMs: nowMs }
  const decayed = latencyAt(estimate, nowMs)
  const kept = Math.exp(-Math.max(0, nowMs - estimate.atMs) / DECAY_MS)
  return { latencyMs: sampleMs > decayed ? sampleMs : Math.max(LEAST_MS, estimate.latencyMs * kept + sampleMs * (1 - kept)), atMs: nowMs }
}

/**
 * After a failed attempt. It counts as twice what was thought, between a second and a minute: a target that fails fast
 * must not look like a fast one.
 */
export function afterFailure(estimate: LatencyEstimate | undefined, sampleMs: number, nowMs: number): LatencyEstimate {
  const doubled = estimate ? 2 * latencyAt(estimate, nowMs) : 0
  return { latencyMs: Math.max(sampleMs, Math.min(FAILURE_MOST_MS, Math.max(FAILURE_LEAST_MS, doubled))), atMs: nowMs }
}
