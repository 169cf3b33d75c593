// Whether a request that is slow to be answered is also sent to a second server, and after how long.
import type { Exchange } from '../../exchange.js'
import { isLearning, type LatencyEstimate } from './latency.js'

/** When a second attempt is made beside the first: after so many milliseconds, or after the time within which a share of the answers begins. */
export type HedgePolicy = { readonly kind: 'time'; readonly delayMs: number } | { readonly kind: 'quantile'; readonly quantile: number }

/** The policy of a setting: milliseconds, or a percentile such as "p95". */
export function hedgePolicy(after: number | string): HedgePolicy {
  return typeof after === 'number' ? { kind: 'time', delayMs: after } : { kind: 'quantile', quantile: Number(after.slice(1)) / 100 }
}

/** `learn`: it would be, but nobody knows yet how long answers take. */
export type HedgeDecision = { readonly kind: 'hedge'; readonly delayMs: number } | { readonly kind: 'learn' } | { readonly kind: 'never'; readonly reason: string }

/** Methods that have no effect and an answer of their own (RFC 9110 §9.2.1). */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Two servers may have a request at a time that has no effect, no body and no connection of its own. */
export function decideHedge({ method, body, upgrade }: Pick<Exchange, 'method' | 'body' | 'upgrade'>, policy: HedgePolicy, latency: LatencyEstimate): HedgeDecision {
  if (!SAFE.has(method)) return { kind: 'never', reason: `${method} may have an effect` }
  if (body || upgrade) return { kind: 'never', reason: body ? 'it has a body' : 'it asks for another protocol' }
  if (policy.kind === 'time') return { kind: 'hedge', delayMs: policy.delayMs }
  return isLearning(latency, policy.quantile) ? { kind: 'learn' } : { kind: 'hedge', delayMs: latency.ms }
}
