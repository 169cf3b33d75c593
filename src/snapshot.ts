// A checked configuration compiled into what the stages run on. Made once, never changed; a reload makes another.
import { createPool } from './balance/pool.js'
import { createBalancer } from './balance/stage.js'
import type { Cache } from './cache/stage.js'
import { createMemoryStore } from './cache/stores/memory.js'
import type { CacheConfig, CheckedConfig, RouteConfig, UpstreamConfig } from './config/schema.js'
import { ConfigError, type Issue } from './config/validate.js'
import { compileRules } from './filter/compile.js'
import type { Rule } from './filter/verdict.js'
import { parseCidr } from './http/address.js'
import type { Fields } from './http/fields.js'
import { type Trust, TRUST_NOBODY } from './http/forwarded.js'
import type { OddNamePolicy } from './http/odd-names.js'
import type { Forward, Plan, Redirect, Respond } from './plan.js'
import type { AttemptLimits, Ports } from './ports.js'
import { createTable, type Table } from './route/table.js'
import { compileText, type EditPlan, type Text } from './variables.js'

export interface Snapshot {
  readonly trust: Trust
  readonly oddNames: OddNamePolicy
  readonly rules: readonly Rule[]
  readonly routes: Table<Plan>
}

const DEFAULT_LIMITS: AttemptLimits = { connectMs: 5000, headersMs: 60_000, idleMs: 300_000, upgradedIdleMs: 3_600_000 }
const DEFAULT_RETRY_ON = ['connect-failure', 'reset-before-response'] as const
const DEFAULT_RETRY_BUDGET_PERCENT = 20
const DEFAULT_VIA_NAME = 'fetchgate'
const DEFAULT_CACHE_BYTES = 64 * 1024 ** 2
const DEFAULT_ENTRY_BYTES = 4 * 1024 ** 2

/** Compiles the configuration. Throws a {@link ConfigError} that names each setting which this runtime cannot honour. */
export function compile(config: CheckedConfig, ports: Pick<Ports, 'transport' | 'openStore'>): Snapshot {
  const issues: Issue[] = []
  const pools = new Map(Object.entries(config.upstreams ?? {}).map(([name, upstream]) => [name, compilePool(name, upstream)]))
  const cacheMakers = new Map(Object.entries({ default: {}, ...config.caches }).map(([name, settings]) => [name, () => compileCache(name, settings, ports, issues)]))
  const opened = new Map<string, Cache>()
  const cacheNamed = (name: string): Cache => opened.get(name) ?? opened.set(name, cacheMakers.get(name)!()).get(name)!
  for (const [name, { host }] of Object.entries(config.upstreams ?? {})) {
    if (host !== undefined && host !== 'upstream' && ports.transport.lacks.has('host-field')) {
      issues.push({ path: `upstreams.${name}.host`, value: host, message: 'this platform sends the Host of the target\'s URL and no other; write "upstream", or name the target by the host it expects' })
    }
  }
  const viaName = config.via?.name ?? DEFAULT_VIA_NAME
  const ownVia = config.via?.response ? ['Via', `1.1 ${viaName}`] : []
  if (ports.transport.lacks.has('unix-socket')) issues.push(...unixIssues(config))
  const plans = config.routes.map((route) => {
    const action = route.upstream === undefined ? compileLocal(route) : compileForward(route, config.upstreams![route.upstream]!, pools.get(route.upstream)!, cacheNamed, viaName)
    return { hosts: hostsOf(route), path: route.path ?? '/*', value: compilePlan(route, action, ownVia) }
  })
  if (issues.length > 0) throw new ConfigError(issues)
  return { trust: compileTrust(config.trustedProxies), oddNames: compileOddNames(config.oddHeaders), rules: compileRules(config.filters), routes: createTable(plans) }
}

function unixIssues({ upstreams = {} }: CheckedConfig): Issue[] {
  return Object.entries(upstreams).flatMap(([name, { targets }]) =>
    targets.flatMap((target, i) => {
      const url = typeof target === 'string' ? target : target.url
      return url.startsWith('unix:') ? [{ path: `upstreams.${name}.targets[${i}]`, value: url, message: 'this runtime cannot connect to Unix sockets; write "http://host:port"' }] : []
    }),
  )
}

/** What the routes of one upstream share. */
type PoolPlan = Pick<Forward, 'balancer' | 'retry'>

function compilePool(name: string, { targets, retry = {} }: UpstreamConfig): PoolPlan {
  const weighted = targets.map((target) => (typeof target === 'string' ? { url: target, weight: 1 } : { url: target.url, weight: target.weight ?? 1 }))
  const policy = { attempts: retry.attempts ?? 1, on: new Set(retry.on ?? DEFAULT_RETRY_ON) }
  return { balancer: createBalancer(createPool(name, weighted)), retry: { policy, budgetPercent: retry.budgetPercent ?? DEFAULT_RETRY_BUDGET_PERCENT, load: { active: 0, retrying: 0 } } }
}

