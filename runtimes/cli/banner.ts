// What a person sees when a gateway has started.
import type { Config } from '../../src/index.js'
import type { Running } from '../shared/adapter.js'

/** Where it listens and what it routes, in the order of matching. */
export function banner(config: Config, { listeners, admin }: Pick<Running, 'listeners' | 'admin'>, runtime: string, workers?: number): string {
  const rows = config.routes.map((route) => [routeSource(route), '→', routeTarget(route, config)])
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => `    ${row[0]!.padEnd(widths[0]!)}  ${row[1]}  ${row[2]}`)
  const where = listeners.map(({ url, adapter }) => `  ${url}${runtime === 'Node' ? '' : ` (${adapter})`}`)
  const by = workers === undefined ? '' : workers === 1 ? ', 1 worker' : `, ${workers} workers`
  const operators = admin ? ['', `  admin on ${admin.url}`] : []
  return [`fetchgate on ${runtime}${by}, listening on`, ...where, ...operators, '', `  ${rows.length === 1 ? '1 route' : `${rows.length} routes`}`, ...lines, ''].join('\n')
}

type Route = Config['routes'][number]

function routeSource({ host, path = '/*', methods }: Route): string {
  const hosts = host === undefined ? '' : typeof host === 'string' ? host : host.join(',')
  return `${methods ? `${methods.join(',')} ` : ''}${hosts}${path}`
}

function routeTarget({ files, ...route }: Route, config: Config): string {
  const served = files === undefined ? [] : [`files of ${typeof files === 'string' ? files : files.root}`]
  const other = route.upstream ?? route.redirect ?? route.respond
  return [...served, ...(other || !files ? [otherTarget(route, config)] : [])].join(', else ')
}

function otherTarget({ upstream, redirect, respond, cache, filters }: Route, { upstreams }: Config): string {
  if (redirect) return `${redirect.status ?? 308} ${redirect.to}`
  if (respond) return `answers ${respond.status ?? 200}`
  const extras = [cache ? 'cached' : '', filters?.length ? `${filters.length === 1 ? '1 filter' : `${filters.length} filters`}` : ''].filter(Boolean)
  return `${upstreamText(upstream!, upstreams)}${extras.length > 0 ? `  [${extras.join(', ')}]` : ''}`
}

function upstreamText(upstream: NonNullable<Route['upstream']>, upstreams: Config['upstreams']): string {
  if (typeof upstream !== 'string') return upstream.map(({ name, weight }) => `${name} ×${weight}`).join(', ')
  const { targets: written = [], discover } = upstreams?.[upstream] ?? {}
  const targets = written.map((target) => (typeof target === 'string' ? target : `${target.url}${target.weight === undefined ? '' : ` ×${target.weight}`}`))
  if (discover) targets.push('dns' in discover ? `what ${discover.dns} leads to` : 'url' in discover ? `those listed at ${discover.url}` : 'those of its source')
  const shown = targets.length > 3 ? [...targets.slice(0, 3), `and ${targets.length - 3} more`] : targets
  return `${upstream}: ${shown.join(', ')}`
}
