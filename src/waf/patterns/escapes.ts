// What a backslash stands for in the regular expressions of rules: PCRE's meaning, over bytes.
import { byteSet, type ByteSet, inverted } from './syntax.js'

const DIGIT = byteSet([0x30, 0x39])
const WORD = byteSet([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a])
/** With the vertical tab, and without 0xa0, which JavaScript counts as space. */
const SPACE = byteSet([0x09, 0x0d], [0x20, 0x20])
const HORIZONTAL = byteSet([0x09, 0x09], [0x20, 0x20], [0xa0, 0xa0])
const VERTICAL = byteSet([0x0a, 0x0d], [0x85, 0x85])

const CLASSES: Readonly<Record<string, ByteSet>> = {
  d: DIGIT, D: inverted(DIGIT), w: WORD, W: inverted(WORD), s: SPACE, S: inverted(SPACE),
  h: HORIZONTAL, H: inverted(HORIZONTAL), v: VERTICAL, V: inverted(VERTICAL), N: inverted(byteSet([0x0a, 0x0a])),
}

const CONTROLS: Readonly<Record<string, number>> = { a: 0x07, e: 0x1b, f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09 }

/** The POSIX classes of `[[:alpha:]]`. */
export const POSIX: Readonly<Record<string, ByteSet>> = {
  alnum: byteSet([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a]), alpha: byteSet([0x41, 0x5a], [0x61, 0x7a]), ascii: byteSet([0, 0x7f]), blank: byteSet([0x09, 0x09], [0x20, 0x20]),
  cntrl: byteSet([0, 0x1f], [0x7f, 0x7f]), digit: DIGIT, graph: byteSet([0x21, 0x7e]), lower: byteSet([0x61, 0x7a]), print: byteSet([0x20, 0x7e]),
  punct: byteSet([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]), space: SPACE, upper: byteSet([0x41, 0x5a]), word: WORD, xdigit: byteSet([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]),
}

/** What an escape says, and how many characters of the source it takes, the backslash with it. */
export interface Escape {
  readonly length: number
  /** The byte it stands for; undefined for a class, which cannot begin a range. */
  readonly byte: number | undefined
  /** The class it stands for. */
  readonly bytes: ByteSet | undefined
}

/** The escape at this place; undefined for what stands for no byte: a reference, an assertion, a property. */
export function readEscape(source: string, at: number): Escape | undefined {
  const letter = source[at + 1]
  if (letter === undefined) return undefined
  const named = CLASSES[letter]
  if (named) return { bytes: named, length: 2, byte: undefined }
  if (letter in CONTROLS) return single(CONTROLS[letter]!, 2)
  const [hex, braced, plain] = /^x(?:\{([0-9a-f]+)\}|([0-9a-f]{0,2}))/i.exec(source.slice(at + 1, at + 12)) ?? []
  if (hex !== undefined) {
    const byte = Number.parseInt(braced ?? (plain || '0'), 16)
    return byte > 0xff ? undefined : single(byte, 1 + hex.length)
  }
  const octal = /^0[0-7]{0,2}/.exec(source.slice(at + 1, at + 4))?.[0]
  if (octal !== undefined) return single(Number.parseInt(octal, 8), 1 + octal.length)
  return /[a-z0-9]/i.test(letter) ? undefined : single(source.charCodeAt(at + 1), 2)
}

function single(byte: number, length: number): Escape {
  return { length, byte, bytes: undefined }
}
