// Several ranges in one body: what stands between them (RFC 9110 §14.6).
import { type ByteRange, formatContentRange } from './range.js'

/** The Content-Type of such a body. The boundary has to be one that no body can hold. */
export function multipartType(boundary: string): string {
  return `multipart/byteranges; boundary="${boundary}"`
}

/** The body in order: the text in front of each range, the range, and the end. */
export function multipartPieces(ranges: readonly ByteRange[], total: number, type: string | undefined, boundary: string): (Uint8Array | ByteRange)[] {
  const encoder = new TextEncoder()
  return [
    ...ranges.flatMap((range) => [
      encoder.encode(`\r\n--${boundary}\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}Content-Range: ${formatContentRange(range, total)}\r\n\r\n`),
      range,
    ]),
    encoder.encode(`\r\n--${boundary}--\r\n`),
  ]
}
