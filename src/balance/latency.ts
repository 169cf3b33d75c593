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
const FAILURE_LEAST_MS = 100
const FAILURE_MOST_MS = 60_000

/** The estimate as it stands now. Old news counts less, so that a target that was slow is asked again. */
export function latencyAt(estimate: LatencyEstimate, nowMs: number): number {
  return Math.max(LEAST_MS, estimate.latencyMs * partLeft(estimate, nowMs))
}

/** After an answer whose head took this long. A slower one than thought counts at once and in full. */
export function afterAnswer(estimate: LatencyEstimate | undefined, sampleMs: number, nowMs: number): LatencyEstimate {
  const left = estimate ? partLeft(estimate, nowMs) : 0
  const decayedMs = estimate ? estimate.latencyMs * left : 0
  return { latencyMs: Math.max(LEAST_MS, sampleMs > decayedMs ? sampleMs : decayedMs + sampleMs * (1 - left)), atMs: nowMs }
}

/**
 * After a failed attempt. It counts as twice what was thought, at least 100 ms, and doubles up to a minute: a target that
 * fails fast must not look like a fast one. Not as much more than that, or a target that failed once would get nothing for
 * long after it is well. To find out who is dead is the task of ejection.
 */
export function afterFailure(estimate: LatencyEstimate | undefined, sampleMs: number, nowMs: number): LatencyEstimate {
  const thoughtMs = estimate ? latencyAt(estimate, nowMs) : 0
  return { latencyMs: Math.max(sampleMs, thoughtMs, FAILURE_LEAST_MS, Math.min(FAILURE_MOST_MS, 2 * thoughtMs)), atMs: nowMs }
}

/**
 * What is still to be believed of a target that is tried again, or came back at `backMs`: not what was learnt before. It
 * was another server then, or in another state, and would be asked late or never to show that it is well.
 */
export function sinceBack(estimate: LatencyEstimate | undefined, onTrial: boolean, backMs: number | undefined): LatencyEstimate | undefined {
  return onTrial || (backMs !== undefined && estimate !== undefined && estimate.atMs < backMs) ? undefined : estimate
}

/** A clock that was set back leaves all of it. */
function partLeft({ atMs }: LatencyEstimate, nowMs: number): number {
  return Math.exp(-Math.max(0, nowMs - atMs) / DECAY_MS)
}
