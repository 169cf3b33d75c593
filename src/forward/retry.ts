// Whether a failed attempt is repeated (RFC 9110 §9.2.2).
import type { GatewayError } from '../errors.js'

/** When and how often. */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly attempts: number
  readonly onConnectFailure: boolean
  readonly onReset: boolean
}

/** What is known when an attempt has failed. */
export interface FailedAttempt {
  readonly error: GatewayError
  /** Attempts made so far, this one included. */
  readonly made: number
  readonly method: string
  /** Whether there is a body, and whether reading it has begun. */
  readonly body: 'none' | 'unread' | 'read'
}

export type RetryDecision = { readonly kind: 'again' } | { readonly kind: 'stop'; readonly reason: string }

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

/** Repeats what nobody received, and what an idempotent method may repeat; never a body that was begun. */
export function decideRetry({ error, made, method, body }: FailedAttempt, policy: RetryPolicy): RetryDecision {
  if (made > policy.attempts) return stop('no attempts left')
  if (body === 'read') return stop('the body has been read')
  if (error.retry === 'unsent') return policy.onConnectFailure ? { kind: 'again' } : stop('connect-failure is not retried')
  if (error.retry !== 'reset') return stop(`${error.code} is not retried`)
  if (!policy.onReset) return stop('reset-before-response is not retried')
  return IDEMPOTENT.has(method) ? { kind: 'again' } : stop(`${method} may have taken effect`)
}

function stop(reason: string): RetryDecision {
  return { kind: 'stop', reason }
}
