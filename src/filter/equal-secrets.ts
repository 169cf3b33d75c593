// Compares secrets in a time that does not tell how much of them is alike.

/** Whether the bytes are the same. Lengths are no secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false
  let difference = 0
  for (let i = 0; i < a.byteLength; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

export function equalTexts(a: string, b: string): boolean {
  const encoder = new TextEncoder()
  return equalBytes(encoder.encode(a), encoder.encode(b))
}
