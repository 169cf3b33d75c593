// Bytes as hexadecimal digits, and digits as bytes.
import { hexByte } from './hex.js'

export function hexEncode(text: string): string {
  return Array.from(text, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

/** In pairs; up to the first pair that is none. */
export function hexDecode(text: string): string {
  let out = ''
  for (let at = 0; at + 1 < text.length; at += 2) {
    const byte = hexByte(text, at)
    if (byte < 0) break
    out += String.fromCharCode(byte)
  }
  return out
}

/** `0x6162` of SQL. */
export function sqlHexDecode(text: string): string {
  return /0x[0-9a-f]{2}/i.test(text) ? text.replace(/0x((?:[0-9a-f]{2})+)/gi, (_, digits: string) => hexDecode(digits)) : text
}
