// What the cache would do with an answer, each step with its reason: whether it is kept, for how long, and what the same request gets next.
import { type Fields, fieldValue } from '../http/fields.js'
import { controlOf } from './control.js'
import type { KeepOut, Reuse } from './decision.js'
import { ageSeconds } from './entry.js'
import { type Lifetime, lifetimeOf, type Times } from './freshness.js'
import type { Policy } from './policy.js'
import { KEEP_OUT } from './reasons.js'
import { mayServe, requestDirectives, standInSeconds } from './reuse.js'
import { mayStore } from './storable.js'

/** A request and its answer. */
export interface Pair {
  readonly method: string
  readonly requestFields: Fields
  readonly status: number
  readonly fields: Fields
  /** Length of the body; undefined when it is not known. */
  readonly bytes?: number | undefined
  readonly times: Times
}

export type Explanation =
  | { readonly kind: 'passed'; readonly reason: KeepOut; readonly meaning: string }
  | {
      readonly kind: 'stored'
      readonly lifetime: Lifetime
      /** How old the answer is, and for how long it still is fresh; below 0 for a stale one. */
      readonly ageSeconds: number
      readonly ttlSeconds: number
      /** What the same request gets: the stored answer, the stored answer while the origin is asked, or what a validation brings. */
      readonly next: Reuse['kind']
      /** Fields that the origin can be asked by whether it is still good. */
      readonly validators: readonly string[]
      /** Request fields by which answers are told apart. */
      readonly variesBy: readonly string[]
      /** How long past its freshness it stands in for an origin that cannot be reached, and for one that gives errors; 0 for never. */
      readonly ifUnreachableSeconds: number
      readonly ifErrorSeconds: number
      readonly tags: readonly string[]
      readonly groups: readonly string[]
    }

/** Explains an answer as it is at `nowMs`, by the same decisions that the cache takes. */
export function explain(pair: Pair, policy: Policy, nowMs: number): Explanation {
  const { method, requestFields, status, times } = pair
  const keep = mayStore({ method, requestFields, identified: false, status, fields: pair.fields, bytes: pair.bytes, times, generation: 0, describesTarget: false }, policy)
  if (keep.kind === 'pass') return { kind: 'passed', reason: keep.reason, meaning: KEEP_OUT[keep.reason] }
  const { terms, names } = keep
  const age = ageSeconds(terms, nowMs)
  const wanted = requestDirectives(policy.obeysClients ? requestFields : [])
  return {
    kind: 'stored',
    lifetime: lifetimeOf(controlOf(pair.fields, policy.targetedFields), status, pair.fields, times.responseMs, policy),
    ageSeconds: age,
    ttlSeconds: terms.lifetimeSeconds - age,
    next: mayServe(terms, wanted, policy.whileRevalidateSeconds, nowMs).kind,
    validators: ['ETag', 'Last-Modified'].filter((name) => fieldValue(pair.fields, name.toLowerCase()) !== undefined),
    variesBy: names,
    ifUnreachableSeconds: standInSeconds(terms, 'unreachable', policy) ?? 0,
    ifErrorSeconds: standInSeconds(terms, 'error', policy) ?? 0,
    tags: terms.tags,
    groups: terms.groups,
  }
}
