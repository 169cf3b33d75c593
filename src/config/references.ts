// What settings say of one another: names that must exist elsewhere, and settings that exclude each other.
import { formatPath, type Issue } from './issue.js'
import { nearest } from './suggest.js'

/** Names that must exist elsewhere. Reads the raw input, so that it speaks even when the shape is wrong somewhere. */
export function referenceIssues(input: unknown): Issue[] {
  const root = record(input)
  const upstreams = Object.keys(record(root['upstreams']))
  const caches = ['default', ...Object.keys(record(root['caches']))]
  const counters = ['memory', ...Object.keys(record(root['counters']))]
  const routes = Array.isArray(root['routes']) ? (root['routes'] as unknown[]) : []
  return [...saidTwice(root, '', 'oddHeaders', ['oddHeaders']), ...targetless(record(root['upstreams'])), ...repeatedTargets(record(root['upstreams'])), ...counterNames(root['filters'], 'filters', counters), ...trustOfNobody(root, root['filters'], 'filters'), ...routes.flatMap((entry, i) => {
    const route = record(entry)
    const issues: Issue[] = []
    const targets = ['upstream', 'redirect', 'respond'].filter((name) => route[name] !== undefined)
    if (targets.length > 1 || (targets.length === 0 && route['files'] === undefined)) {
      const found = targets.length === 0 ? 'has no target' : `has the targets ${targets.join(' and ')}`
      issues.push({ path: `routes[${i}]`, value: entry, message: `${found}; write one of "upstream", "redirect", "respond" or "files"` })
    }
    issues.push(...fileIssues(route, i, targets[0]))
    issues.push(...saidTwice(route, `routes[${i}].`, 'encodedSlashes', ['encodedSlashes', 'encodedBackslashes']))
    issues.push(...rewriteIssues(route, i), ...parameterIssues(route, i))
    for (const [path, name] of upstreamNames(route, i)) issues.push(...missingName(path, name, upstreams, 'upstream'))
    issues.push(...missingName(`routes[${i}].cache.store`, record(route['cache'])['store'], caches, 'cache'))
    issues.push(...counterNames(route['filters'], `routes[${i}].filters`, counters), ...trustOfNobody(root, route['filters'], `routes[${i}].filters`))
    return issues
  })]
}

/** Where the filters of a list count. */
function counterNames(filters: unknown, place: string, known: readonly string[]): Issue[] {
  return (Array.isArray(filters) ? (filters as unknown[]) : []).flatMap((entry, i) => missingName(`${place}[${i}].rateLimit.store`, record(record(entry)['rateLimit'])['store'], known, 'store of counters', 'counters'))
}

/** Filters that take certificates from proxies, of which there are none. */
function trustOfNobody(root: Record<string, unknown>, filters: unknown, place: string): Issue[] {
  if (root['trustedProxies'] !== undefined || !Array.isArray(filters)) return []
  return (filters as unknown[]).flatMap((entry, i) => (record(record(entry)['clientCertificate'])['trustForwarded'] === true ? [{ path: `${place}[${i}].clientCertificate.trustForwarded`, value: true, message: 'needs "trustedProxies": whose "Client-Cert" is to be believed' }] : []))
}

/** An upstream has its targets written down, or found; a list that is written down and empty serves nobody. */
function targetless(upstreams: Record<string, unknown>): Issue[] {
  return Object.entries(upstreams).flatMap(([name, entry]) => {
    const { targets, discover } = record(entry)
    if (discover !== undefined || (Array.isArray(targets) ? targets.length > 0 : targets !== undefined)) return []
    return [{ path: formatPath(['upstreams', name, 'targets']), value: targets, message: 'needs at least one target, or "discover"' }]
  })
}

/** A target that is there twice would be one in the eyes of health and balancing, and get twice the share by accident. */
function repeatedTargets(upstreams: Record<string, unknown>): Issue[] {
  return Object.entries(upstreams).flatMap(([name, entry]) => {
    const { targets } = record(entry)
    const origins = (Array.isArray(targets) ? (targets as unknown[]) : []).map((target) => originOf(typeof target === 'string' ? target : record(target)['url']))
    const places = new Map<string, number>()
    return origins.flatMap((origin, i) => {
      const first = origin === undefined ? i : (places.get(origin) ?? i)
      if (origin !== undefined && first === i) places.set(origin, i)
      if (first === i) return []
      return [{ path: formatPath(['upstreams', name, 'targets', i]), value: (targets as unknown[])[i], message: `is the server of targets[${first}] again; write it once, with a "weight" if it is to get more` }]
    })
  })
}

