// The route table: itty-router's compiled patterns, indexed by host and first literal segment.
import { IttyRouter } from 'itty-router'
import { firstLiteralSegment } from '../config/path-pattern.js'

/** What a request is matched by. `path` and `host` are canonical. */
export interface RouteQuery {
  readonly host: string
  readonly path: string
}

/** A route as the table sees it. */
export interface RouteMatch<T> {
  readonly hosts: readonly string[]
  /** A pattern that `pathPatternFault` found nothing wrong with. */
  readonly path: string
  readonly value: T
}

/** A route that fits host and path, with its parameters as they stand in the canonical path. */
export interface Found<T> {
  readonly value: T
  readonly params: Readonly<Record<string, string>>
}

export interface Table<T> {
  /** The first route in the order of writing that fits and that `accepts` takes. */
  find(query: RouteQuery, accepts: (value: T) => boolean): Found<T> | undefined
}

interface Row<T> {
  /** Place in the order of writing. */
  readonly order: number
  readonly pattern: RegExp
  /** Number of the group that holds what `*` took; 0 when there is none. */
  readonly wildcard: number
  readonly value: T
}

/** Rows in the order of writing: those under a first segment, and those whose first segment can be anything. */
interface Bucket<T> {
  readonly bySegment: Map<string, Row<T>[]>
  readonly open: Row<T>[]
}

const EVERY_HOST = '*'
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

/**
 * Builds the table. itty-router compiles each pattern; its own `fetch` is not used, because it parses the request's URL
 * again, which would give routing a second view of the path, and because it tries every route of a table in turn. Here
 * a request meets only the rows of its host and first segment.
 */
export function createTable<T>(routes: readonly RouteMatch<T>[]): Table<T> {
  const buckets = new Map<string, Bucket<T>>()
  for (const [order, route] of routes.entries()) {
    const row = { order, pattern: compilePattern(route.path), wildcard: wildcardGroup(route.path), value: route.value }
    const segment = firstLiteralSegment(route.path)
    for (const host of route.hosts.length === 0 ? [EVERY_HOST] : route.hosts) {
      const bucket = bucketFor(buckets, host.toLowerCase())
      if (segment === undefined) bucket.open.push(row)
      else listFor(bucket.bySegment, segment).push(row)
    }
  }
  return { find: (query, accepts) => firstMatch(candidateLists(buckets, query), query.path, accepts) }
}

function compilePattern(path: string): RegExp {
  const router = IttyRouter()
  router.all(path, () => undefined)
  return router.routes[0]![1]
}

/** itty-router gives `*` one group of its own, and a parameter two: one unnamed around a named one. */
function wildcardGroup(path: string): number {
  const star = path.indexOf('*')
  return star < 0 ? 0 : 1 + 2 * (path.slice(0, star).match(/:\w/g)?.length ?? 0)
}

function paramsOf(match: RegExpExecArray, wildcard: number): Readonly<Record<string, string>> {
  const taken = wildcard === 0 ? undefined : match[wildcard]
  if (taken === undefined) return match.groups ?? NO_PARAMS
  return { ...match.groups, '*': taken }
}

function bucketFor<T>(buckets: Map<string, Bucket<T>>, host: string): Bucket<T> {
  let bucket = buckets.get(host)
  if (!bucket) buckets.set(host, (bucket = { bySegment: new Map(), open: [] }))
  return bucket
}

function listFor<T>(lists: Map<string, Row<T>[]>, key: string): Row<T>[] {
  let list = lists.get(key)
  if (!list) lists.set(key, (list = []))
  return list
}

/** The row lists a request can match: those of its exact host, of each wildcard above it, and of every host. */
function candidateLists<T>(buckets: Map<string, Bucket<T>>, { host, path }: RouteQuery): Row<T>[][] {
  const slash = path.indexOf('/', 1)
  const segment = slash < 0 ? path.slice(1) : path.slice(1, slash)
  const lists: Row<T>[][] = []
  const add = (key: string): void => {
    const bucket = buckets.get(key)
    if (!bucket) return
    const literal = bucket.bySegment.get(segment)
    if (literal) lists.push(literal)
    if (bucket.open.length > 0) lists.push(bucket.open)
  }
  add(EVERY_HOST)
  if (buckets.size > 1 || lists.length === 0) {
    add(host)
    for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) add(`*${host.slice(dot)}`)
  }
  return lists
}

/** Walks several ordered lists as one. */
function firstMatch<T>(lists: Row<T>[][], path: string, accepts: (value: T) => boolean): Found<T> | undefined {
  const positions = lists.map(() => 0)
  for (;;) {
    let nearest = -1
    let row: Row<T> | undefined
    for (let i = 0; i < lists.length; i++) {
      const candidate = lists[i]![positions[i]!]
      if (candidate && (!row || candidate.order < row.order)) [nearest, row] = [i, candidate]
    }
    if (!row) return undefined
    positions[nearest]!++
    const match = row.pattern.exec(path)
    if (match && accepts(row.value)) return { value: row.value, params: paramsOf(match, row.wildcard) }
  }
}
