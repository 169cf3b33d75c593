// The escapes of JavaScript, of CSS and of C.
import { hexByte, hexRun, wideByte } from './hex.js'

const CONTROLS: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** What an escape gives, and how long it is with its backslash. */
type Escape = readonly [text: string, length: number]

function unescaped(text: string, read: (at: number) => Escape): string {
  if (!text.includes('\\')) return text
  let out = ''
  let kept = 0
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', kept)) {
    const [given, length] = read(at)
    out += text.slice(kept, at) + given
    kept = at + length
  }
  return out + text.slice(kept)
}

/** `\xHH`, `\uHHHH`, octal and control escapes; a backslash before anything else falls away. */
export function jsDecode(text: string): string {
  return unescaped(text, (at) => {
    const letter = text[at + 1]
    if (letter === undefined) return ['\\', 1]
    if (letter === 'u' && hexRun(text, at + 2, 4) === 4) return [String.fromCharCode(wideByte(text, at + 2)), 6]
    if (letter === 'x' && hexRun(text, at + 2, 2) === 2) return [String.fromCharCode(hexByte(text, at + 2)), 4]
    const octal = octalAt(text, at + 1)
    if (octal !== '') return [String.fromCharCode(Number.parseInt(octal, 8)), 1 + octal.length]
    return [CONTROLS[letter] ?? letter, 2]
  })
}

/** Up to three octal digits that make a byte. */
function octalAt(text: string, at: number): string {
  const digits = /^[0-7]{1,3}/.exec(text.slice(at, at + 3))?.[0] ?? ''
  return digits.length === 3 && digits[0]! > '3' ? digits.slice(0, 2) : digits
}

/** Up to six hexadecimal digits and a space, of which the last byte counts; a line's end after a backslash falls away. */
export function cssDecode(text: string): string {
  return unescaped(text, (at) => {
    const count = hexRun(text, at + 1, 6)
    if (count > 0) {
      const space = /\s/.test(text[at + 1 + count] ?? '') ? 1 : 0
      return [String.fromCharCode(cssByte(text, at + 1, count)), 1 + count + space]
    }
    const next = text[at + 1]
    return next === undefined ? ['', 1] : [next === '\n' ? '' : next, 2]
  })
}

function cssByte(text: string, at: number, count: number): number {
  if (count === 1) return hexByte(`0${text[at]}`, 0)
  const last = at + count - 4
  const wide = count === 4 || (count === 5 && text[at] === '0') || (count === 6 && text.startsWith('00', at))
  return wide ? wideByte(text, last) : hexByte(text, at + count - 2)
}

/** The escapes of ANSI C; a backslash before anything else falls away. */
export function escapeSeqDecode(text: string): string {
  return unescaped(text, (at) => {
    const letter = text[at + 1]
    if (letter === undefined) return ['\\', 1]
    if (letter === 'x' && hexRun(text, at + 2, 2) === 2) return [String.fromCharCode(hexByte(text, at + 2)), 4]
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0]
    if (octal !== undefined) return [String.fromCharCode(Number.parseInt(octal, 8) & 0xff), 1 + octal.length]
    return [CONTROLS[letter] ?? letter, 2]
  })
}
