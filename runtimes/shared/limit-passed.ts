// The error for a limit that has passed. It names the setting, so that whoever meets it knows what to change.
import { type ErrorCode, GatewayError } from '../../src/index.js'

/** A setting that limits a wait. */
export type Limit = 'timeout.connect' | 'timeout.headers' | 'timeout.idle'

export function limitPassed(code: ErrorCode, limit: Limit, limitMs: number): GatewayError {
  return new GatewayError(code, { detail: `The limit ${limit}, ${limitMs} ms, has passed.` })
}
