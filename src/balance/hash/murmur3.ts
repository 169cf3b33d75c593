// The hash that keys and targets are placed by: MurmurHash3 (x86, 32 bits) of a text's UTF-8 bytes, the same on every runtime.

/** 32 bits, unsigned. Spreads well and is fast; it keeps no secret, and whoever picks the keys picks the places. */
export function murmur3(text: string, seed = 0): number {
  let hash = seed | 0
  let block = 0
  let bits = 0
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i)
    let utf8 = code
    let width = 8
    if (code >= 0x800) {
      code = text.codePointAt(i)!
      if (code > 0xffff) {
        i++
        utf8 = 0xf0 | (code >> 18) | ((0x80 | ((code >> 12) & 63)) << 8) | ((0x80 | ((code >> 6) & 63)) << 16) | ((0x80 | (code & 63)) << 24)
        width = 32
      } else {
        // Half a pair, as TextEncoder writes it.
        if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd
        utf8 = 0xe0 | (code >> 12) | ((0x80 | ((code >> 6) & 63)) << 8) | ((0x80 | (code & 63)) << 16)
        width = 24
      }
    } else if (code >= 0x80) {
      utf8 = 0xc0 | (code >> 6) | ((0x80 | (code & 63)) << 8)
      width = 16
    }
    bytes += width >> 3
    block |= utf8 << bits
    bits += width
    if (bits >= 32) {
      hash ^= scrambled(block)
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
      bits -= 32
      block = bits === 0 ? 0 : utf8 >>> (width - bits)
    }
  }
  if (bits > 0) hash ^= scrambled(block)
  return stirred(hash ^ bytes)
}

/** Spreads a difference in any bit over all 32; no two numbers become the same. Unsigned. */
export function stirred(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function scrambled(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}
