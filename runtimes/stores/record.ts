// One stored answer as bytes: a head with its own checksum, the body, and the checksum of that. What was torn or altered is not read back.
import { crc32 } from 'node:zlib'
import type { Answer } from '../../src/index.js'
import { BytesPayload, type Fields } from '../../src/adapter.js'

const MAGIC = Buffer.from('FGCACHE1')
/** Magic, length of the head, checksum of the head. */
const PREFIX_BYTES = MAGIC.byteLength + 8
/** Checksum of the body, behind it. */
export const SUFFIX_BYTES = 4

export interface RecordHead {
  readonly status: number
  readonly reason: string | undefined
  readonly fields: Fields
}

/** The bytes in front of a body. */
export function encodeHead(key: string, { status, reason, fields }: Answer): Buffer {
  const head = Buffer.from(JSON.stringify([key, status, reason ?? null, fields]))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  MAGIC.copy(prefix)
  prefix.writeUInt32BE(head.byteLength, MAGIC.byteLength)
  prefix.writeUInt32BE(crc32(head), MAGIC.byteLength + 4)
  return Buffer.concat([prefix, head])
}

/** The bytes behind a body with this checksum. */
export function encodeSuffix(crc: number): Buffer {
  const suffix = Buffer.alloc(SUFFIX_BYTES)
  suffix.writeUInt32BE(crc)
  return suffix
}

/** Where the body begins in a record that starts with these bytes; undefined when that is none. */
export function bodyStart(bytes: Buffer): number | undefined {
  return bytes.byteLength >= PREFIX_BYTES && bytes.subarray(0, MAGIC.byteLength).equals(MAGIC) ? PREFIX_BYTES + bytes.readUInt32BE(MAGIC.byteLength) : undefined
}

/** The head of the record for `key`, whose body begins at `bodyAt`; undefined when it is damaged, or another's. */
export function decodeHead(bytes: Buffer, bodyAt: number, key: string): RecordHead | undefined {
  const head = bytes.subarray(PREFIX_BYTES, bodyAt)
  if (crc32(head) !== bytes.readUInt32BE(MAGIC.byteLength + 4)) return undefined
  const [written, status, reason, fields] = JSON.parse(head.toString()) as [string, number, string | null, string[]]
  return written === key ? { status, reason: reason ?? undefined, fields } : undefined
}

/** The answer that a whole record holds; undefined when the record is damaged, or another's. */
export function decodeRecord(bytes: Buffer, key: string): Answer | undefined {
  const bodyAt = bodyStart(bytes)
  if (bodyAt === undefined || bodyAt + SUFFIX_BYTES > bytes.byteLength) return undefined
  const head = decodeHead(bytes, bodyAt, key)
  const body = bytes.subarray(bodyAt, bytes.byteLength - SUFFIX_BYTES)
  if (!head || crc32(body) !== bytes.readUInt32BE(bytes.byteLength - SUFFIX_BYTES)) return undefined
  return { ...head, body: body.byteLength === 0 ? undefined : new BytesPayload(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) }
}
