// The route table: itty-router's compiled patterns, in a tree of path segments for each host.
import { IttyRouter } from 'itty-router'

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

/** Where a number of segments leads. Rows are in the order of writing. */
interface Node<T> {
  /** By the segment that follows, or `ANY`. */
  readonly below: Map<string, Node<T>>
  /** Patterns that end here. */
  readonly ending: Row<T>[]
  /** Patterns that go on with what can be any number of segments. */
  readonly open: Row<T>[]
}

const EVERY_HOST = '*'
/** A segment that can be anything. No segment of a path has a slash. */
const ANY = '/'
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

/**
 * Builds the table. itty-router compiles each pattern; its own `fetch` is not used, because it parses the request's URL
 * again, which would give routing a second view of the path, and because it tries every route of a table in turn. Here
 * a request meets only the rows of its host whose segments fit its own, up to the first that takes several.
 */
export function createTable<T>(routes: readonly RouteMatch<T>[]): Table<T> {
  const trees = new Map<string, Node<T>>()
  for (const [order, route] of routes.entries()) {
    const row = { order, pattern: compilePattern(route.path), wildcard: wildcardGroup(route.path), value: route.value }
    for (const host of route.hosts.length === 0 ? [EVERY_HOST] : route.hosts) rowsFor(nodeFor(trees, host.toLowerCase()), route.path).push(row)
  }
  return { find: (query, accepts) => firstMatch(candidateLists(trees, query), query.path, accepts) }
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

function nodeFor<T>(nodes: Map<string, Node<T>>, key: string): Node<T> {
  let node = nodes.get(key)
  if (!node) nodes.set(key, (node = { below: new Map(), ending: [], open: [] }))
  return node
}

/** The rows of the tree that a pattern is one of. */
function rowsFor<T>(tree: Node<T>, pattern: string): Row<T>[] {
  let node = tree
  for (const segment of pattern.split('/')) {
    if (segment === '') continue
    if (segment === '*' || segment.endsWith('+')) return node.open
    node = nodeFor(node.below, segment.startsWith(':') ? ANY : segment)
  }
  return node.ending
}

/** The row lists a request can match: those of its exact host, of each wildcard above it, and of every host. */
function candidateLists<T>(trees: Map<string, Node<T>>, { host, path }: RouteQuery): Row<T>[][] {
  const lists: Row<T>[][] = []
  // Slashes at the end are of no account.
  let end = path.length
  while (path.charCodeAt(end - 1) === 0x2f) end--
  collect(trees.get(EVERY_HOST), path, 1, end, lists)
  if (trees.size > 1 || lists.length === 0) {
    collect(trees.get(host), path, 1, end, lists)
    for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) collect(trees.get(`*${host.slice(dot)}`), path, 1, end, lists)
  }
  return lists
}

/** Adds the rows that what stands between `start` and `end` of the path can lead to from here. */
function collect<T>(node: Node<T> | undefined, path: string, start: number, end: number, lists: Row<T>[][]): void {
  if (!node) return
  if (node.open.length > 0) lists.push(node.open)
  if (start < end) {
    const slash = path.indexOf('/', start)
    const stop = slash < 0 ? end : slash
    collect(node.below.get(path.slice(start, stop)), path, stop + 1, end, lists)
    collect(node.below.get(ANY), path, stop + 1, end, lists)
  } else lists.push(node.ending)
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
