// The cache's two decisions, lookup and keep, with every reason named.
import type { Answer } from '../ports.js'
import type { StoredAnswer } from './entry.js'

/** Why a request went to the origin: the `fwd` values of RFC 9211 §2.2. */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'stale'

/** What a lookup found. `key` is where an answer may be kept; undefined when none may be. */
export type Lookup =
  | { readonly kind: 'hit'; readonly answer: Answer }
  | { readonly kind: 'ask'; readonly reason: ForwardReason; readonly key: string | undefined }

/** What was found under a key, judged for reuse. */
export type Reuse = { readonly kind: 'serve'; readonly entry: StoredAnswer; readonly ageSeconds: number } | { readonly kind: 'ask'; readonly reason: ForwardReason }

/** Whether an answer may be stored, and if not, why. */
export type Keep = { readonly kind: 'store'; readonly lifetimeSeconds: number } | { readonly kind: 'pass'; readonly reason: KeepOut }

export type KeepOut =
  | 'request method'
  | 'request no-store'
  | 'response no-store'
  | 'response private'
  | 'response no-cache'
  | 'authorization'
  | 'set-cookie'
  | 'vary *'
  | 'status'
  | 'no lifetime'
  | 'too large'
