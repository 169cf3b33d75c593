// Tells on stderr what went wrong and what has changed; requests that went well are not told.
import type { CertificateEvent, GatewayEvent } from '../../src/index.js'
import { type LogLevel, redactQuery, SECRET_PARAMETERS } from '../../src/observe/index.js'

/** What is told, which operators may change. */
export interface EventLog {
  level: LogLevel
  readonly observe: (event: GatewayEvent) => void
}

/** Writes one line for each failure and each change of a pool, more or less by the level. */
export function logEvents(to: { write(text: string): unknown }): EventLog {
  const log: EventLog = {
    level: 'info',
    observe: (event) => {
      if (!isTold(event, log.level)) return
      const line = lineOf(event) ?? (log.level === 'debug' ? debugLine(event) : undefined)
      if (line !== undefined) to.write(`${line}\n`)
    },
  }
  return log
}

/** What changes without anything having failed is no error. */
function isTold(event: GatewayEvent, level: LogLevel): boolean {
  if (level === 'error') return event.kind !== 'targets' && !(event.kind === 'target-health' && event.well) && !(event.kind === 'circuit' && event.state !== 'open')
  return level !== 'silent'
}

/** What is told when everything is. */
function debugLine(event: GatewayEvent): string | undefined {
  if (event.kind === 'request') return `${event.status} ${event.method} ${event.host}${redactQuery(event.target, SECRETS)} ${event.durationMs} ms${event.server === undefined ? '' : ` by ${event.server}`} [${event.id}]`
  return event.kind === 'hedged' ? `${event.server} was asked beside a slow one${event.won ? ', and its answer taken' : ''} [${event.id}]` : undefined
}

const SECRETS = new Set(SECRET_PARAMETERS)

/** The line for an event, or undefined for a request that is no failure of ours or an origin's. */
function lineOf(event: GatewayEvent): string | undefined {
  switch (event.kind) {
    case 'attempt-failed':
      return `${event.server} failed: ${event.error} (${event.detail})${event.retried ? ', trying another' : `, not repeated: ${event.why}`} [${event.id}]`
    case 'background-failed':
      return `${event.what} failed: ${event.detail} [${event.id}]`
    case 'service-failed':
      return `${event.filter}: ${event.service} failed: ${event.error} (${event.detail}) [${event.id}]`
    case 'hedged':
      return undefined
    case 'target-health':
      return `${event.upstream}: ${event.target} ${event.well ? 'takes part again' : 'is left out'}: ${event.reason}`
    case 'targets':
      return `${event.upstream}: ${[...event.joined.map((target) => `${target} joined`), ...event.left.map((target) => `${target} left`)].join(', ')}`
    case 'discovery-failed':
      return `${event.upstream}: its list of targets could not be had, the last one stays: ${event.detail}`
    case 'list-failed':
      return `the list ${event.url} could not be had, the last one stays: ${event.detail}`
    case 'unwatched':
      return `${event.upstream}: ${event.settings.join(', ')} without effect: nobody has called gateway.watch`
    case 'circuit':
      return `${event.upstream}: the circuit is ${CIRCUIT[event.state]}${event.reason === '' ? '' : `: ${event.reason}`}`
    case 'certificate':
      return certificateLine(event)
    case 'request':
      return event.status >= 500 && event.error !== undefined ? `${event.status} ${event.method} ${event.host}${event.target}: ${event.error} (${event.detail}) [${event.id}]` : undefined
  }
}

const CIRCUIT = { open: 'open', 'half-open': 'tried', ramp: 'closing little by little', closed: 'closed' } as const

function certificateLine({ change, hosts, notAfterMs, detail }: CertificateEvent): string {
  const end = notAfterMs === undefined ? '' : new Date(notAfterMs).toISOString()
  if (change === 'failed') return `${hosts.join(', ')}: no certificate could be got: ${detail}${end === '' ? '' : `; the one in force ends ${end}`}`
  return `${hosts.join(', ')}: ${change === 'obtained' ? `a certificate was got, good until ${end}` : change === 'expired' ? `the certificate has ended ${end}, clients refuse it` : `the certificate ends ${end}`}`
}
