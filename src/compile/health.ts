// From what is written of health to the settings of checks.
import { DEFAULT_ACTIVE } from '../balance/health/active.js'
import type { Probe } from '../balance/health/probe/stage.js'
import { DEFAULT_EXPECTED } from '../balance/health/probe-verdict.js'
import { DEFAULT_PASSIVE, type PassiveSettings } from '../balance/health/settings.js'
import type { UpstreamConfig } from '../config/schema.js'

const DEFAULT_TIMEOUT_MS = 2000

/** What is learnt from the traffic. */
export function compilePassive({ consecutiveFailures, failurePercent, deviation, ejectFor, maxEjectedPercent }: NonNullable<UpstreamConfig['outlier']> = {}): PassiveSettings {
  return {
    ...DEFAULT_PASSIVE,
    consecutiveFailures: consecutiveFailures ?? DEFAULT_PASSIVE.consecutiveFailures,
    failureRatio: failurePercent === undefined ? undefined : { ...DEFAULT_PASSIVE.failureRatio!, percent: failurePercent },
    deviation: deviation === undefined ? undefined : { ...DEFAULT_PASSIVE.deviation!, factor: deviation },
    ejectForMs: ejectFor ?? DEFAULT_PASSIVE.ejectForMs,
    maxEjectedPercent: maxEjectedPercent ?? DEFAULT_PASSIVE.maxEjectedPercent,
  }
}

/** What is asked of the targets in the background. */
export function compileProbe({ kind = 'http', method = 'GET', path = '/', host, port, status, headers = {}, body, service = '', ...settings }: NonNullable<UpstreamConfig['health']>): Probe {
  const { interval = DEFAULT_ACTIVE.intervalMs, fastInterval = DEFAULT_ACTIVE.fastIntervalMs, timeout = DEFAULT_TIMEOUT_MS, healthyAfter = DEFAULT_ACTIVE.rise, unhealthyAfter = DEFAULT_ACTIVE.fall } = settings
  return {
    kind,
    method,
    path,
    host,
    port,
    service,
    expected: {
      statuses: status === undefined ? DEFAULT_EXPECTED.statuses : statusRanges(status),
      fields: Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
      bodyText: body,
    },
    timeoutMs: timeout,
    intervalMs: interval,
    fastIntervalMs: Math.min(fastInterval, interval),
    jitterPercent: DEFAULT_ACTIVE.jitterPercent,
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
