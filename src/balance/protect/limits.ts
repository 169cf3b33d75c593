// Whether a request goes on, waits for its turn, or is refused.

export interface Limits {
  /** Requests under way at a time. Default 1024. */
  readonly maxInFlight: number
  /** Requests that may wait beyond that. 0 refuses at once. Default 128. */
  readonly maxPending: number
}

export const DEFAULT_LIMITS: Limits = { maxInFlight: 1024, maxPending: 128 }

/** `refuse`: as many wait as may. */
export type Admission = 'go' | 'wait' | 'refuse'

/**
 * Nobody goes ahead of those that wait. Whenever a place is free, be it that a request has ended or that a limit was
 * raised, the one who holds the queue lets the next of it go, or newcomers would wait for nothing.
 */
export function admit(hasPlace: boolean, pending: number, { maxPending }: Pick<Limits, 'maxPending'>): Admission {
  if (hasPlace && pending === 0) return 'go'
  return pending < maxPending ? 'wait' : 'refuse'
}