/** What tells a server from others: scheme, host and port, or the path of its socket. */
function originOf(url: unknown): string | undefined {
  if (typeof url !== 'string') return undefined
  if (url.startsWith('unix:')) return url
  return URL.canParse(url) ? new URL(url).origin : undefined
}

/** A short form beside what it is short for. */
function saidTwice(holder: Record<string, unknown>, place: string, short: string, long: readonly string[]): Issue[] {
  const said = long.find((name) => record(holder['normalization'])[name] !== undefined)
  if (holder[short] === undefined || said === undefined) return []
  return [{ path: `${place}${short}`, value: holder[short], message: `is said in "normalization.${said}" too; write one or the other` }]
}

/** Every place in a route that names an upstream. */
function upstreamNames({ upstream, mirror, fallback }: Record<string, unknown>, i: number): [string, unknown][] {
  const split = Array.isArray(upstream) ? (upstream as unknown[]).map((share, k): [string, unknown] => [`routes[${i}].upstream[${k}].name`, record(share)['name']]) : []
  const { upstream: instead } = record(fallback)
  const inTurn = Array.isArray(instead) ? (instead as unknown[]).map((name, k): [string, unknown] => [`routes[${i}].fallback.upstream[${k}]`, name]) : [[`routes[${i}].fallback.upstream`, instead] as [string, unknown]]
  return [[`routes[${i}].upstream`, upstream], ...split, [`routes[${i}].mirror.upstream`, record(mirror)['upstream']], ...inTurn]
}

/** Settings that would have no effect beside files. */
function fileIssues({ files, cache }: Record<string, unknown>, i: number, target: string | undefined): Issue[] {
  if (files === undefined) return []
  const { notFound } = record(files)
  return [
    ...(cache === undefined || cache === false || target === 'upstream' ? [] : [{ path: `routes[${i}].cache`, value: cache, message: 'files are not cached: small ones stay in memory by themselves, and are looked at for each request; leave it out' }]),
    ...(notFound === undefined || target === undefined ? [] : [{ path: `routes[${i}].files.notFound`, value: notFound, message: `is never served, since "${target}" answers what is not there; write one or the other` }]),
  ]
}

/** A rewrite stands alone, and can only use what the path has. */
function rewriteIssues(route: Record<string, unknown>, i: number): Issue[] {
  const { rewrite, path = '/*' } = route
  if (typeof rewrite !== 'string' || typeof path !== 'string') return []
  const issues = ['stripPrefix', 'addPrefix'].filter((name) => route[name] !== undefined).map((name) => ({ path: `routes[${i}].${name}`, value: route[name], message: '"rewrite" replaces the whole path; write one or the other' }))
  const names = (pattern: string): string[] => pattern.match(/:\w+|\*/g) ?? []
  const unknown = names(rewrite).find((name) => !names(path).includes(name))
  if (unknown !== undefined) issues.push({ path: `routes[${i}].rewrite`, value: rewrite, message: `uses "${unknown}", which the path "${path}" has not` })
  return issues
}

function missingName(path: string, name: unknown, known: readonly string[], kind: string, setting = `${kind}s`): Issue[] {
  if (typeof name !== 'string' || known.includes(name)) return []
  const near = nearest(name, known)
  const hint = near !== undefined ? `did you mean "${near}"?` : known.length > 0 ? `there are: ${known.join(', ')}` : `"${setting}" is empty`
  return [{ path, value: name, message: `there is no ${kind} "${name}"; ${hint}` }]
}

/** `{path.name}` in a text of the route can only name what its path has. */
function parameterIssues(route: Record<string, unknown>, i: number): Issue[] {
  const path = typeof route['path'] === 'string' ? route['path'] : '/*'
  const known: string[] = (path.match(/:\w+/g) ?? []).map((name) => name.slice(1))
  const texts = [route['headers'], route['redirect'], route['respond'], record(route['cache'])['tags']].flatMap((setting) => textsIn(setting, DEEPEST_TEXT))
  const named = texts.flatMap((text) => [...text.matchAll(/\{path\.(\w+)\}/g)].map(([, name]) => name!))
  const unknown = named.find((name) => !known.includes(name))
  return unknown === undefined ? [] : [{ path: `routes[${i}]`, value: path, message: `uses {path.${unknown}}, but its path "${path}" has no ":${unknown}"` }]
}

/** `headers.request.set.NAME` is the deepest place of a text. */
const DEEPEST_TEXT = 3

function textsIn(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return [value]
  return depth === 0 ? [] : (Array.isArray(value) ? value : Object.values(record(value))).flatMap((inner) => textsIn(inner, depth - 1))
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
