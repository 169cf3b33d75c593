// Between the Web's Request and Response and the wire form that the stages work on.
import type { Answer } from './ports.js'
import { type Fields, fieldValue, fromHeaders, toHeaders } from './http/fields.js'
import { type Payload, StreamPayload } from './http/payload.js'

/** A request as it stood on the wire. */
export interface WireRequest {
  readonly method: string
  /** Request target as sent: not decoded, dot segments not resolved, absolute form kept. */
  readonly target: string
  readonly fields: Fields
  readonly body: Payload | undefined
  /** The protocol the client asks to change to, where the adapter can carry it (RFC 9110 §7.8). */
  readonly upgrade?: 'websocket' | undefined
  /** Sends an interim answer, 102 or 103, where the adapter can (RFC 9110 §15.2). */
  readonly inform?: ((status: number, fields: Fields) => void) | undefined
  /** Aborted when the client goes away before the answer is complete. */
  readonly signal: AbortSignal | undefined
}

/** The wire form of a plain Request, for platforms that give no other: its target is what the platform's URL parser left. */
export function wireOf(request: Request): WireRequest {
  const scheme = request.url.indexOf('://')
  const slash = request.url.indexOf('/', scheme + 3)
  const fields = fromHeaders(request.headers)
  const length = lengthOf(fields)
  const host = fieldValue(fields, 'host') === undefined ? ['Host', request.url.slice(scheme + 3, slash < 0 ? undefined : slash)] : []
  return {
    method: request.method,
    target: (slash < 0 ? '/' : request.url.slice(slash)).split('#', 1)[0]!,
    fields: [...host, ...fields],
    body: request.body && length !== 0 ? new StreamPayload(request.body, length, request.bodyUsed || request.body.locked) : undefined,
    signal: request.signal,
  }
}

/** The body's length as the message tells it; undefined when it does not. */
export function lengthOf(fields: Fields): number | undefined {
  const value = fieldValue(fields, 'content-length')
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
}

/** Statuses with which a Response must not be given a body, not even an empty one (Fetch §2.2.3). */
const NULL_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304])

/** A real Response, as every fetch platform takes it. */
export function toResponse({ status, reason, fields, body }: Answer): Response {
  const init = { status, headers: toHeaders(fields), ...(reason === undefined ? {} : { statusText: reason }) }
  if (body && NULL_BODY.has(status)) body.cancel()
  return new Response((NULL_BODY.has(status) ? null : (body?.stream() ?? null)) as BodyInit | null, init)
}
