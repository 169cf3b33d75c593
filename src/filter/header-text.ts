// A text of somebody else's as the value of a header field.

/** Printable ASCII, without what is to be escaped. */
const PLAIN = /^[!-$&-~](?:[ -$&-~]*[!-$&-~])?$/

/**
 * The text, percent-encoded where a field cannot carry it: what is not ASCII as UTF-8, control characters (so that no line can
 * be broken), spaces at the ends, and `%` itself, so that whoever decodes it always has what it was. `alsoEncode` is one more
 * character to encode, such as the comma of a list.
 */
export function headerText(text: string, alsoEncode?: string): string {
  if (PLAIN.test(text) && (alsoEncode === undefined || !text.includes(alsoEncode))) return text
  let out = ''
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte)
    out += byte < 0x20 || byte > 0x7e || byte === 0x25 || character === alsoEncode ? percent(byte) : character
  }
  const inner = out.trim()
  if (inner.length === out.length) return out
  // No regular expression: one for the end would look at every run of spaces from each of its places.
  const before = inner === '' ? 0 : out.length - out.trimStart().length
  return '%20'.repeat(before) + inner + '%20'.repeat(out.length - inner.length - before)
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
