// Validators and preconditions (RFC 9110 §8.8, §13).
import { type Fields, combinedValue, fieldValue } from './fields.js'
import { listMembers } from './tokens.js'

/**
 * Whether a stored answer need not be sent again: `If-None-Match` compared weakly, else `If-Modified-Since` as the same
 * text as `Last-Modified` or a later date (RFC 9110 §13.2.2).
 */
export function isNotModified(request: Fields, stored: Fields): boolean {
  const wanted = combinedValue(request, 'if-none-match')
  if (wanted !== undefined) {
    const etag = fieldValue(stored, 'etag')
    return etag !== undefined && (wanted.trim() === '*' || listMembers(wanted).some((member) => opaque(member) === opaque(etag)))
  }
  const since = fieldValue(request, 'if-modified-since')
  const modified = fieldValue(stored, 'last-modified')
  if (since === undefined || modified === undefined) return false
  return since === modified || Date.parse(since) >= Date.parse(modified)
}

function opaque(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag
}
