// Asking the origin whether a stored answer is still good, and what its answer says (RFC 9111 §4.3).
import { strongEtag, sameEtag } from '../http/conditional.js'
import type { Directives } from '../http/cache-control.js'
import { formatHttpDate } from '../http/date.js'
import { editFields, type Fields, fieldValue, isNamed } from '../http/fields.js'
import type { Validation } from './decision.js'

/** The client's own conditions and ranges: they are judged by the cache once it knows that its answer is good. */
const REPLACED: ReadonlySet<string> = new Set(['if-none-match', 'if-modified-since', 'range', 'if-range'])

/** The request with the stored validators for conditions; the request itself when nothing stored can be validated. */
export function validatingFields(request: Fields, stored: Fields): Fields {
  const etag = fieldValue(stored, 'etag')
  const modified = fieldValue(stored, 'last-modified')
  if (etag === undefined && modified === undefined) return request
  const set = [...(etag === undefined ? [] : ['If-None-Match', etag]), ...(modified === undefined ? [] : ['If-Modified-Since', modified])]
  return editFields(request, { remove: REPLACED, set })
}

/** The request without what would make its answer less than the whole. */
export function wholeFields(request: Fields): Fields {
  return editFields(request, { remove: REPLACED })
}

/** What an answer to such a request makes of what is stored. A strong tag that is not the stored one speaks of something else (RFC 9111 §4.3.4). */
export function judgeValidation(status: number, fields: Fields, stored: Fields, responseMs: number): Validation {
  if (status !== 304) return { kind: 'replace' }
  const told = fieldValue(fields, 'etag')
  const kept = fieldValue(stored, 'etag')
  if (told !== undefined && kept !== undefined && (strongEtag(fields) ? told !== kept : !sameEtag(told, kept))) return { kind: 'confirm' }
  return { kind: 'update', fields: updatedFields(stored, fields, responseMs) }
}

/**
 * What a HEAD says about the stored answer to a GET (RFC 9111 §4.3.5): undefined when it is about something else, and
 * what is stored is stale.
 */
export function updateByHead(head: Fields, stored: Fields, responseMs: number): Fields | undefined {
  const same = ['etag', 'last-modified', 'content-length'].every((name) => {
    const told = fieldValue(head, name)
    return told === undefined || told === fieldValue(stored, name)
  })
  return same ? updatedFields(stored, head, responseMs) : undefined
}

/**
 * The stored fields with those that came (RFC 9111 §3.2). Content-Length stays that of the stored body, and a coding is
 * not put on a body that was stored without one, as it is where the runtime has decoded it. What came without a Date is
 * from now, or the stored one would make it old (RFC 9110 §6.6.1).
 */
export function updatedFields(stored: Fields, fresh: Fields, responseMs: number): Fields {
  const set: string[] = fieldValue(fresh, 'date') === undefined ? ['Date', formatHttpDate(responseMs)] : []
  for (let i = 0; i < fresh.length; i += 2) {
    const name = fresh[i]!
    if (isNamed(name, 'content-length') || isNamed(name, 'age') || (isNamed(name, 'content-encoding') && fieldValue(stored, 'content-encoding') === undefined)) continue
    set.push(name, fresh[i + 1]!)
  }
  return editFields(stored, { set })
}

/** Whether what a validation brought may still be stored; `no-store` and `private` can come with a 304 too. */
export function mayKeepUpdated(directives: Directives): boolean {
  return !directives.has('no-store') && directives.get('private') !== true
}
