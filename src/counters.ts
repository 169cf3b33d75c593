// Counters that several processes share, as what keeps them has to be.

/** A request to be counted against a quota. */
export interface CountedBy {
  readonly algorithm: 'gcra' | 'fixed-window' | 'sliding-window'
  readonly limit: number
  readonly windowMs: number
  readonly burst: number
}

/** What a store says of a request that it has counted. */
export interface CountedRequest {
  readonly verdict: 'pass' | 'refuse'
  readonly remaining: number
  /** When the next one may come, for one that is refused; when all of the quota is there again, for one that passes. */
  readonly resetSeconds: number
}

/** Counts requests where several processes can see it. */
export interface CounterStore {
  /** `exact-shared`: never more than the quota in all processes together. `approximate`: about as many. */
  readonly consistency: 'exact-shared' | 'approximate'
  /** Counts one, at once and whole. Rejects when that cannot be done in the time of its settings. Keys may be long. */
  count(key: string, by: CountedBy): Promise<CountedRequest>
}

/** Opens a store of counters. Undefined when there is none of this kind here. */
export type OpenCounters = (kind: 'redis', name: string, settings: { readonly url: string; readonly timeoutMs: number }) => CounterStore | undefined
