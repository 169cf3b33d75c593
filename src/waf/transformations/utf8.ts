// UTF-8 sequences as `%uXXXX`, so that `urlDecodeUni` reads them; ASCII, and bytes that are no UTF-8, stay.

/** How many bytes a sequence has by its first; 0 for one that begins none. */
export function utf8Length(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0
}

/** The code point of the sequence that begins here; -1 where there is none, or one that is longer than it must be. */
export function utf8At(text: string, at: number): number {
  const lead = text.charCodeAt(at)
  const length = utf8Length(lead)
  if (length === 0 || at + length > text.length) return -1
  let point = lead & (0xff >> (length + 1))
  for (let next = 1; next < length; next++) {
    const byte = text.charCodeAt(at + next)
    if ((byte & 0xc0) !== 0x80) return -1
    point = (point << 6) | (byte & 0x3f)
  }
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000
  return point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? -1 : point
}

export function utf8toUnicode(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text
  let out = ''
  for (let at = 0; at < text.length; at++) {
    const point = text.charCodeAt(at) < 0x80 ? -1 : utf8At(text, at)
    if (point < 0) {
      out += text[at]
      continue
    }
    out += `%u${point.toString(16).padStart(4, '0')}`
    at += utf8Length(text.charCodeAt(at)) - 1
  }
  return out
}