function compileCache(name: string, settings: CacheConfig, { openStore }: Pick<Ports, 'openStore'>, issues: Issue[]): Cache {
  const { store = 'memory', maxSize = DEFAULT_CACHE_BYTES, maxEntrySize = DEFAULT_ENTRY_BYTES } = settings
  const opened = store === 'memory' ? createMemoryStore(maxSize) : openStore(store, name)
  if (!opened) issues.push({ path: `caches.${name}.store`, value: store, message: `this runtime has no ${store} cache; write "memory"` })
  return { store: opened ?? createMemoryStore(0), maxEntryBytes: maxEntrySize }
}

function compilePlan(route: RouteConfig, action: Plan['action'], ownFields: Fields): Plan {
  const headers = headersOf(route)
  return {
    conditions: {
      methods: route.methods && new Set(route.methods.map((method) => method.toUpperCase())),
      fields: Object.entries(headers.match).map(([name, value]) => [name.toLowerCase(), value] as const),
      query: Object.entries(route.query ?? {}),
    },
    rules: compileRules(route.filters),
    action,
    responseEdits: compileEdits(headers.response, ownFields),
  }
}

function compileForward(route: RouteConfig, upstream: UpstreamConfig, { balancer, retry }: PoolPlan, cacheNamed: (name: string) => Cache, viaName: string): Forward {
  const cache = typeof route.cache === 'object' ? (route.cache.store ?? 'default') : route.cache ? 'default' : undefined
  return {
    kind: 'forward',
    balancer,
    cache: cache === undefined ? undefined : cacheNamed(cache),
    rewrite: { stripPrefix: trimSlash(route.stripPrefix), addPrefix: trimSlash(route.addPrefix), template: route.rewrite },
    host: upstream.host === undefined || upstream.host === 'upstream' ? { kind: 'upstream' } : upstream.host === 'preserve' ? { kind: 'preserve' } : { kind: 'literal', value: upstream.host },
    forwarded: upstream.forwarded ?? 'both',
    requestEdits: compileEdits(headersOf(route).request),
    hideOrigin: route.hideOrigin ?? true,
    viaName,
    retry,
    limits: compileLimits(upstream),
  }
}

function compileLimits({ timeout = {} }: UpstreamConfig): AttemptLimits {
  const { connect, headers, idle, upgraded } = timeout
  return {
    connectMs: connect ?? DEFAULT_LIMITS.connectMs,
    headersMs: headers ?? DEFAULT_LIMITS.headersMs,
    idleMs: idle ?? DEFAULT_LIMITS.idleMs,
    upgradedIdleMs: upgraded ?? DEFAULT_LIMITS.upgradedIdleMs,
  }
}

function compileLocal({ redirect, respond }: RouteConfig): Redirect | Respond {
  if (redirect) return { kind: 'redirect', to: compileText(redirect.to), status: redirect.status ?? 308 }
  return {
    kind: 'respond',
    status: respond?.status ?? 200,
    fields: Object.entries(respond?.headers ?? {}).flat(),
    body: respond?.body === undefined ? undefined : new TextEncoder().encode(respond.body),
  }
}

type HeaderSettings = { match: Record<string, string>; request: EditSettings | undefined; response: EditSettings | undefined }
type EditSettings = { set?: Record<string, string> | undefined; add?: Record<string, string> | undefined; remove?: string[] | undefined }

/** A route's `headers` in its long form: without `request`, `response` or `match`, it is just the fields to match. */
function headersOf({ headers = {} }: RouteConfig): HeaderSettings {
  const long = ['match', 'request', 'response'].some((key) => typeof (headers as Record<string, unknown>)[key] === 'object')
  if (!long) return { match: headers as Record<string, string>, request: undefined, response: undefined }
  const { match = {}, request, response } = headers as Partial<HeaderSettings>
  return { match, request, response }
}

function compileEdits(edits: EditSettings | undefined, ownFields: Fields = []): EditPlan {
  return {
    remove: new Set(edits?.remove?.map((name) => name.toLowerCase())),
    set: compileLines(edits?.set),
    append: [...compileLines(edits?.add), ...ownFields],
  }
}

function compileLines(lines: Record<string, string> = {}): Text[] {
  return Object.entries(lines).flatMap(([name, value]) => [name, compileText(value)])
}

function compileTrust(trusted: CheckedConfig['trustedProxies']): Trust {
  if (trusted === undefined) return TRUST_NOBODY
  if (typeof trusted === 'number') return { kind: 'hops', hops: trusted }
  return { kind: 'networks', networks: trusted.map((range) => parseCidr(range)!) }
}

function compileOddNames(odd: CheckedConfig['oddHeaders'] = 'drop'): OddNamePolicy {
  if (odd === 'keep' || odd === 'reject') return { kind: odd }
  return { kind: 'drop', keep: new Set(odd === 'drop' ? [] : odd.map((name) => name.toLowerCase())) }
}

function hostsOf({ host }: RouteConfig): readonly string[] {
  return host === undefined ? [] : typeof host === 'string' ? [host] : host
}

function trimSlash(prefix: string | undefined): string {
  return (prefix ?? '').replace(/\/$/, '')
}
