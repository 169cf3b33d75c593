// Parts of an answer: when one is worth keeping, how two become one, and which requests it can serve (RFC 9111 §3.3, §3.4).
import { allowsRange, strongEtag } from '../http/conditional.js'
import { editFields, type Fields, fieldValue } from '../http/fields.js'
import { BytesPayload } from '../http/payload.js'
import { type ByteRange, formatContentRange, parseContentRange, parseRange } from '../http/range.js'
import { sliceBody } from '../http/slice.js'
import type { Answer } from '../ports.js'
import type { StoredAnswer } from './entry.js'

/** A part of a body whose length is known. */
export interface Part extends ByteRange {
  readonly total: number
}

/**
 * The part that a 206 holds, when it may be kept: one range of bytes, of the length that it says, with a strong tag by
 * which others are known to be of the same whole.
 */
export function partOf(fields: Fields, bytes: number | undefined): Part | undefined {
  const range = parseContentRange(fieldValue(fields, 'content-range') ?? '')
  if (range?.total === undefined || strongEtag(fields) === undefined) return undefined
  if (bytes !== undefined && bytes !== range.last - range.first + 1) return undefined
  return { ...range, total: range.total }
}

/** The new part with what the old one adds to it; undefined when they are of different answers or have a gap between them. */
export function combineParts(old: StoredAnswer, oldBytes: Uint8Array, fresh: StoredAnswer, freshBytes: Uint8Array): StoredAnswer | undefined {
  const before = partOf(old.answer.fields, oldBytes.byteLength)
  const after = partOf(fresh.answer.fields, freshBytes.byteLength)
  if (!before || !after || before.total !== after.total || strongEtag(old.answer.fields) !== strongEtag(fresh.answer.fields)) return undefined
  if (before.first > after.last + 1 || after.first > before.last + 1) return undefined
  const range = { first: Math.min(before.first, after.first), last: Math.max(before.last, after.last) }
  const bytes = new Uint8Array(range.last - range.first + 1)
  bytes.set(oldBytes, before.first - range.first)
  bytes.set(freshBytes, after.first - range.first)
  const isWhole = bytes.byteLength === after.total
  const length = ['Content-Length', String(bytes.byteLength)]
  const fields = isWhole ? editFields(fresh.answer.fields, { remove: CONTENT_RANGE, set: length }) : editFields(fresh.answer.fields, { set: ['Content-Range', formatContentRange(range, after.total), ...length] })
  return { ...fresh, answer: { ...fresh.answer, status: isWhole ? 200 : 206, reason: undefined, fields, body: new BytesPayload(bytes) } }
}

/** The range that was asked for, cut from a stored part; undefined when it is not in there. */
export function partAnswer(request: { readonly method: string; readonly fields: Fields }, stored: Answer, ageSeconds: number, nowMs: number): Answer | undefined {
  const wanted = request.method === 'GET' ? fieldValue(request.fields, 'range') : undefined
  const part = wanted === undefined ? undefined : partOf(stored.fields, stored.body?.length)
  if (wanted === undefined || !part || !stored.body || !allowsRange(request.fields, stored.fields, nowMs)) return undefined
  const parsed = parseRange(wanted, part.total)
  const range = parsed.kind === 'ranges' && parsed.ranges.length === 1 ? parsed.ranges[0]! : undefined
  if (!range || range.first < part.first || range.last > part.last) return undefined
  const body = sliceBody(stored.body, { first: range.first - part.first, last: range.last - part.first })
  return { ...stored, fields: editFields(stored.fields, { set: ['Content-Range', formatContentRange(range, part.total), 'Content-Length', String(body.length), 'Age', String(Math.floor(ageSeconds))] }), body }
}

const CONTENT_RANGE: ReadonlySet<string> = new Set(['content-range'])
