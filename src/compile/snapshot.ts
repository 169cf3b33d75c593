// A checked configuration compiled into what the stages run on. Made once, never changed; a reload makes another.
import { absentPart, ConfigError, type Issue } from '../config/issue.js'
import type { CheckedConfig } from '../config/schema.js'
import type { Pool } from '../balancer.js'
import type { RuleCompiler } from '../filter/compile.js'
import type { Rule } from '../filter/verdict.js'
import { parseCidr } from '../http/address.js'
import { type Trust, TRUST_NOBODY } from '../http/forwarded.js'
import type { ForgivingPolicy } from '../http/odd-names.js'
import type { Parts, PoolWorld } from '../parts.js'
import type { Plan } from '../plan.js'
import type { RequestInfo } from '../exchange.js'
import type { Answer, Ports } from '../ports.js'
import type { WireRequest } from '../wire.js'
import { createTable, type Table } from '../route/table.js'
import type { CacheCompiler } from './cache.js'
import { generalNormalization, generalOddNames } from './normalization.js'
import { compileRoute } from './route.js'
import { compileUpstream, unsupportedByTransport } from './upstream.js'

export interface Snapshot {
  readonly trust: Trust
  /** What becomes of odd field names before a route is found. */
  readonly oddNames: ForgivingPolicy
  readonly rules: readonly Rule[]
  readonly routes: Table<Plan>
  /** By the name of their upstream. */
  readonly pools: ReadonlyMap<string, Pool>
  readonly caches: CacheCompiler
  readonly filters: RuleCompiler
}

const DEFAULT_VIA_NAME = 'fetchgate'

/** What a snapshot is made of beside the configuration. */
export interface World {
  readonly ports: Ports
  readonly parts: Parts
  /** What the gateway answers to a request of its own. */
  readonly handle: (request: WireRequest, info: RequestInfo) => Promise<Answer>
  /** What is in force before a reload; what is known of targets stays. */
  readonly previous?: Snapshot | undefined
}

/** Compiles the configuration. Throws a {@link ConfigError} that names each setting which this runtime or bundle cannot honour. */
export function compile(config: CheckedConfig, { ports, parts, previous, handle }: World): Snapshot {
  const settings = Object.entries(config.upstreams ?? {})
  const world: PoolWorld = { ports, zone: config.zone }
  const issues = settings.flatMap(([name, upstream]) => [...unsupportedByTransport(name, upstream, ports.transport.lacks), ...parts.pool.issues(name, upstream, world)])
  const pools = new Map(settings.map(([name, upstream]) => [name, parts.pool.compile(name, upstream, world, previous?.pools.get(name))]))
  const upstreams = new Map(settings.map(([name, upstream]) => [name, compileUpstream(pools.get(name)!.balancer, parts.hedging, upstream)]))
  issues.push(...absentParts(config, parts))
  const cached = parts.caches?.(config, ports, issues, previous?.caches) ?? NO_CACHES
  const filters = parts.filters?.(ports, issues, previous?.filters, config) ?? NO_FILTERS
  const rules = filters.rulesOf(config.filters ?? [], ['filters'], '')
  const normalization = generalNormalization(config)
  const shared = { normalization, upstreams, caches: cached, filters, mirror: parts.mirror, split: parts.split, content: parts.content?.(config, ports, issues, handle), files: parts.files?.(ports, issues), viaName: config.via?.name ?? DEFAULT_VIA_NAME, viaResponse: config.via?.response ?? false }
  if (config.resolver && ports.transport.lacks.has('resolver')) issues.push({ path: 'resolver', value: config.resolver, message: 'this platform resolves names by itself; leave it out' })
  const routes = config.routes.map((route, i) => ({ hosts: [route.host ?? []].flat(), path: route.path ?? '/*', value: compileRoute(route, i, shared) }))
  if (issues.length > 0) throw new ConfigError(issues)
  return { trust: compileTrust(config), oddNames: generalOddNames(normalization), rules, routes: createTable(routes), pools, caches: cached, filters }
}

const NO_CACHES: CacheCompiler = { cacheOf: () => undefined, invalidatorOf: () => undefined, shelves: new Map(), purge: () => Promise.resolve(true) }

const NO_FILTERS: RuleCompiler = { rulesOf: () => [], watch: () => {}, memory: new Map() }

/** Settings, of all routes or one, by the part that they need. */
const NEEDED = { filters: 'filters', compress: 'content', etag: 'content', earlyHints: 'content', esi: 'content', cache: 'caches', mirror: 'mirror', files: 'files' } as const

/** What is asked for that the gateway was opened without. */
function absentParts(config: CheckedConfig, parts: Parts): Issue[] {
  const unless = (part: unknown, keys: readonly (string | number)[], value: unknown): Issue[] => (value && !part ? [absentPart(keys, value)] : [])
  const absent = (settings: Partial<Record<keyof typeof NEEDED, unknown>>, ...path: (string | number)[]): Issue[] =>
    Object.entries(NEEDED).flatMap(([key, part]) => {
      const value = settings[key as keyof typeof NEEDED]
      return unless(parts[part], [...path, key], Array.isArray(value) ? value.length && value : value)
    })
  return [
    ...Object.entries(config.upstreams ?? {}).flatMap(([name, { hedge }]) => unless(parts.hedging, ['upstreams', name, 'hedge'], hedge)),
    ...absent(config),
    ...config.routes.flatMap((route, i) => [...absent(route, 'routes', i), ...unless(parts.split, ['routes', i, 'upstream'], Array.isArray(route.upstream) && route.upstream)]),
  ]
}

function compileTrust({ trustedProxies, clientFrom: source = 'either' }: CheckedConfig): Trust {
  if (trustedProxies === undefined) return TRUST_NOBODY
  if (typeof trustedProxies === 'number') return { kind: 'hops', hops: trustedProxies, source }
  return { kind: 'networks', networks: trustedProxies.map((range) => parseCidr(range)!), source }
}
