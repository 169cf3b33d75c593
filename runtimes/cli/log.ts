// Tells on stderr what went wrong and what has changed; requests that went well are not told.
import type { CertificateEvent, GatewayEvent } from '../../src/index.js'

/** An observer that writes one line for each failure and each change of a pool. */
export function logEvents(to: { write(text: string): unknown }): (event: GatewayEvent) => void {
  return (event) => {
    const line = lineOf(event)
    if (line !== undefined) to.write(`${line}\n`)
  }
}

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
