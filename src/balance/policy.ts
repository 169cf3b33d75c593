// What a balancing policy is: prepared for the targets that may be picked now, then asked once for each attempt.
import type { Server } from '../ports.js'
import type { LatencyEstimate } from './latency.js'

/** A server of a pool, as it was configured or discovered. No two of a pool have the same origin: hash policies place by it. */
export interface Target extends Server {
  /** Share of the traffic relative to the others; 0 takes none. */
  readonly weight: number
  /** Where it stands, in words of the operator. */
  readonly zone?: string | undefined
  /** What subsets are chosen by. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Stands by until the others fail. */
  readonly backup?: boolean | undefined
}

/** Live counters of a target. Policies read them and never write. */
export interface Load {
  /** Requests under way. */
  readonly inFlight: number
  /** Undefined until the first answer. */
  readonly latency: LatencyEstimate | undefined
}

/** What a target takes of its keys while it does not take all. */
export interface KeyPart {
  /** Differs between targets: keys that one does not take yet, another does. */
  readonly seed: number
  /** From 0 to 1. */
  readonly at: (nowMs: number) => number
}

/** A target that may be picked now. */
export interface Candidate {
  readonly target: Target
  /** What counts now, after slow start and changes at run time. One without weight is never picked. */
  readonly weight: number
  readonly load: Load
  /** Where keys are placed by whole weights: what it takes of them as long as it does not take all. Policies do not look at it. */
  readonly part?: KeyPart | undefined
}

/** What one pick depends on beside the candidates. */
export interface PickInput {
  /** Grows by one with each pick for a first attempt, and, counted apart, with each for a further one. Round robin goes by it. */
  readonly tick: number
  /** A number in [0, 1). */
  readonly random: () => number
  /** 32 bits of the request's key, by {@link murmur3}; a hash policy picks at random where the request has no key. */
  readonly hash: number | undefined
  readonly nowMs: number
  /** Requests under way at all targets of the pool together, from which bounded load knows the average. */
  readonly inFlight: number
  /** What this request has asked already. None of them is picked, also not by another object of the same origin. */
  readonly tried: readonly Server[]
}

/** Picks among the candidates it was prepared for. Reads their `load` at each pick; keeps no state of its own. */
export interface Picker {
  /** Undefined when every candidate was tried, or none has weight. */
  pick(input: PickInput): Candidate | undefined
  /** Who is left, most wanted first; the head is what `pick` gives for the same input. For explanations: it may be slow. */
  order(input: PickInput): Candidate[]
}

/** Settings of those policies that have any. */
export interface PolicyOptions {
  /** Of consistent-hash: how far above its share of the requests under way a target may go, in percent of that share; at least 100. Default 150; `Infinity` for no bound. */
  readonly maxLoadPercent?: number | undefined
  /**
   * Of consistent-hash: the average of the configured weights, those of targets included that may not be picked now. The
   * ring is as fine as it says, and must not become another one because a target fails. Default the candidates'.
   */
  readonly averageWeight?: number | undefined
}

/** Prepared anew whenever the candidates or their weights change. */
export type Policy = (candidates: readonly Candidate[], options?: PolicyOptions) => Picker

/** Whether a request has asked this candidate already. */
export function isTried({ target }: Candidate, tried: readonly Server[]): boolean {
  for (let i = 0; i < tried.length; i++) if (tried[i]!.origin === target.origin) return true
  return false
}

/** A picker's order: the one it picks, then the others as they come, once each. */
export function ordered(head: Candidate | undefined, others: Iterable<Candidate>, tried: readonly Server[]): Candidate[] {
  const seen = new Set<Candidate>(head ? [head] : [])
  for (const candidate of others) if (!isTried(candidate, tried)) seen.add(candidate)
  return [...seen]
}
