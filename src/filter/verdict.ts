// The filter's answer, and what a rule is.
import type { ErrorCode } from '../errors.js'
import type { Exchange } from '../exchange.js'

/** Pass, or refuse with an error code and a reason for the log. The client learns the code's title, never the reason. */
export type Verdict = { readonly kind: 'pass' } | Refusal

export interface Refusal {
  readonly kind: 'refuse'
  readonly code: ErrorCode
  /** Which filter and why, as in `deny: client address in 203.0.113.0/24`. */
  readonly reason: string
}

export const PASS: Verdict = { kind: 'pass' }

/** A compiled filter: a pure function of the exchange. */
export type Rule = (exchange: Exchange) => Verdict
