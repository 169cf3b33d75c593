// Tells on stderr what went wrong on the way; requests that went well are not told.
import type { GatewayEvent } from '../../src/index.js'

/** An observer that writes one line for each failure. */
export function logEvents(to: { write(text: string): unknown }): (event: GatewayEvent) => void {
  return (event) => {
    const line = failureLine(event)
    if (line !== undefined) to.write(`${line}\n`)
  }
}

/** The line for an event, or undefined for one that is no failure of ours or an origin's. */
function failureLine(event: GatewayEvent): string | undefined {
  switch (event.kind) {
    case 'attempt-failed':
      return `${event.server} failed: ${event.error} (${event.detail})${event.retried ? ', trying another' : `, not repeated: ${event.why}`} [${event.id}]`
    case 'background-failed':
      return `${event.what} failed: ${event.detail} [${event.id}]`
    case 'hedged':
      return undefined
    case 'request':
      return event.status >= 500 && event.error !== undefined ? `${event.status} ${event.method} ${event.host}${event.target}: ${event.error} (${event.detail}) [${event.id}]` : undefined
  }
}
