// Where a request holds its token.
import type { RequestKey } from '../../config/request-key.js'
import { bearerToken } from '../../http/bearer-token.js'
import { cookieValues } from '../../http/cookie.js'
import { type Fields, fieldValues } from '../../http/fields.js'

/** The token; that there is none; or what is wrong. Two are none: whoever reads the request after us might take the other one. */
export type SentToken = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'none' } | { readonly kind: 'fault'; readonly reason: string }

/** Longer ones are not looked at. */
export const MAX_TOKEN_CHARACTERS = 16_384

/** Three parts in base64url (RFC 7515 §7.1). */
const GRAMMAR = /^[\w-]+\.[\w-]+\.[\w-]*$/

/** The scheme, also where it is written in a way that only somebody lenient takes for it: what they would read must not pass unverified. */
const BEARER = /(?:^|,)\s*bearer(?![\w!#$%&'*+.^`|~-])/i

export function sentToken(fields: Fields, from: RequestKey & { readonly name: string }): SentToken {
  const values = from.kind === 'cookie' ? cookieValues(fields, from.name) : fieldValues(fields, from.name)
  if (values.length === 0) return NONE
  if (values.length > 1) return { kind: 'fault', reason: 'more than one token' }
  const value = values[0]!
  if (from.kind === 'header' && from.name === 'authorization') {
    if (!BEARER.test(value)) return NONE
    return tokenOf(bearerToken(value))
  }
  return tokenOf(value.trim())
}

const NONE: SentToken = { kind: 'none' }

function tokenOf(text: string | undefined): SentToken {
  if (text !== undefined && text.length > MAX_TOKEN_CHARACTERS) return { kind: 'fault', reason: `a token of more than ${MAX_TOKEN_CHARACTERS} characters` }
  return text !== undefined && GRAMMAR.test(text) ? { kind: 'token', token: text } : { kind: 'fault', reason: 'not a signed token' }
}
