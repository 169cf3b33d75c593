// Bytes as a text of as many characters (ISO 8859-1).

/** What one call is given at most: each byte is an argument. */
const CHUNK_BYTES = 8192

export function bytesAsText(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES))
  return text
}
