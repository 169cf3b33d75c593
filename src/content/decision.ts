// Which answers a client has already (RFC 9110 §13.2.2).
import { BODY_FIELDS } from '../http/bodiless.js'
import { isForOrigin, isNotModified } from '../http/conditional.js'
import { combinedValue, editFields, type Fields, fieldValue } from '../http/fields.js'
import type { Answer } from '../ports.js'

/** What of a request decides. */
interface Asked {
  readonly method: string
  readonly fields: Fields
  readonly startedMs: number
}

/** The 304 for a client that has this answer, whose own body is then of no use. What `If-Match` or `If-Unmodified-Since` make of the request is the origin's to say. */
export function notModified({ method, fields: asked, startedMs }: Asked, { status, fields }: Answer): Answer | undefined {
  if ((method !== 'GET' && method !== 'HEAD') || status !== 200 || isForOrigin(asked)) return undefined
  const hasValidator = fieldValue(fields, 'etag') !== undefined || fieldValue(fields, 'last-modified') !== undefined
  if (!hasValidator || (combinedValue(asked, 'if-none-match') === undefined && fieldValue(fields, 'last-modified') === undefined)) return undefined
  return isNotModified(asked, fields, startedMs) ? { status: 304, fields: editFields(fields, { remove: BODY_FIELDS }), body: undefined } : undefined
}
