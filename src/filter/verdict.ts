// The filter's answer, and what a rule is.
import type { ErrorCode } from '../errors.js'
import type { After, Exchange, Identity } from '../exchange.js'
import type { Fields } from '../http/fields.js'
import type { Payload } from '../http/payload.js'
import type { Answer } from '../ports.js'

/** Let the request pass, refuse it with an error code, or answer it. */
export type Verdict = Pass | Refusal | Reply

/** The request goes on: as it is, or with what the filter makes of it. What is absent stays as it was. */
export interface Pass {
  readonly kind: 'pass'
  /** The request's field lines from here on. In a filter of all routes, those with odd names are gone with it, also for routes that keep them. */
  readonly fields?: Fields
  /** The request's body from here on. */
  readonly body?: Payload
  /** Who asks, as far as this filter could tell. */
  readonly identity?: Identity
  /** What becomes of the answer, wherever it comes from: another filter's refusal, the cache, a server. */
  readonly after?: After
  /** Why the request would have been refused, were the filter not on trial; told to observers. */
  readonly trial?: string
}

/** The request ends here with a problem document. */
export interface Refusal {
  readonly kind: 'refuse'
  readonly code: ErrorCode
  /** Which filter and why, for the log: `deny: client address in 203.0.113.0/24`. The client learns the code's title, never the reason. */
  readonly reason: string
  /** What the client may know beside the title. */
  readonly detail?: string
  /** Field lines that the answer carries beside its own. */
  readonly fields?: Fields
  /** When the client may try again (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number
}

/** The request ends here with an answer of the filter's own, such as that to a preflight. */
export interface Reply {
  readonly kind: 'reply'
  readonly answer: Answer
  /** Which filter and why, for the log. Undefined where it answers in the ordinary course of things. */
  readonly reason?: string
}

export const PASS: Pass = { kind: 'pass' }

/** A compiled filter: a function of the exchange, which it does not change. A promise only where it has to wait for somebody. */
export type Rule = (exchange: Exchange) => Verdict | Promise<Verdict>
