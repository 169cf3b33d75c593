// What is said of a file to one request: all of it, ranges, that the client has it, or that it must not be sent (RFC 9110 §13.2.2, §14.2).
import { allowsRange, failsPrecondition, isNotModified } from '../http/conditional.js'
import { formatHttpDate } from '../http/date.js'
import { type Fields, fieldValue } from '../http/fields.js'
import { multipartPieces, multipartType } from '../http/multipart.js'
import { type ByteRange, formatContentRange, parseRange } from '../http/range.js'
import type { Coding } from '../ports.js'
import type { OpenedFile } from './folder.js'

/** What of a request decides the form of the answer. */
export interface Asked {
  readonly method: string
  readonly fields: Fields
  /** Unguessable, so that no file can hold it: the boundary between several ranges. */
  readonly id: string
}

/** A file as one of the forms in which it is there. */
export interface Representation {
  readonly type: string
  readonly coding: Coding | undefined
  /** Lines of the route: how long it may be kept, what it varies by. */
  readonly lines: Fields
}

/** An answer, and the pieces of the file and between them that make its body. */
export interface FileAnswer {
  readonly status: number
  readonly fields: Fields
  readonly pieces: readonly (Uint8Array | ByteRange)[]
}

type Dated = Pick<OpenedFile, 'size' | 'mtimeMs' | 'etag'>

/** Builds that are the same each time set all times to the first second or so of 1970: those tell nothing. */
const MIN_MTIME_MS = 2000

/** The lines by which clients and caches tell one version from another, each coding with a tag of its own. */
export function validators({ size, mtimeMs, etag }: Dated, coding: Coding | undefined): Fields {
  const isDated = mtimeMs >= MIN_MTIME_MS
  const tag = etag ?? (isDated ? `${Math.floor(mtimeMs * 1000).toString(36)}-${size.toString(36)}` : undefined)
  return [
    ...(tag === undefined ? [] : ['ETag', `"${tag}${coding === undefined ? '' : `-${coding}`}"`]),
    ...(isDated ? ['Last-Modified', formatHttpDate(mtimeMs)] : []),
  ]
}

/** The answer to a GET or HEAD. */
export function fileAnswer(asked: Asked, file: Dated, form: Representation, nowMs: number): FileAnswer {
  const known = validators(file, form.coding)
  if (isConditional(asked.fields)) {
    if (failsPrecondition(asked.fields, known, nowMs)) return { status: 412, fields: ['Content-Length', '0'], pieces: [] }
    if (isNotModified(asked.fields, known, nowMs)) return { status: 304, fields: [...known, ...form.lines], pieces: [] }
  }
  const range = asked.method === 'GET' ? fieldValue(asked.fields, 'range') : undefined
  if (range !== undefined && allowsRange(asked.fields, [...known, 'Date', formatHttpDate(nowMs)], nowMs)) {
    const part = partOf(parseRange(range, file.size), asked, file, form, known)
    if (part) return part
  }
  return { status: 200, fields: [...ofBody(form, form.type, file.size), 'Accept-Ranges', 'bytes', ...known], pieces: whole(file.size) }
}

/** A file that stands for something else, as the page for what is not there: none of its versions is one of what was asked for. */
export function standIn(status: number, file: Dated, form: Representation): FileAnswer {
  return { status, fields: ofBody(form, form.type, file.size), pieces: whole(file.size) }
}

function partOf(wanted: ReturnType<typeof parseRange>, { id }: Asked, { size }: Dated, form: Representation, known: Fields): FileAnswer | undefined {
  if (wanted.kind === 'ignore') return undefined
  if (wanted.kind === 'unsatisfiable') return { status: 416, fields: ['Content-Range', `bytes */${size}`, 'Content-Length', '0'], pieces: [] }
  const [first, second] = wanted.ranges
  if (!second) return { status: 206, fields: [...ofBody(form, form.type, first!.last - first!.first + 1), 'Content-Range', formatContentRange(first!, size), ...known], pieces: wanted.ranges }
  const pieces = multipartPieces(wanted.ranges, size, form.type, id)
  return { status: 206, fields: [...ofBody(form, multipartType(id), lengthOf(pieces)), ...known], pieces }
}

function ofBody({ coding, lines }: Representation, type: string, length: number): Fields {
  return ['Content-Type', type, 'Content-Length', String(length), ...(coding === undefined ? [] : ['Content-Encoding', coding]), 'X-Content-Type-Options', 'nosniff', ...lines]
}

/** Bytes that the pieces make. */
export function lengthOf(pieces: FileAnswer['pieces']): number {
  return pieces.reduce((sum, piece) => sum + (piece instanceof Uint8Array ? piece.byteLength : piece.last - piece.first + 1), 0)
}

function whole(size: number): FileAnswer['pieces'] {
  return size === 0 ? [] : [{ first: 0, last: size - 1 }]
}

function isConditional(fields: Fields): boolean {
  for (let i = 0; i < fields.length; i += 2) if (/^if-/i.test(fields[i]!)) return true
  return false
}
