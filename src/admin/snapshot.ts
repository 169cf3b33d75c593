// A configuration as operators may see it: what is written down here and nothing else, since much of the rest is secret.
import type { CheckedConfig, FilterEntry, RouteConfig } from '../config/schema.js'

export function snapshotOf({ routes, upstreams = {}, caches = {}, filters = [], trustedProxies }: CheckedConfig): Readonly<Record<string, unknown>> {
  return {
    trustedProxies: trustedProxies ?? [],
    filters: filters.map(filterName),
    routes: routes.map(shownRoute),
    upstreams: Object.fromEntries(Object.entries(upstreams).map(([name, { balance = 'round-robin', discover, health, outlier, sticky }]) => [name, {
      balance: typeof balance === 'string' ? balance : balance.policy, discovered: discover !== undefined, healthChecks: health !== undefined, outlier: outlier !== undefined, sticky: sticky !== undefined,
    }])),
    caches: Object.fromEntries(Object.entries(caches).map(([name, { store = 'memory' }]) => [name, { store }])),
  }
}

function shownRoute({ host, path = '/*', methods, upstream, redirect, respond, cache = false, filters = [] }: RouteConfig): unknown {
  return {
    ...(host !== undefined && { host }), path, ...(methods && { methods }),
    ...(typeof upstream === 'string' ? { upstream } : upstream ? { upstream: upstream.map(({ name, weight }) => ({ name, weight })) } : {}),
    ...(redirect && { redirect: redirect.status ?? 308 }), ...(respond && { respond: respond.status ?? 200 }),
    cache: cache !== false, filters: filters.map(filterName),
  }
}

function filterName(entry: FilterEntry): string {
  return typeof entry === 'function' ? 'own' : (Object.keys(entry)[0] ?? 'own')
}
