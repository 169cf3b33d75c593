// Percent-encoding: what an escape stands for, and which escapes say no more than the character would (RFC 3986 §2).

const UNRESERVED = /[A-Za-z0-9\-._~]/

/** No escape at all, or one that no path needs: NUL, at which some readers end, and tab and line breaks, which URL parsers leave out. */
const FAULTY = /%(?![0-9a-f]{2})|%0[09ad]/i

/**
 * The path with its escapes in one spelling: those of unreserved characters decoded, all others in upper case (RFC 3986
 * §6.2.2). Undefined when one is malformed or stands for a NUL, a tab or a line break.
 */
export function normalEscapes(path: string): string | undefined {
  if (FAULTY.test(path)) return undefined
  return path.replace(/%../g, (escape) => {
    const char = charOf(escape)
    return UNRESERVED.test(char) ? char : escape.toUpperCase()
  })
}

/** One round of decoding, a byte for each escape. */
export function decodeOnce(text: string): string {
  return text.replace(/%[0-9A-Fa-f]{2}/g, charOf)
}

function charOf(escape: string): string {
  return String.fromCharCode(parseInt(escape.slice(1), 16))
}

/** A decoded text as it would be written: what may not stand in a target is escaped. */
export function encodeAgain(decoded: string): string {
  return decoded.replace(/[^\x21\x22\x24\x26-\x3e\x40-\x5b\x5d-\x7e]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
