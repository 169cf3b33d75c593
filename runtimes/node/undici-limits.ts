// Which limit of an attempt one of undici's own timers has found passed.
import type { AttemptLimits, GatewayError } from '../../src/index.js'
import { limitPassed } from '../shared/limit-passed.js'

/** The error for one of undici's own timers. */
export function limitOf({ code = '' }: Error & { code?: string }, { headersMs, idleMs }: AttemptLimits): GatewayError | undefined {
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
      return limitPassed('http_response_timeout', 'timeout.headers', headersMs)
    case 'UND_ERR_BODY_TIMEOUT':
      return limitPassed('http_response_incomplete', 'timeout.idle', idleMs)
    default:
      return undefined
  }
}
