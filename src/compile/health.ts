// From what is written of health to the settings of checks.
import type { Probe } from '../balance/health/probe/stage.js'
import { DEFAULT_PASSIVE, type PassiveSettings } from '../balance/health/settings.js'
import type { UpstreamConfig } from '../config/schema.js'

const DEFAULT_INTERVAL_MS = 10_000
const DEFAULT_FAST_INTERVAL_MS = 1000
const DEFAULT_TIMEOUT_MS = 2000
const JITTER_PERCENT = 10
const MIN_RATIO_SAMPLES = 20

/** What is learnt from the traffic. */
export function compilePassive({ consecutiveFailures, failurePercent, deviation, ejectFor, maxEjectedPercent }: NonNullable<UpstreamConfig['outlier']> = {}): PassiveSettings {
  return {
    ...DEFAULT_PASSIVE,
    consecutiveFailures: consecutiveFailures ?? DEFAULT_PASSIVE.consecutiveFailures,
    failureRatio: failurePercent === undefined ? undefined : { minSamples: MIN_RATIO_SAMPLES, percent: failurePercent },
    deviation: deviation === undefined ? undefined : { ...DEFAULT_PASSIVE.deviation!, factor: deviation },
    ejectForMs: ejectFor ?? DEFAULT_PASSIVE.ejectForMs,
    maxEjectedPercent: maxEjectedPercent ?? DEFAULT_PASSIVE.maxEjectedPercent,
  }
}

/** What is asked of the targets in the background. */
export function compileProbe({ kind = 'http', method = 'GET', path = '/', host, port, status = '200-399', headers = {}, body, service = '', ...settings }: NonNullable<UpstreamConfig['health']>): Probe {
  const { interval = DEFAULT_INTERVAL_MS, fastInterval = DEFAULT_FAST_INTERVAL_MS, timeout = DEFAULT_TIMEOUT_MS, healthyAfter = 2, unhealthyAfter = 3 } = settings
  return {
    kind,
    method,
    path,
    host,
    port,
    service,
    expected: { statuses: statusRanges(status), fields: Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const), bodyText: body },
    timeoutMs: timeout,
    intervalMs: interval,
    fastIntervalMs: Math.min(fastInterval, interval),
    jitterPercent: JITTER_PERCENT,
    rise: healthyAfter,
    fall: unhealthyAfter,
  }
}

function statusRanges(text: string): (readonly [number, number])[] {
  return text.split(',').map((range) => {
    const [from, to = from] = range.split('-')
    return [Number(from), Number(to)] as const
  })
}
