// One stored answer as bytes: a head with its own checksum, the body, and the checksum of that. What was torn or altered is not read back.
import type { Answer } from '../../src/index.js'
import type { Fields } from '../../src/adapter.js'

const MAGIC = Buffer.from('FGCACHE1')
/** Magic, length of the head, checksum of the head. */
export const PREFIX_BYTES = MAGIC.byteLength + 8
/** Checksum of the body, behind it. */
export const SUFFIX_BYTES = 4

export interface RecordHead {
  readonly key: string
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

/** Length of the head behind a prefix; undefined when this is no record. */
export function headLength(prefix: Buffer): number | undefined {
  return prefix.byteLength >= PREFIX_BYTES && prefix.subarray(0, MAGIC.byteLength).equals(MAGIC) ? prefix.readUInt32BE(MAGIC.byteLength) : undefined
}

/** The head of the record for `key`; undefined when it is damaged, or another's. */
export function decodeHead(prefix: Buffer, head: Buffer, key: string): RecordHead | undefined {
  if (crc32(head) !== prefix.readUInt32BE(MAGIC.byteLength + 4)) return undefined
  const [written, status, reason, fields] = JSON.parse(head.toString()) as [string, number, string | null, string[]]
  return written === key ? { key, status, reason: reason ?? undefined, fields } : undefined
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 of bytes, going on from that of what came before. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  for (let i = 0; i < bytes.byteLength; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}
