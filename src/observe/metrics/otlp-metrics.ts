// Families as a request of OTLP over HTTP, in JSON (OpenTelemetry protocol 1.x, ExportMetricsServiceRequest).
import { type OtlpResource, otlpAttributes, resourceOf, SCOPE } from '../otlp.js'
import type { Family, Point } from './family.js'

const CUMULATIVE = 2
const UCUM: Readonly<Record<Family['unit'], string>> = { s: 's', By: 'By', '': '1' }

/** Times are in milliseconds since 1970; `startedMs` is when counting began. */
export function otlpMetrics(families: readonly Family[], resource: OtlpResource, { startedMs, nowMs }: { readonly startedMs: number; readonly nowMs: number }): unknown {
  const span = { startTimeUnixNano: nanoseconds(startedMs), timeUnixNano: nanoseconds(nowMs) }
  const metrics = families.filter(({ points }) => points.length > 0).map((family) => ({ name: family.name, description: family.help, unit: UCUM[family.unit], ...dataOf(family, span) }))
  return { resourceMetrics: [{ resource: resourceOf(resource), scopeMetrics: [{ scope: SCOPE, metrics }] }] }
}

function dataOf({ kind, points, bounds }: Family, span: object): object {
  const plain = (point: Point): object => ({ attributes: otlpAttributes(point.attributes), ...span, asDouble: point.value })
  switch (kind) {
    case 'counter':
      return { sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints: points.map(plain) } }
    case 'gauge':
      return { gauge: { dataPoints: points.map(plain) } }
    case 'histogram':
      return { histogram: { aggregationTemporality: CUMULATIVE, dataPoints: points.map(({ attributes, value, counts = [] }) => ({
        attributes: otlpAttributes(attributes), ...span, sum: value, count: String(counts.reduce((sum, count) => sum + count, 0)), bucketCounts: counts.map(String), explicitBounds: bounds,
      })) } }
  }
}

/** 64 bits go as text in the JSON of protocol buffers. */
function nanoseconds(ms: number): string {
  return `${Math.trunc(ms)}000000`
}
