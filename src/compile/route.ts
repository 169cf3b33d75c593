// From a route's settings to its plan.
import type { Normalization } from '../config/normalization.js'
import type { RouteConfig } from '../config/schema.js'
import type { RuleCompiler } from '../filter/compile.js'
import type { Rewrite } from '../forward/rewrite.js'
import type { Parts } from '../parts.js'
import type { Fallback, Forward, Plan, Redirect, Respond, Split, UpstreamPlan } from '../plan.js'
import { compileText } from '../variables.js'
import type { CacheCompiler } from './cache.js'
import { compileEdits, compileLines, headersOf } from './edits.js'
import { compilePathPolicy, routeNormalization, routeOddNames } from './normalization.js'

/** What the plans of one gateway share. */
export interface Shared {
  readonly normalization: Normalization
  readonly upstreams: ReadonlyMap<string, UpstreamPlan>
  readonly caches: CacheCompiler
  readonly filters: RuleCompiler
  readonly viaName: string
  /** Mirrors; undefined in a gateway that was opened without. */
  readonly mirror: Parts['mirror']
  /** Divides traffic; undefined in a gateway that was opened without. */
  readonly split: Parts['split']
  /** What becomes of a route's answers last; undefined in a gateway that was opened without. */
  readonly content: ReturnType<NonNullable<Parts['content']>> | undefined
  /** Files of a route; undefined in a gateway that was opened without. */
  readonly files: ReturnType<NonNullable<Parts['files']>> | undefined
  /** Whether answers to clients carry Via too. */
  readonly viaResponse: boolean
}

/** Compiles one route whose references were checked. */
export function compileRoute(route: RouteConfig, index: number, shared: Shared): Plan {
  const headers = headersOf(route)
  const normalization = routeNormalization(shared.normalization, route)
  return {
    name: `${String(route.host ?? '')}${route.path ?? '/*'}`,
    conditions: {
      methods: route.methods && new Set(route.methods.map((method) => method.toUpperCase())),
      fields: Object.entries(headers.match).map(([name, value]) => [name.toLowerCase(), value] as const),
      query: Object.entries(route.query ?? {}),
    },
    paths: compilePathPolicy(normalization),
    oddNames: routeOddNames(shared.normalization, normalization),
    rules: shared.filters.rulesOf(route.filters ?? [], ['routes', index, 'filters'], JSON.stringify([route.host, route.path, route.methods, headers.match, route.query])),
    files: shared.files?.(route, index, compileRewrite(route)),
    action: compileAction(route, shared),
    responseEdits: compileEdits(headers.response, shared.viaResponse ? ['Via', `1.1 ${shared.viaName}`] : []),
    content: shared.content?.(route, index),
  }
}

function compileAction(route: RouteConfig, shared: Shared): Forward | Split | Redirect | Respond {
  const { upstream, redirect } = route
  if (typeof upstream === 'string') return compileForward(route, upstream, shared)
  if (upstream && shared.split) return shared.split(upstream, route.splitBy, (name) => compileForward(route, name, shared))
  if (redirect) return { kind: 'redirect', to: compileText(redirect.to), status: redirect.status ?? 308 }
  return compileRespond(route.respond)
}

function compileForward(route: RouteConfig, upstream: string, shared: Shared): Forward {
  const forward = {
    kind: 'forward' as const,
    upstream: shared.upstreams.get(upstream)!,
    wish: { subset: route.subset, priority: route.priority ?? 'normal' },
    rewrite: compileRewrite(route),
    requestEdits: compileEdits(headersOf(route).request),
    hideOrigin: route.hideOrigin ?? true,
    viaName: shared.viaName,
    mirror: route.mirror && shared.mirror?.(route.mirror, shared.upstreams),
    fallback: route.fallback && compileFallback(route, route.fallback, shared),
    deadlineMs: route.deadline,
  }
  const cache = shared.caches.cacheOf(route, forward)
  return { ...forward, cache, invalidator: cache ? undefined : shared.caches.invalidatorOf(forward) }
}

/** The routes to fall back to have no fallback of their own, and copy nothing a second time. */
function compileFallback(route: RouteConfig, { upstream = [], respond, on = [] }: NonNullable<RouteConfig['fallback']>, shared: Shared): Fallback {
  const names = typeof upstream === 'string' ? [upstream] : upstream
  const forwards = names.map((name) => compileForward({ ...route, fallback: undefined, mirror: undefined, cache: false }, name, shared))
  return { forwards, respond: respond && compileRespond(respond), on: new Set(on.map(Number)) }
}

function compileRespond({ status = 200, headers = {}, body }: NonNullable<RouteConfig['respond']> = {}): Respond {
  return { kind: 'respond', status, fields: compileLines(headers), body: body === undefined ? undefined : new TextEncoder().encode(body) }
}

function compileRewrite({ stripPrefix, addPrefix, rewrite }: RouteConfig): Rewrite {
  return { stripPrefix: trimSlash(stripPrefix), addPrefix: trimSlash(addPrefix), template: rewrite }
}

function trimSlash(prefix: string | undefined): string {
  return (prefix ?? '').replace(/\/$/, '')
}
