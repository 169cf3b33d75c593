// Whether a failed attempt is repeated, and after how long (RFC 9110 §9.2.2).
import { GatewayError } from '../errors.js'

/** Why an attempt may be repeated, by the names of the configuration. */
export type RetryReason = 'connect-failure' | 'reset-before-response' | 'timeout' | '500' | '502' | '503' | '504'

/** When and how often. */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly attempts: number
  readonly on: ReadonlySet<RetryReason>
  /** Largest body that is kept while it is sent, so that it can be sent again; 0 keeps none. */
  readonly maxReplayBytes: number
}

/** What is known when an attempt has failed. */
export interface FailedAttempt {
  /** The error, or the status of an answer. */
  readonly failure: GatewayError | number
  /** Attempts made so far, this one included. */
  readonly made: number
  readonly method: string
  /** Whether there is a body, and whether it is too late to send it from its first byte. */
  readonly body: 'none' | 'unread' | 'read'
}

export type RetryDecision = { readonly kind: 'again'; readonly reason: RetryReason } | { readonly kind: 'stop'; readonly reason: string }

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

/** Whether a body of this length, if it is known, is kept while it is sent. */
export function keepsBody(length: number | undefined, { attempts, maxReplayBytes }: RetryPolicy): boolean {
  return attempts > 0 && maxReplayBytes > 0 && (length ?? 0) <= maxReplayBytes
}

/** Whether sending a request twice comes to the same as sending it once (RFC 9110 §9.2.2). */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method)
}

/** The decision on nearly every answer, made once. */
const RELAYED = stop('the status is never retried')

/** Repeats what nobody received, and what an idempotent method may repeat; never a body that was begun and not kept. */
export function decideRetry({ failure, made, method, body }: FailedAttempt, policy: RetryPolicy): RetryDecision {
  const reason = retryReason(failure)
  if (reason === undefined) return typeof failure === 'number' ? RELAYED : stop(`${failure.code} is never retried`)
  if (!policy.on.has(reason)) return stop(`${reason} is not retried`)
  if (made > policy.attempts) return stop('no attempts left')
  if (body === 'read') return stop('the body has been read from and was not kept')
  if (reason !== 'connect-failure' && !isIdempotent(method)) return stop(`${method} may have taken effect`)
  return { kind: 'again', reason }
}

/** Whether an attempt failed, as far as the policy goes: an error, or an answer that it would repeat. */
export function failsAttempt(outcome: GatewayError | { readonly status: number }, { on }: RetryPolicy): boolean {
  return outcome instanceof GatewayError || on.has(`${outcome.status}` as RetryReason)
}

/** The name of a failure, or undefined for one that no setting repeats. */
function retryReason(failure: GatewayError | number): RetryReason | undefined {
  if (typeof failure === 'number') return failure === 500 || failure === 502 || failure === 503 || failure === 504 ? `${failure}` : undefined
  if (failure.retry === 'unsent') return 'connect-failure'
  if (failure.retry === 'reset') return 'reset-before-response'
  return failure.code === 'http_response_timeout' ? 'timeout' : undefined
}

const BASE_DELAY_MS = 25
const MAX_DELAY_MS = 250
/** A server that wants to be left alone for longer than this is not waited for. */
const MAX_RETRY_AFTER_MS = 1000

/**
 * How long to wait before the next attempt; undefined when it would be too long. Another server is asked at once. The
 * same one is given time: `Retry-After` when it named one (RFC 9110 §10.2.3), else a random part of a span that
 * doubles, so that clients that failed together do not come back together. `roll` is in [0, 1).
 */
export function retryDelayMs(made: number, sameServer: boolean, retryAfter: string | undefined, nowMs: number, roll: number): number | undefined {
  if (!sameServer) return 0
  const askedMs = retryAfter === undefined ? undefined : askedDelayMs(retryAfter, nowMs)
  if (askedMs !== undefined) return askedMs <= MAX_RETRY_AFTER_MS ? askedMs : undefined
  return roll * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (made - 1))
}

/** `Retry-After` is a number of seconds or a date; undefined when it is neither. */
function askedDelayMs(retryAfter: string, nowMs: number): number | undefined {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000
  const atMs = / GMT$/.test(retryAfter) ? Date.parse(retryAfter) : NaN
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}

function stop(reason: string): RetryDecision {
  return { kind: 'stop', reason }
}
