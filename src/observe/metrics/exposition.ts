// Families as a page of text: Prometheus' format 0.0.4, or OpenMetrics 1.0.
import type { Family, Point } from './family.js'

export type Exposition = 'prometheus' | 'openmetrics'

export const CONTENT_TYPES: Readonly<Record<Exposition, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** The form that an Accept field asks for. */
export function expositionFor(accept: string | null): Exposition {
  return /\bapplication\/openmetrics-text\b/i.test(accept ?? '') ? 'openmetrics' : 'prometheus'
}

const UNITS: Readonly<Record<Family['unit'], string>> = { s: '_seconds', By: '_bytes', '': '' }

export function exposition(families: readonly Family[], form: Exposition): string {
  const pages = families.filter(({ points }) => points.length > 0).map((family) => pageOf(family, form))
  return `${pages.join('')}${form === 'openmetrics' ? '# EOF\n' : ''}`
}

/** Its name as Prometheus writes it: `http.server.request.duration` in `s` is `http_server_request_duration_seconds`. */
export function plainName({ name, unit }: Pick<Family, 'name' | 'unit'>): string {
  return name.replaceAll('.', '_') + UNITS[unit]
}

function pageOf(family: Family, form: Exposition): string {
  const name = plainName(family)
  const samples = family.kind === 'counter' ? `${name}_total` : name
  const title = form === 'openmetrics' ? name : samples
  const unit = form === 'openmetrics' && family.unit !== '' ? `# UNIT ${title} ${UNITS[family.unit].slice(1)}\n` : ''
  const lines = family.points.map((point) => (family.bounds ? distribution(samples, point, family.bounds) : `${samples}${labels(point.attributes)} ${point.value}\n`))
  return `# HELP ${title} ${escapeHelp(family.help)}\n# TYPE ${title} ${family.kind}\n${unit}${lines.join('')}`
}

/** Each bucket counts those below as well. */
function distribution(name: string, { attributes, value, counts = [] }: Point, bounds: readonly number[]): string {
  let below = 0
  const buckets = counts.map((count, i) => {
    below += count
    return `${name}_bucket${labels({ ...attributes, le: boundText(bounds[i]) })} ${below}\n`
  })
  return `${buckets.join('')}${name}_sum${labels(attributes)} ${value}\n${name}_count${labels(attributes)} ${below}\n`
}

/** OpenMetrics wants bounds written as floats. */
function boundText(bound: number | undefined): string {
  if (bound === undefined) return '+Inf'
  return Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

function labels(attributes: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(attributes).map(([name, value]) => `${name.replaceAll('.', '_')}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
