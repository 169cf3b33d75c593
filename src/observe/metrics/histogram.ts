// A distribution of times in fixed buckets, counted without allocation.

/** Upper bounds in seconds: those of OpenTelemetry for HTTP, with two below for what a proxy on the same network sees. */
export const BOUNDS_SECONDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

const BOUNDS_MS = Float64Array.from(BOUNDS_SECONDS, (seconds) => seconds * 1000)

export class Histogram {
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1)
  #sumMs = 0

  add(ms: number): void {
    let bucket = 0
    while (bucket < BOUNDS_MS.length && ms > BOUNDS_MS[bucket]!) bucket++
    this.#counts[bucket]!++
    this.#sumMs += ms
  }

  /** Counts by bucket, and the sum in seconds. */
  told(): { readonly counts: readonly number[]; readonly value: number } {
    return { counts: [...this.#counts], value: this.#sumMs / 1000 }
  }
}

/** The time below which the share of what was counted lies, in seconds, as far as buckets tell; undefined where nothing was counted. */
export function quantile(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let left = total * share
  for (const [i, count] of counts.entries()) {
    const above = BOUNDS_SECONDS[i]
    if (above === undefined) break
    if (left <= count && count > 0) {
      const below = BOUNDS_SECONDS[i - 1] ?? 0
      return below + ((above - below) * left) / count
    }
    left -= count
  }
  return BOUNDS_SECONDS.at(-1)
}
