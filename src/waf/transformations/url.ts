// `%` escapes of URLs, read as servers do and written.
import { hexByte, hexRun, wideByte } from './hex.js'

/** Characters that code page 20127 gives an ASCII character for which it looks like. */
const LIKENESSES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    '"': '201c 201d 201e 2033 02ba 0308 030e', "'": '2018 2019 201a 201b 2032 02b9 02bb 02bc 02c8 00b4 0301', '*': '2217 204e', '-': '2010 2011 2012 2013 2014 2212', '/': '2044 2215', ':': '2236 0589', ';': '037e',
    '<': '2039 2329 3008', '>': '203a 232a 3009', '\\': '2216', '`': '2035 02cb 0300', '|': '2223 01c0', '~': '223c 02dc 0303',
  }).flatMap(([char, points]) => points.split(' ').map((point) => [point, char.charCodeAt(0)] as const)),
)

/** `%XX` and `+`; what is no escape stays. */
export function urlDecode(text: string): string {
  return decoded(text, false)
}

/** The same, with `%uXXXX` as IIS reads it: what looks like a quote, a slash or a bracket becomes one. */
export function urlDecodeUni(text: string): string {
  return decoded(text, true)
}

function decoded(text: string, wide: boolean): string {
  if (!/[%+]/.test(text)) return text
  let out = ''
  let kept = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '+') {
      out += `${text.slice(kept, at)} `
      kept = at + 1
      continue
    }
    if (char !== '%') continue
    const isWide = wide && (text.charCodeAt(at + 1) | 0x20) === 0x75 && hexRun(text, at + 2, 4) === 4
    const byte = isWide ? (LIKENESSES.get(text.slice(at + 2, at + 6).toLowerCase()) ?? wideByte(text, at + 2)) : hexByte(text, at + 1)
    if (byte < 0) continue
    out += text.slice(kept, at) + String.fromCharCode(byte)
    at += isWide ? 5 : 2
    kept = at + 1
  }
  return out + text.slice(kept)
}

export function urlEncode(text: string): string {
  return text.replace(/[^A-Za-z0-9*]/g, (char) => (char === ' ' ? '+' : `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`))
}
