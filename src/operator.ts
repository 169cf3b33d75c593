// What a gateway shows of its inside to those who run it, and what they may set there.

/** One target of a pool as it is now. */
export interface TargetState {
  /** Its origin without `http://`, by which operators name it; unique in its pool. */
  readonly id: string
  readonly origin: string
  /** Share of the traffic relative to the others: what an operator set, else what is configured. */
  readonly weight: number
  readonly backup: boolean
  readonly zone: string | undefined
  /** Whether an operator has taken it out. */
  readonly draining: boolean
  /** `half-open`: it was ejected, and a request may now find out whether it is well. */
  readonly health: 'healthy' | 'half-open' | 'unhealthy' | 'ejected'
  /** What is wrong with it, for people. */
  readonly trouble: string | undefined
  /** Requests under way, until the end of their answers. */
  readonly inFlight: number
  /** How slow its answers are thought to be, where the policy goes by it. */
  readonly latencyMs: number | undefined
}

/** One pool as it is now. */
export interface PoolState {
  readonly inFlight: number
  /** Requests that wait for a place. */
  readonly pending: number
  /** Undefined where the upstream has no `breaker` with a circuit. */
  readonly circuit: 'closed' | 'open' | 'half-open' | 'ramp' | undefined
  readonly targets: readonly TargetState[]
}

/** Shows a pool and sets what may change about its targets. What was set outlives reloads and new lists of targets, and ends with the process. */
export interface PoolOperator {
  state(): PoolState
  /** Gives a target no new requests, or again some. False where there is none of that id or origin. */
  drain(target: string, draining: boolean): boolean
  /** Sets a weight in place of the configured one; undefined gives it that back. False where there is none of that id or origin. */
  weigh(target: string, weight: number | undefined): boolean
}

/** The inside of a gateway as it is in force now. */
export interface Inside {
  /** By the name of their upstream. Those of the smallest gateway have no operator. */
  readonly pools: ReadonlyMap<string, { readonly operator?: PoolOperator | undefined }>
  readonly caches: {
    /** By name, those that routes have. */
    readonly shelves: ReadonlyMap<string, { readonly shelf: { readonly bytesUsed: number | undefined } }>
  }
}

/** The name of a target for operators. */
export function targetId(origin: string): string {
  return origin.replace(/^http:\/\//, '')
}
