// Whether a span of time has passed, by a clock that may be set back.

/**
 * A clock that stands before the beginning was set back. The span counts as over then: a target or a breaker that comes
 * back early costs one request, one that waits for the clock to catch up may be lost for hours.
 */
export function isOver(sinceMs: number, forMs: number, nowMs: number): boolean {
  const elapsedMs = nowMs - sinceMs
  return elapsedMs < 0 || elapsedMs >= forMs
}
