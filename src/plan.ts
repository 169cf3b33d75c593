// A route's frozen settings: what every stage after routing works from.
import type { Balancer, Wish } from './balancer.js'
import type { Invalidator } from './cache/invalidator/stage.js'
import type { RouteCache } from './cache/stage.js'
import type { Content } from './content.js'
import type { Files } from './files/stage.js'
import type { Rule } from './filter/verdict.js'
import type { BudgetLimits, BudgetWindow } from './forward/budget.js'
import type { HedgePolicy } from './forward/hedge/decision.js'
import type { Hedging } from './forward/hedge/hedging.js'
import type { LatencyEstimate } from './forward/hedge/latency.js'
import type { RetryPolicy } from './forward/retry.js'
import type { Rewrite } from './forward/rewrite.js'
import type { ForwardedStyle } from './http/forwarded.js'
import type { AttemptLimits, Ports } from './ports.js'
import type { Exchange } from './exchange.js'
import type { OddNamePolicy } from './http/odd-names.js'
import type { Conditions } from './route/conditions.js'
import type { PathPolicy } from './route/scope.js'
import type { EditPlan, Text } from './variables.js'

export interface Plan {
  /** Host and path as they are configured. */
  readonly name: string
  readonly conditions: Conditions
  readonly paths: PathPolicy
  /** Which odd field names the origin gets, where that is not what everybody else's does. */
  readonly oddNames: OddNamePolicy | undefined
  readonly rules: readonly Rule[]
  /** Asked before the action. */
  readonly files: Files | undefined
  readonly action: Forward | Split | Redirect | Respond
  readonly responseEdits: EditPlan
  /** What becomes of answers last of all; undefined for a route that asks for nothing of it. */
  readonly content: Content | undefined
}

/** Carry the request to an upstream. */
export interface Forward {
  readonly kind: 'forward'
  readonly upstream: UpstreamPlan
  /** What the route asks of the upstream's targets. */
  readonly wish: Wish
  readonly cache: RouteCache | undefined
  /** For a route without a cache, what its writes take out of those of others. */
  readonly invalidator: Invalidator | undefined
  readonly rewrite: Rewrite
  readonly requestEdits: EditPlan
  readonly hideOrigin: boolean
  /** What the gateway calls itself in Via. */
  readonly viaName: string
  readonly mirror: Mirror | undefined
  readonly fallback: Fallback | undefined
  /** For all attempts and the whole answer; none when undefined. */
  readonly deadlineMs: number | undefined
}

/** Carry it to one of several upstreams, by shares. */
export interface Split {
  readonly kind: 'split'
  /** By the request's key where the route names one and the request has it, else by chance. */
  readonly choose: (exchange: Exchange, random: () => number) => Forward
}

/** What happens when the upstream gave no answer, or one that counts as none. */
export interface Fallback {
  /** The same route with other upstreams, in turn. */
  readonly forwards: readonly Forward[]
  /** When none of them answered either. */
  readonly respond: Respond | undefined
  /** Statuses of answers that count as none. */
  readonly on: ReadonlySet<number>
}

/** What the routes of one upstream share. */
export interface UpstreamPlan {
  readonly balancer: Balancer
  readonly retry: Retry
  readonly hedge: Hedge | undefined
  readonly limits: AttemptLimits
  readonly host: HostPolicy
  readonly forwarded: ForwardedStyle
}

/** Gives the exchange to carry on with, a copy of which goes to the mirror of the plan. */
export type Copy = (exchange: Exchange, target: string, plan: Forward, effects: Pick<Ports, 'transport' | 'observe' | 'random'>) => Exchange

/** Where copies of requests go. Nobody waits for them and nobody sees their answers. */
export interface Mirror {
  readonly upstream: UpstreamPlan
  readonly percent: number
  /** Copies under way; only the forward stage changes it. */
  readonly load: { active: number }
  readonly copy: Copy
}

/** When failed attempts are repeated, and how many of them. */
export interface Retry {
  readonly policy: RetryPolicy
  readonly limits: BudgetLimits
  /** What the budget has counted; the one part of a plan that changes, and only the forward stage changes it. */
  readonly budget: { window: BudgetWindow }
}

/** When a slow request is also sent to a second server. */
export interface Hedge {
  readonly ways: Hedging
  readonly policy: HedgePolicy
  /** How long the pool takes to answer; only the forward stage changes it. */
  readonly latency: { estimate: LatencyEstimate }
}

/** The Host the server gets: its own, the client's, or a literal. */
export type HostPolicy = { readonly kind: 'upstream' } | { readonly kind: 'preserve' } | { readonly kind: 'literal'; readonly value: string }

/** Answer with a redirect. */
export interface Redirect {
  readonly kind: 'redirect'
  readonly to: Text
  readonly status: number
}

/** Answer with a fixed text. */
export interface Respond {
  readonly kind: 'respond'
  readonly status: number
  /** Name and value in turn. */
  readonly fields: readonly Text[]
  readonly body: Uint8Array | undefined
}
