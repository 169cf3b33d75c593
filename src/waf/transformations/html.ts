// Character references of HTML, with or without their semicolon.

const NAMED: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>', nbsp: '\xa0' }

/** Numbers give the low byte of what they name; names other than the five of ModSecurity stay. */
export function htmlEntityDecode(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z0-9]+));?/gi, (reference, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? reference
    return String.fromCharCode(lowByte(hex === undefined ? Number.parseInt(decimal!, 10) : Number.parseInt(hex, 16)))
  })
}

/** C's `strtol` stops at its largest number, of which the low byte is 0xff. */
function lowByte(value: number): number {
  return value > Number.MAX_SAFE_INTEGER ? 0xff : value % 256
}
