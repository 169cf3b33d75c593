// What is counted of a gateway, as readers of each format get it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countedFamilies, createMetrics, exposition, expositionFor, type Family, mergeFamilies, otlpMetrics } from '../../../../src/observe/index.js'
import { cacheResult } from '../../../../src/observe/metrics/cache-result.js'
import { BOUNDS_SECONDS, Histogram, quantile } from '../../../../src/observe/metrics/histogram.js'
import { type Config, createGateway, type Ports } from '../../../../src/index.js'
import { readExposition, type Sample, valueOf } from '../../../support/exposition.js'
import { fails, text } from '../../../support/gateway.js'

const CONFIG: Config = {
  upstreams: { app: { targets: ['http://a.test:1', 'http://b.test:2'], breaker: { failurePercent: 50 } } },
  filters: [{ deny: { path: ['/private'] } }],
  routes: [{ host: 'shop.test', path: '/cached/*', upstream: 'app', cache: true }, { path: '/api/*', upstream: 'app' }],
}

function observed(send: Ports['transport']['send'] = (request) => (request.lease?.ended(), Promise.resolve(text('ok', ['Cache-Control', 'max-age=60'])))) {
  const metrics = createMetrics()
  const gateway = metrics.around(createGateway(CONFIG, { transport: { lacks: new Set(), send }, observe: metrics.observe, meter: metrics.meter }))
  const ask = async (target: string, method = 'GET', upgrade?: 'websocket'): Promise<void> => {
    const answer = await gateway.handle({ method, target, fields: ['Host', 'shop.test'], body: undefined, signal: undefined, upgrade }, {})
    await answer.body?.stream().pipeTo(new WritableStream())
  }
  const page = (form: 'prometheus' | 'openmetrics' = 'prometheus'): Sample[] => readExposition(exposition(metrics.collect(gateway.inspect()), form), form)
  return { metrics, gateway, ask, page }
}

describe('a gateway that is counted', () => {
  test('tells requests by route, method and status, filters, errors and what the cache said, in both formats', async () => {
    const { ask, page } = observed()
    for (const target of ['/cached/a', '/cached/a', '/api/x', '/private', '/nowhere']) await ask(target)
    await ask('/api/x', 'BREW')
    await ask('no target')
    for (const samples of [page('prometheus'), page('openmetrics')]) {
      const count = (labels: Record<string, string>): number | undefined => valueOf(samples, 'http_server_request_duration_seconds_count', labels)
      expect(count({ http_route: 'shop.test/cached/*', http_request_method: 'GET', http_response_status_code: '200' })).toBe(2)
      expect(count({ http_route: '/api/*', http_request_method: '_OTHER' })).toBe(1)
      expect(count({ http_response_status_code: '404' })).toBe(1)
      expect(count({ http_response_status_code: '400' })).toBe(1)
      expect(valueOf(samples, 'fetchgate_filter_ends_total', { fetchgate_filter: 'deny', http_response_status_code: '403' })).toBe(1)
      expect(valueOf(samples, 'fetchgate_errors_total', { error_type: 'no_route' })).toBe(1)
      expect(valueOf(samples, 'fetchgate_cache_requests_total', { fetchgate_cache_result: 'hit' })).toBe(1)
      expect(valueOf(samples, 'fetchgate_cache_requests_total', { fetchgate_cache_result: 'uri-miss' })).toBe(1)
      expect(valueOf(samples, 'fetchgate_cache_size_bytes', { fetchgate_cache: 'default' })).toBeGreaterThan(0)
      expect(valueOf(samples, 'http_client_request_duration_seconds_count', { fetchgate_upstream: 'app' })).toBe(3)
      expect(valueOf(samples, 'http_server_active_requests')).toBe(0)
      expect(valueOf(samples, 'fetchgate_upstream_target_up', { server_address: 'a.test:1' })).toBe(1)
      expect(valueOf(samples, 'fetchgate_upstream_circuit', { fetchgate_circuit_state: 'closed' })).toBe(1)
    }
  })

  test('tells what is under way, and WebSockets until they end', async () => {
    let end = (): void => {}
    let answer = (): void => {}
    const { ask, page } = observed((request) => new Promise((resolve) => {
      answer = () => resolve({ status: 101, fields: [], body: undefined, tunnel: { cancel: () => {}, onEnd: () => {} } })
      end = () => request.lease?.ended()
    }))
    const asked = ask('/api/socket', 'GET', 'websocket')
    expect(valueOf(page(), 'http_server_active_requests')).toBe(1)
    answer()
    await asked
    expect(valueOf(page(), 'http_server_active_requests')).toBe(0)
    expect(valueOf(page(), 'fetchgate_websockets')).toBe(1)
    end()
    expect(valueOf(page(), 'fetchgate_websockets')).toBe(0)
  })

  test('tells errors of targets, and retries', async () => {
    const { ask, page } = observed((request) => (request.server.port === 1 ? fails('connection_refused') : (request.lease?.ended(), Promise.resolve(text('ok')))))
    for (let i = 0; i < 4; i++) await ask('/api/x')
    const failed = valueOf(page(), 'fetchgate_upstream_errors_total', { server_address: 'a.test:1', error_type: 'connection_refused' })!
    expect(failed).toBeGreaterThan(0)
    expect(valueOf(page(), 'fetchgate_upstream_retries_total', { fetchgate_upstream: 'app' })).toBe(failed)
  })

  test('has so many series and no more, whatever origins answer', async () => {
    let status = 200
    const { ask, page } = observed((request) => (request.lease?.ended(), Promise.resolve({ status: 200 + (status++ % 400), fields: [], body: undefined })))
    for (let i = 0; i < 2500; i++) await ask('/api/x', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', `X${i}`][i % 7])
    const series = page().filter(({ name }) => name === 'http_server_request_duration_seconds_count')
    expect(series.length).toBeLessThanOrEqual(2001)
    expect(series.reduce((sum, { value }) => sum + value, 0)).toBe(2500)
    expect(valueOf(series, 'http_server_request_duration_seconds_count', { otel_metric_overflow: 'true' })).toBeGreaterThan(0)
  })
})

test('labels and help keep their quotes, backslashes and line ends to themselves', () => {
  const nasty = fc.string({ unit: fc.constantFrom('"', '\\', '\n', '{', '}', ',', '=', 'é', 'x'), maxLength: 12 })
  fc.assert(fc.property(nasty, nasty, (value, help) => {
    const family: Family = { name: 'a.b', kind: 'counter', unit: '', together: 'sum', help: `h${help}`, points: [{ attributes: { 'x.y': value }, value: 1 }] }
    for (const form of ['prometheus', 'openmetrics'] as const) expect(readExposition(exposition([family], form), form)).toEqual([{ name: 'a_b_total', labels: { x_y: value }, value: 1 }])
  }))
})

test('OpenMetrics goes to who asks for it', () => {
  expect(expositionFor('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3')).toBe('openmetrics')
  expect(['text/plain', null].map((accept) => expositionFor(accept))).toEqual(['prometheus', 'prometheus'])
})

describe('several processes as one', () => {
  const family = (together: Family['together'], value: number, kind: Family['kind'] = 'gauge'): Family => ({ name: 'm', kind, unit: '', together, help: 'h', points: [{ attributes: { a: 'x' }, value }] })

  test('add up, or count by the least or the most', () => {
    const of = (together: Family['together']): number => mergeFamilies([[family(together, 3)], [family(together, 5)]])[0]!.points[0]!.value
    expect([of('sum'), of('min'), of('max')]).toEqual([8, 3, 5])
  })

  test('add distributions bucket by bucket', () => {
    const times = (ms: number): Family => {
      const histogram = new Histogram()
      histogram.add(ms)
      return { ...family('sum', 0, 'histogram'), bounds: BOUNDS_SECONDS, points: [{ attributes: {}, ...histogram.told() }] }
    }
    const { value, counts = [] } = mergeFamilies([[times(4)], [times(2000)]])[0]!.points[0]!
    expect([value, counts.reduce((sum, count) => sum + count), counts[2]]).toEqual([2.004, 2, 1])
  })

  test('keep what one counted that has ended, and not what it had under way', () => {
    expect(countedFamilies([family('sum', 1), family('sum', 1, 'counter'), family('max', 1, 'counter')])).toHaveLength(1)
  })
})

test('a quantile lies in the bucket that holds it', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 50 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (times, share) => {
    const histogram = new Histogram()
    for (const ms of times) histogram.add(ms)
    const sorted = [...times].sort((a, b) => a - b)
    const true_ = sorted[Math.max(0, Math.ceil(share * times.length - 1e-9) - 1)]! / 1000
    const found = quantile(histogram.told().counts, share)!
    const above = BOUNDS_SECONDS.find((bound) => true_ <= bound)!
    const below = BOUNDS_SECONDS[BOUNDS_SECONDS.indexOf(above) - 1] ?? 0
    expect(found).toBeGreaterThanOrEqual(below - 1e-9)
    expect(found).toBeLessThanOrEqual(above + 1e-9)
  }))
  expect(quantile([0, 0], 0.5)).toBeUndefined()
})

