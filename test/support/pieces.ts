// Bytes that come in pieces, as a socket gives them.
import fc from 'fast-check'

/** Places at which a stream of bytes is cut, most of them close together. */
export const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 })), { maxLength: 60, size: 'max' })

/** The pieces of these lengths, and the rest as one. */
export function cutInto(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (const length of [...lengths, bytes.byteLength]) {
    if (at >= bytes.byteLength) break
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}
