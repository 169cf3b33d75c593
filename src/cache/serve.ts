// A stored answer as the client gets it: whole, as a 304, as the ranges it asked for (RFC 9111 §4, §5.1; RFC 9110 §13.2.2, §14.2).
import { BODY_FIELDS } from '../http/bodiless.js'
import { allowsRange, isNotModified } from '../http/conditional.js'
import { editFields, type Fields, fieldValue } from '../http/fields.js'
import { joinPieces } from '../http/join-pieces.js'
import { multipartPieces, multipartType } from '../http/multipart.js'
import { BytesPayload, type Payload } from '../http/payload.js'
import { type ByteRange, formatContentRange, parseRange } from '../http/range.js'
import { sliceBody } from '../http/slice.js'
import type { Answer } from '../ports.js'

/** What of a request decides the form of a hit. */
export interface Asked {
  readonly method: string
  readonly fields: Fields
  /** Unguessable, so that no body can hold it: the boundary between several ranges. */
  readonly id: string
}

/** The answer with its age. A body that is not sent is given up. */
export function hitAnswer(asked: Asked, stored: Answer, ageSeconds: number, nowMs: number): Answer {
  const age = String(Math.floor(ageSeconds))
  if (stored.status === 200 && mayHaveTerms(asked.fields)) {
    const special = conditionalAnswer(asked, stored, age, nowMs)
    if (special) return special
  }
  const fields = [...stored.fields, 'Age', age]
  const { status, reason, body } = stored
  if (asked.method !== 'HEAD') return { status, reason, fields, body }
  body?.cancel()
  return { status, reason, fields, body: undefined }
}

/** Looks for the first letters of If- and Range before anything is paid for them. */
function mayHaveTerms(fields: Fields): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    const first = fields[i]!.charCodeAt(0) | 32
    if (first === 0x69 || first === 0x72) return true
  }
  return false
}

function conditionalAnswer({ method, fields, id }: Asked, stored: Answer, age: string, nowMs: number): Answer | undefined {
  if (isNotModified(fields, stored.fields, nowMs)) {
    stored.body?.cancel()
    return { status: 304, fields: editFields(stored.fields, { remove: BODY_FIELDS, set: ['Age', age] }), body: undefined }
  }
  const range = method === 'GET' ? fieldValue(fields, 'range') : undefined
  const length = range === undefined ? undefined : stored.body?.length
  if (range === undefined || length === undefined || !stored.body || !allowsRange(fields, stored.fields, nowMs)) return undefined
  const wanted = parseRange(range, length)
  if (wanted.kind === 'ignore') return undefined
  if (wanted.kind === 'unsatisfiable') {
    stored.body.cancel()
    return { status: 416, fields: editFields(stored.fields, { remove: BODY_FIELDS, set: ['Content-Range', `bytes */${length}`, 'Content-Length', '0', 'Age', age] }), body: undefined }
  }
  const { ranges } = wanted
  if (ranges.length === 1) return partial(stored, sliceBody(stored.body, ranges[0]!), ['Content-Range', formatContentRange(ranges[0]!, length), 'Age', age])
  // Several ranges of a body that is not all there would need it several times.
  if (!(stored.body instanceof BytesPayload)) return undefined
  return partial(stored, severalParts(stored.body.bytes, ranges, fieldValue(stored.fields, 'content-type'), id), ['Content-Type', multipartType(id), 'Age', age])
}

function partial(stored: Answer, body: Payload, set: Fields): Answer {
  return { status: 206, fields: editFields(stored.fields, { set: [...set, 'Content-Length', String(body.length)] }), body }
}

/** All parts in one. */
function severalParts(bytes: Uint8Array, ranges: readonly ByteRange[], type: string | undefined, boundary: string): Payload {
  const pieces = multipartPieces(ranges, bytes.byteLength, type, boundary).map((piece) => (piece instanceof Uint8Array ? piece : bytes.subarray(piece.first, piece.last + 1)))
  return new BytesPayload(joinPieces(pieces))
}
