// An expression by its hash: 64 bits of FNV-1a, in two halves.

export function patternHash(source: string): string {
  return half(source, 0x811c9dc5) + half(source, 0x050c5d1f)
}

function half(source: string, seed: number): string {
  let state = seed
  for (let at = 0; at < source.length; at++) state = Math.imul(state ^ source.charCodeAt(at), 0x01000193)
  return (state >>> 0).toString(16).padStart(8, '0')
}
