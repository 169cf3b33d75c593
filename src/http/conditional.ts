// Validators and preconditions (RFC 9110 §8.8, §13).
import { parseHttpDate } from './date.js'
import { type Fields, combinedValue, fieldValue, isNamed } from './fields.js'
import { listMembers } from './tokens.js'

/**
 * Whether a stored answer need not be sent again: `If-None-Match` compared weakly, and only without it
 * `If-Modified-Since` as the same text as `Last-Modified` or a later date (RFC 9110 §13.2.2). `nowMs` is for years of two digits.
 */
export function isNotModified(request: Fields, stored: Fields, nowMs: number): boolean {
  const wanted = combinedValue(request, 'if-none-match')
  if (wanted !== undefined) {
    const etag = fieldValue(stored, 'etag')
    return wanted.trim() === '*' || (etag !== undefined && listMembers(wanted).some((member) => opaque(member) === opaque(etag)))
  }
  const since = fieldValue(request, 'if-modified-since')
  // Without a Last-Modified the time of origination stands for it (RFC 9111 §4.3.2).
  const modified = since === undefined ? undefined : (fieldValue(stored, 'last-modified') ?? fieldValue(stored, 'date'))
  if (since === undefined || modified === undefined) return false
  if (since === modified) return true
  const [sinceMs, modifiedMs] = [parseHttpDate(since, nowMs), parseHttpDate(modified, nowMs)]
  return sinceMs !== undefined && modifiedMs !== undefined && sinceMs >= modifiedMs
}

/**
 * Whether a precondition forbids the answer: `If-Match` compared strongly, and only without it `If-Unmodified-Since`
 * (RFC 9110 §13.2.2). What exists has `stored` for its fields.
 */
export function failsPrecondition(request: Fields, stored: Fields, nowMs: number): boolean {
  const wanted = combinedValue(request, 'if-match')
  if (wanted !== undefined) {
    const etag = strongEtag(stored)
    return wanted.trim() !== '*' && (etag === undefined || !listMembers(wanted).includes(etag))
  }
  const sinceMs = parseHttpDate(fieldValue(request, 'if-unmodified-since') ?? '', nowMs)
  const modifiedMs = parseHttpDate(fieldValue(stored, 'last-modified') ?? '', nowMs)
  return sinceMs !== undefined && modifiedMs !== undefined && modifiedMs > sinceMs
}

/** Fields that make a request conditional for the origin alone, so that a cache must not answer it (RFC 9111 §4.3.2). */
export function isForOrigin(request: Fields): boolean {
  for (let i = 0; i < request.length; i += 2) {
    const name = request[i]!
    if (isNamed(name, 'if-match') || isNamed(name, 'if-unmodified-since')) return true
  }
  return false
}

/**
 * Whether `If-Range` lets a range of the stored answer be sent: it is absent, or names the stored strong validator
 * exactly (RFC 9110 §13.1.5). A date is strong when it lies a second or more before the answer's Date (§8.8.2.2).
 */
export function allowsRange(request: Fields, stored: Fields, nowMs: number): boolean {
  const wanted = fieldValue(request, 'if-range')
  if (wanted === undefined) return true
  if (wanted.startsWith('"')) return wanted === fieldValue(stored, 'etag')
  const modified = fieldValue(stored, 'last-modified')
  return modified !== undefined && modified === wanted && isStrongDate(stored, nowMs)
}

/** The entity tag when it is a strong one. */
export function strongEtag(fields: Fields): string | undefined {
  const etag = fieldValue(fields, 'etag')
  return etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : undefined
}

/** Whether two tags name the same representation, weakly compared (RFC 9110 §8.8.3.2). */
export function sameEtag(a: string, b: string): boolean {
  return opaque(a) === opaque(b)
}

function isStrongDate(stored: Fields, nowMs: number): boolean {
  const modifiedMs = parseHttpDate(fieldValue(stored, 'last-modified') ?? '', nowMs)
  const dateMs = parseHttpDate(fieldValue(stored, 'date') ?? '', nowMs)
  return modifiedMs !== undefined && dateMs !== undefined && dateMs - modifiedMs >= 1000
}

function opaque(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag
}
