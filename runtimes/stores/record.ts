// One stored answer as bytes: a head with its own checksum, and a small body with another, or the name of the file of a large one.
import { crc32 } from 'node:zlib'
import type { Answer } from '../../src/index.js'
import { BytesPayload, type Fields } from '../../src/adapter.js'

const MAGIC = Buffer.from('FGCACHE2')
/** Magic, length of the head, checksum of the head, checksum of the body behind it. */
const PREFIX_BYTES = MAGIC.byteLength + 12

/** A body in a file of its own. */
export interface BodyFile {
  readonly name: string
  readonly length: number
  /** Of each of its blocks, as big-endian numbers of four bytes in base64. */
  readonly checksums: string
}

export interface StoredRecord {
  readonly status: number
  readonly reason: string | undefined
  readonly fields: Fields
  readonly body: BytesPayload | BodyFile | undefined
}

/** A record as it is stored. What was torn or altered is not read back. */
export function encodeRecord(key: string, { status, reason, fields }: Pick<Answer, 'status' | 'reason' | 'fields'>, body: Uint8Array | BodyFile | undefined): Buffer {
  const small = body instanceof Uint8Array ? body : new Uint8Array(0)
  const head = Buffer.from(JSON.stringify([key, status, reason ?? null, fields, body instanceof Uint8Array ? small.byteLength : (body ?? null)]))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  MAGIC.copy(prefix)
  prefix.writeUInt32BE(head.byteLength, MAGIC.byteLength)
  prefix.writeUInt32BE(crc32(head), MAGIC.byteLength + 4)
  prefix.writeUInt32BE(crc32(small), MAGIC.byteLength + 8)
  return Buffer.concat([prefix, head, small])
}

/** The record for `key` in these bytes; undefined when it is damaged, or another's. */
export function decodeRecord(bytes: Buffer, key: string): StoredRecord | undefined {
  const found = decodeAny(bytes)
  return found?.key === key ? found.record : undefined
}

/** The record in these bytes and its key; undefined when it is damaged. */
export function decodeAny(bytes: Buffer): { readonly key: string; readonly record: StoredRecord } | undefined {
  if (bytes.byteLength < PREFIX_BYTES || !bytes.subarray(0, MAGIC.byteLength).equals(MAGIC)) return undefined
  const bodyAt = PREFIX_BYTES + bytes.readUInt32BE(MAGIC.byteLength)
  const head = bytes.subarray(PREFIX_BYTES, bodyAt)
  // An empty head would pass: its checksum is the 0 that a torn write may leave there.
  if (head.byteLength === 0 || bodyAt > bytes.byteLength || crc32(head) !== bytes.readUInt32BE(MAGIC.byteLength + 4)) return undefined
  const [key, status, reason, fields, stored] = JSON.parse(head.toString()) as [string, number, string | null, string[], number | BodyFile | null]
  const small = bytes.subarray(bodyAt)
  if (small.byteLength !== (typeof stored === 'number' ? stored : 0) || crc32(small) !== bytes.readUInt32BE(MAGIC.byteLength + 8)) return undefined
  const body = typeof stored === 'number' ? new BytesPayload(new Uint8Array(small.buffer, small.byteOffset, small.byteLength)) : (stored ?? undefined)
  return { key, record: { status, reason: reason ?? undefined, fields, body } }
}
