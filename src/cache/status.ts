// What Cache-Status says of a request (RFC 9211 §2).
import { quoted } from '../http/tokens.js'

const NAME = 'fetchgate'

/** Answered from what is stored; a `ttl` below 0 tells that it was stale. */
export function hitStatus(ttlSeconds: number): string {
  return `${NAME}; hit; ttl=${Math.ceil(ttlSeconds)}`
}

/** Sent to the origin: why, what came back, and what was made of it. */
export interface Forwarded {
  readonly reason: string
  readonly status?: number | undefined
  readonly stored?: boolean
  readonly collapsed?: boolean
  readonly detail?: string | undefined
}

export function forwardStatus({ reason, status, stored, collapsed, detail }: Forwarded): string {
  return `${NAME}; fwd=${reason}${status === undefined ? '' : `; fwd-status=${status}`}${stored ? '; stored' : ''}${collapsed ? '; collapsed' : ''}${detail === undefined ? '' : `; detail=${quoted(detail)}`}`
}
