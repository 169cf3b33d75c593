// Which targets do so much worse than the others that something must be wrong with them in particular.

export interface DeviationSettings {
  /** How many standard deviations below the mean is too far. Default 1.9. */
  readonly factor: number
  /** Targets with enough requests that there must be for a comparison. Default 5. */
  readonly minHosts: number
  /** Requests in the window from which on a target is compared. Default 100. */
  readonly minRequests: number
  /**
   * How many percentage points below the mean a target must be besides. Default 5. Where all others are perfect, a single
   * failed request in a hundred is far outside of any deviation.
   */
  readonly minGapPercent: number
}

export interface Outcomes {
  readonly origin: string
  readonly goods: number
  readonly bads: number
}

/** A target that stands out, with the success rate that it has and the least that would have been well. */
export interface Outlier {
  readonly origin: string
  readonly rate: number
  readonly threshold: number
}

/** The targets that stand out, worst first. Trouble that all share makes no outlier. */
export function outliersOf(outcomes: readonly Outcomes[], { factor, minHosts, minRequests, minGapPercent }: DeviationSettings): Outlier[] {
  const rates = outcomes.filter(({ goods, bads }) => goods + bads > 0 && goods + bads >= minRequests).map(({ origin, goods, bads }) => ({ origin, rate: goods / (goods + bads) }))
  if (rates.length < minHosts) return []
  const mean = average(rates.map(({ rate }) => rate))
  const deviation = Math.sqrt(average(rates.map(({ rate }) => (rate - mean) ** 2)))
  const threshold = mean - Math.max(factor * deviation, minGapPercent / 100)
  return rates
    .filter(({ rate }) => rate < threshold)
    .sort((a, b) => a.rate - b.rate)
    .map(({ origin, rate }) => ({ origin, rate, threshold }))
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
