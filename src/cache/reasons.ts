// What each reason of the cache means, in the words of docs/caching.md.
import type { ForwardReason, KeepOut } from './decision.js'

/** Why an answer is not kept: values of `detail` in Cache-Status. */
export const KEEP_OUT: Readonly<Record<KeepOut, string>> = {
  'request method': 'not `GET`, and no `POST` whose `Content-Location` is its own target',
  'request no-store': 'the request forbids it',
  'response no-store': 'the answer forbids it',
  'response private': 'the answer is for one user',
  'must-understand': 'the answer asks for a cache that knows its status, which is none that RFC 9110 defines',
  authorization: 'asked with `Authorization`, or by somebody whom a filter has identified, and the answer is not `public`, `s-maxage` or `must-revalidate`',
  'set-cookie': 'it sets a cookie, and `storeSetCookie` is off',
  cookie: 'asked with `Cookie`, and nobody said how long it may be kept',
  'vary *': 'it differs by everything, or by a field that the gateway writes for each client',
  status: 'a 304 that is not about what is stored',
  part: 'a 206 of several ranges, of unknown total, of another length than it says, or without a strong `ETag`',
  'no lifetime or validator': 'it could never be used',
  'too large': 'its body is larger than `maxEntrySize`',
}

/** Why the origin was asked: values of `fwd` in Cache-Status (RFC 9211 §2.2). */
export const FORWARDED: Readonly<Record<ForwardReason, string>> = {
  'uri-miss': 'nothing is stored for this target',
  'vary-miss': 'nothing is stored for a request like this',
  stale: 'what is stored had to be validated; `fwd-status=304` says that it still is good',
  partial: 'a part is stored, and the request asks for more than it holds',
  request: 'the client asked for less than what is stored, and is obeyed',
  method: 'a method that no stored answer is for',
  bypass: 'a request that no stored answer is for: a `GET` with a body, `If-Match`, an upgrade',
}

/** Why something stale was sent: values of `detail` beside a stored answer. */
export const STALE: Readonly<Record<'unreachable' | 'stale-if-error', string>> = {
  unreachable: 'the origin could not be reached, and what is stored stood in for it',
  'stale-if-error': 'the origin gave an error, and what is stored stood in for it',
}
