// From the settings of caches and routes to what the cache of a route works on.
import { OriginFetch } from '../cache/fetch/stage.js'
import { Invalidator } from '../cache/invalidator/stage.js'
import { marksOf, type Purge } from '../cache/purges.js'
import { Shelf } from '../cache/shelf/stage.js'
import { RouteCache } from '../cache/stage.js'
import { entriesOf } from '../cache/stores/entry-store.js'
import { createMemoryStore } from '../cache/stores/memory.js'
import { openPlatformStore } from '../cache/stores/platform.js'
import { TieredEntries } from '../cache/stores/tiered.js'
import type { Issue } from '../config/issue.js'
import type { CacheConfig, CheckedConfig, RouteConfig } from '../config/schema.js'
import type { Exchange } from '../exchange.js'
import type { Forward } from '../plan.js'
import type { Ports, StoreSettings } from '../ports.js'
import { publicUrl } from '../http/hide-origin.js'
import { publicFace } from '../respond/stage.js'
import { cachePolicy } from './cache-policy.js'
import { tagBytesOf } from './content.js'
import { headersOf } from './edits.js'

const DEFAULT_CACHE_BYTES = 64 * 1024 ** 2

type StoreKind = NonNullable<CacheConfig['store']>

/** What the routes of one gateway share of its caches. */
export interface CacheCompiler {
  /** The cache of a route that goes upstream; undefined for one that has none. */
  cacheOf(route: RouteConfig, forward: Omit<Forward, 'cache' | 'invalidator'>): RouteCache | undefined
  /** What a route's writes take out of the caches; undefined where there are none. */
  invalidatorOf(forward: Omit<Forward, 'cache' | 'invalidator'>): Invalidator | undefined
  purge(purge: Purge): Promise<boolean>
  /** By name, those that routes have. */
  readonly shelves: ReadonlyMap<string, Opened>
}

/** A store in use, and the settings that it was opened with. */
interface Opened {
  readonly shelf: Shelf
  readonly settings: string
}

/** Opens the caches that routes name. What is stored in those of `previous` stays, where the settings of the store are the same. */
export function compileCaches(config: CheckedConfig, ports: Ports, issues: Issue[], previous: CacheCompiler | undefined): CacheCompiler {
  const { openStore = openPlatformStore } = ports
  const shelves = new Map<string, Opened>()
  const opened = new Set<Shelf>()
  const shelfNamed = (name: string): Shelf => {
    const known = shelves.get(name)
    if (known) return known.shelf
    const { store = 'memory', maxSize = DEFAULT_CACHE_BYTES, memory = 0, path, url } = config.caches?.[name] ?? {}
    const settings = JSON.stringify([store, maxSize, memory, path, url])
    const before = previous?.shelves.get(name)
    const shelf = before?.settings === settings ? before.shelf : open(name, store, { path, url, maxBytes: maxSize }, memory)
    shelves.set(name, { shelf, settings })
    opened.add(shelf)
    return shelf
  }
  const open = (name: string, kind: StoreKind, settings: StoreSettings, memoryBytes: number): Shelf => {
    const asks = kind === 'disk' ? 'path' : kind === 'redis' ? 'url' : undefined
    const isComplete = asks === undefined || settings[asks] !== undefined
    if (!isComplete) issues.push({ path: `caches.${name}`, value: kind, message: `a ${kind} cache needs "${asks}"` })
    const store = kind === 'memory' ? createMemoryStore(settings.maxBytes) : isComplete ? openStore(kind, name, settings) : undefined
    if (!store && isComplete) issues.push({ path: `caches.${name}.store`, value: kind, message: `this runtime has no ${kind} cache; write "memory"` })
    const entries = entriesOf(store ?? createMemoryStore(0))
    return new Shelf(kind === 'memory' || memoryBytes === 0 ? entries : new TieredEntries(createMemoryStore(memoryBytes).entries, entries), ports, store?.purges)
  }
  const invalidatorOf: CacheCompiler['invalidatorOf'] = (forward) => new Invalidator(opened, targetsOf(forward))
  return {
    shelves,
    purge: (purge) => {
      const meant = [...shelves].flatMap(([name, { shelf }]) => (purge.cache === undefined || purge.cache === name ? [shelf] : []))
      const marks = meant.map((shelf) => marksOf(purge, (origin, target) => shelf.spellings(origin, target)))
      return Promise.all(meant.map((shelf, i) => shelf.purging.purge('', marks[i]!, purge.soft ?? false))).then((kept) => kept.every((one) => one))
    },
    invalidatorOf: config.routes.some(({ cache = false }) => cache !== false) ? invalidatorOf : () => undefined,
    cacheOf: (route, forward) => {
      const { cache = false } = route
      if (cache === false) return undefined
      const own = cache === true ? {} : cache
      const name = own.store ?? 'default'
      const policy = cachePolicy({ ...config.caches?.[name], ...own }, forward.requestEdits, { keepsCodings: keepsCodings(route.compress ?? config.compress), tagBytes: tagBytesOf(route.etag ?? config.etag) })
      const shelf = shelfNamed(name)
      if (policy.query) shelf.learnRule(policy.query)
      const partition = partitionOf(route, forward)
      return new RouteCache(shelf, policy, partition, new OriginFetch(shelf, policy, partition, invalidatorOf(forward)!, ports), ports)
    },
  }
}

/** Whether what a route compresses is stored compressed where its cache stores it. */
function keepsCodings(compress: RouteConfig['compress'] = false): boolean {
  return compress === true || (compress !== false && (compress.store ?? true))
}

/** All that decides what the origin is asked beside the client's request; the same after a restart. */
function partitionOf(route: RouteConfig, { upstream, rewrite }: Pick<Forward, 'upstream' | 'rewrite'>): string {
  return JSON.stringify([upstream.balancer.name, rewrite.template === undefined ? '' : (route.path ?? ''), rewrite.stripPrefix, rewrite.addPrefix, rewrite.template ?? '', headersOf(route).request ?? 0])
}

function targetsOf(forward: Omit<Forward, 'cache' | 'invalidator'>) {
  return (exchange: Exchange, reference: string): string | undefined => {
    const { client, outgoing } = exchange
    const base = `${client.scheme}://${client.host}`
    const written = publicUrl(reference, publicFace(exchange, forward))
    if (!URL.canParse(written, base + outgoing.raw)) return undefined
    const { origin, pathname, search } = new URL(written, base + outgoing.raw)
    return origin === new URL(base).origin ? pathname + search : undefined
  }
}
