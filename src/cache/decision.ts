// The cache's decisions with every reason named: what a lookup gives, what is stored, what a failure leads to.
import type { Exchange } from '../exchange.js'
import type { Fields } from '../http/fields.js'
import type { Answer } from '../ports.js'
import type { StoredAnswer, Terms } from './entry.js'

/** Why a request went to the origin: the `fwd` values of RFC 9211 §2.2. */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale' | 'partial'

/** A stored answer that was found, and where. */
export interface Found {
  readonly key: string
  readonly entry: StoredAnswer
}

/** What a lookup gives. */
export type Lookup =
  | { readonly kind: 'hit'; readonly answer: Answer }
  | {
      readonly kind: 'ask'
      /** What the origin is asked: the request without what no key holds. */
      readonly exchange: Exchange
      readonly reason: ForwardReason
      /** The primary key under which an answer may be kept; undefined when none may be. */
      readonly primary: string | undefined
      /** What is stored and may not be used as it is. */
      readonly found: Found | undefined
      /** Set where the stored answer is good enough for this client, and the origin is asked behind its back. */
      readonly behind: boolean
      /** Whether the client wants nothing that is not stored (RFC 9111 §5.2.1.7). */
      readonly onlyIfCached: boolean
    }

export type Ask = Extract<Lookup, { kind: 'ask' }>

/** Whether a stored answer may be used (RFC 9111 §4). `ttlSeconds` is below 0 for a stale one. */
export type Reuse =
  | { readonly kind: 'serve' | 'serve-and-validate'; readonly ageSeconds: number; readonly ttlSeconds: number }
  | { readonly kind: 'ask'; readonly reason: 'stale' | 'request' }

/** Whether an answer may be stored, and if not, why. */
export type Keep =
  | { readonly kind: 'store'; readonly terms: Terms; readonly fields: Fields; readonly names: readonly string[] }
  | { readonly kind: 'pass'; readonly reason: KeepOut }

export type KeepOut =
  | 'request method'
  | 'request no-store'
  | 'response no-store'
  | 'response private'
  | 'must-understand'
  | 'authorization'
  | 'cookie'
  | 'set-cookie'
  | 'vary *'
  | 'status'
  | 'part'
  | 'no lifetime or validator'
  | 'too large'

/** What becomes of an answer to a validation (RFC 9111 §4.3.3). */
export type Validation =
  /** The stored answer is good again: with these fields. */
  | { readonly kind: 'update'; readonly fields: Fields }
  /** It is good for this request, but the origin spoke of another representation, so that nothing of it is updated. */
  | { readonly kind: 'confirm' }
  /** The answer takes its place. */
  | { readonly kind: 'replace' }

/** What becomes of a request whose origin failed while something stale is stored. */
export type StaleUse = { readonly kind: 'serve'; readonly reason: 'unreachable' | 'error' } | { readonly kind: 'refuse'; readonly reason: 'must be validated' | 'too old' | 'error passes' }
