// DER, read by the letter (X.690 §10): what is not minimal, or goes on behind its end, is none.

export interface Element {
  readonly tag: number
  readonly content: Uint8Array
}

/** The elements that fill the bytes; undefined where they do not. Tags above 30 are in no certificate. */
export function elementsOf(bytes: Uint8Array): readonly Element[] | undefined {
  const elements: Element[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at]!
    let length = bytes[at + 1]
    if ((tag & 0x1f) === 0x1f || length === undefined) return undefined
    at += 2
    if (length >= 0x80) {
      const size = length & 0x7f
      if (size === 0 || size > 3 || at + size > bytes.length) return undefined
      length = bytes.subarray(at, at + size).reduce((value, byte) => value * 256 + byte, 0)
      if (length < (size === 1 ? 0x80 : 256 ** (size - 1))) return undefined
      at += size
    }
    if (at + length > bytes.length) return undefined
    elements.push({ tag, content: bytes.subarray(at, at + length) })
    at += length
  }
  return elements
}

/** What is in an element with this tag. */
export function within(element: Element | undefined, tag: number): readonly Element[] | undefined {
  return element?.tag === tag ? elementsOf(element.content) : undefined
}

/** An object identifier with dots. */
export function identifierText(content: Uint8Array): string {
  const parts: number[] = []
  let value = 0
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    if (parts.length === 0) {
      const first = Math.min(2, Math.floor(value / 40))
      parts.push(first, value - first * 40)
    } else parts.push(value)
    value = 0
  }
  return parts.join('.')
}
