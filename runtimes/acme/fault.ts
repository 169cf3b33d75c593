// What can go wrong with an authority, and what is to be known of it to try again.
import type { FailureKind } from './renewal.js'

/** An authority that was not there, or refused. */
export class AcmeError extends Error {
  override readonly name = 'AcmeError'
  readonly kind: FailureKind
  /** Type of the problem without `urn:ietf:params:acme:error:` (RFC 8555 §6.7), such as `rateLimited`. */
  readonly type: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(kind: FailureKind, message: string, { type, retryAfterMs, cause }: { readonly type?: string | undefined; readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, { cause })
    this.kind = kind
    this.type = type
    this.retryAfterMs = retryAfterMs
  }
}

/** The value of `Retry-After`: seconds or a date (RFC 9110 §10.2.3). */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const atMs = Date.parse(value)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}

/** What an answer that is no success says of itself. */
export function problemOf(status: number, body: unknown, retryAfter: number | undefined): AcmeError {
  const { type, detail, subproblems } = (typeof body === 'object' && body !== null ? body : {}) as { type?: unknown; detail?: unknown; subproblems?: unknown }
  const name = typeof type === 'string' ? type.replace('urn:ietf:params:acme:error:', '') : undefined
  const parts = Array.isArray(subproblems) ? subproblems.flatMap((each: { detail?: unknown } | null) => (typeof each?.detail === 'string' ? [each.detail] : [])) : []
  const message = [name ?? `status ${status}`, ...(typeof detail === 'string' ? [detail] : []), ...parts].join(': ').slice(0, 500)
  return new AcmeError(status >= 500 ? 'away' : 'refused', message, { type: name, retryAfterMs: retryAfter })
}