test.each([['fetchgate; hit; ttl=3', 'hit'], ['fetchgate; fwd=uri-miss; stored', 'uri-miss'], ['fetchgate; fwd=stale; fwd-status=304', 'stale'], ['fetchgate; fwd=bypass', 'bypass'], ['fetchgate', 'other']])('%s is %s', (status, result) => {
  expect(cacheResult(status)).toBe(result)
})

test('OTLP has the same numbers, with names, kinds and times as collectors take them', async () => {
  const { metrics, gateway, ask } = observed()
  await ask('/api/x')
  const told = otlpMetrics(metrics.collect(gateway.inspect()), { service: 's', instance: 'i', version: '1' }, { startedMs: 1000, nowMs: 2000 }) as { resourceMetrics: [{ resource: unknown; scopeMetrics: [{ metrics: { name: string; unit: string; histogram?: unknown; sum?: unknown; gauge?: unknown }[] }] }] }
  const [{ resource, scopeMetrics: [{ metrics: list }] }] = told.resourceMetrics
  expect(resource).toEqual({ attributes: [{ key: 'service.name', value: { stringValue: 's' } }, { key: 'service.instance.id', value: { stringValue: 'i' } }, { key: 'service.version', value: { stringValue: '1' } }] })
  expect(list.find(({ name }) => name === 'http.server.request.duration')).toMatchObject({
    unit: 's', histogram: { aggregationTemporality: 2, dataPoints: [{ startTimeUnixNano: '1000000000', timeUnixNano: '2000000000', count: '1', explicitBounds: BOUNDS_SECONDS, attributes: [{ key: 'http.route', value: { stringValue: '/api/*' } }, { key: 'http.request.method', value: { stringValue: 'GET' } }, { key: 'http.response.status_code', value: { stringValue: '200' } }] }] },
  })
  expect(list.every(({ histogram, sum, gauge }) => [histogram, sum, gauge].filter(Boolean).length === 1)).toBe(true)
})
