// Hexadecimal digits in a text of bytes.

/** The value of the digit at this place, or -1. */
export function hexAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** How many digits stand there, up to a number. */
export function hexRun(text: string, at: number, most: number): number {
  let count = 0
  while (count < most && hexAt(text, at + count) >= 0) count++
  return count
}

/** The byte of two digits; -1 where there are none. */
export function hexByte(text: string, at: number): number {
  const high = hexAt(text, at)
  const low = hexAt(text, at + 1)
  return high < 0 || low < 0 ? -1 : (high << 4) | low
}

/** The byte of four digits: the low one, and ASCII for the full-width forms U+FF01 to U+FF5E. */
export function wideByte(text: string, at: number): number {
  const low = hexByte(text, at + 2)
  return hexByte(text, at) === 0xff && low > 0 && low < 0x5f ? low + 0x20 : low
}
