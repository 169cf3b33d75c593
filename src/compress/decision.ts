// Whether an answer is compressed for a client, and the field lines that tell of it.
import { parseCacheControl } from '../http/cache-control.js'
import { isBodiless } from '../http/bodiless.js'
import { strongEtag } from '../http/conditional.js'
import { combinedValue, editFields, type Fields, fieldValue } from '../http/fields.js'
import { listMembers } from '../http/tokens.js'
import { varyLine } from '../http/vary.js'
import type { Answer, Coding } from '../ports.js'
import { lengthOf } from '../wire.js'
import { chooseCoding } from './negotiate.js'

/** The settings of a route, compiled. */
export interface CompressPolicy {
  /** Codings in the order in which they are preferred. */
  readonly codings: readonly Coding[]
  /** Those of them that are for bodies of unknown length too. */
  readonly streaming: readonly Coding[]
  readonly minBytes: number
  readonly isCompressible: (contentType: string) => boolean
}

/** What of a request the decision goes by. */
export interface Asked {
  readonly method: string
  readonly fields: Fields
}

/** The answer's field lines, and the coding that its body is put in; none where it goes as it is. */
export interface Decision {
  readonly fields: Fields
  readonly coding?: Coding
}

/** Decides by the heads alone, so that HEAD is told what GET would be. */
export function decide(asked: Asked, { status, fields, body, tunnel }: Answer, policy: CompressPolicy): Decision {
  if (status === 304) return { fields: fieldsOfNotModified(asked.fields, fields) }
  const type = fieldValue(fields, 'content-type')
  if (status < 200 || tunnel || isBodiless(status) || type === undefined || !policy.isCompressible(type)) return { fields }
  if (forbidsTransforms(fields)) return { fields }
  const varying = [...fields, ...varyLine(fields, 'Accept-Encoding')]
  const length = body?.length ?? lengthOf(fields)
  const isLarge = length === undefined || length >= Math.max(policy.minBytes, 1)
  const hasBody = asked.method === 'HEAD' || body !== undefined
  if (!isLarge || !hasBody || mustStay(asked, status, fields)) return { fields: varying }
  const coding = chooseCoding(combinedValue(asked.fields, 'accept-encoding'), length === undefined ? policy.streaming : policy.codings)
  return coding === undefined ? { fields: varying } : { fields: encodedFields(varying, coding), coding }
}

/** Bodies in a coding already, parts of a body, and those that trailers follow, which would be lost. */
function mustStay(asked: Asked, status: number, fields: Fields): boolean {
  return (
    status === 206 || fieldValue(fields, 'content-encoding') !== undefined || fieldValue(fields, 'content-range') !== undefined || fieldValue(fields, 'trailer') !== undefined
    || fieldValue(asked.fields, 'range') !== undefined || forbidsTransforms(asked.fields)
  )
}

/** `no-transform`, of the server or the client (RFC 9111 §5.2.1.6, §5.2.2.6). */
function forbidsTransforms(fields: Fields): boolean {
  return parseCacheControl(combinedValue(fields, 'cache-control')).has('no-transform')
}

/** Fields that are of the bytes as the server sent them: length, ranges and digests (RFC 9110 §8.6, §14.3; RFC 9530). */
const OF_THE_BYTES: ReadonlySet<string> = new Set(['content-length', 'accept-ranges', 'content-digest', 'repr-digest', 'digest', 'content-md5'])

function encodedFields(fields: Fields, coding: Coding): Fields {
  const etag = strongEtag(fields)
  return editFields(fields, { remove: OF_THE_BYTES, set: etag === undefined ? [] : ['ETag', `W/${etag}`], append: ['Content-Encoding', coding] })
}

/** A client that holds a compressed answer knows it by its weak tag; by the strong one it could not tell which it may keep (RFC 9111 §4.3.4). */
function fieldsOfNotModified(asked: Fields, fields: Fields): Fields {
  const etag = strongEtag(fields)
  if (etag === undefined) return fields
  const held = listMembers(combinedValue(asked, 'if-none-match') ?? '')
  if (!held.includes(`W/${etag}`) || held.includes(etag)) return fields
  return editFields(fields, { set: ['ETag', `W/${etag}`], append: varyLine(fields, 'Accept-Encoding') })
}
