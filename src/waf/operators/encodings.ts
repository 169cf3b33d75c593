// Operators that match what is encoded wrongly.
import { hexByte } from '../transformations/hex.js'
import { utf8At, utf8Length } from '../transformations/utf8.js'
import { byteSet } from '../patterns/syntax.js'
import { Unreadable } from '../seclang/fault.js'
import { constantText } from '../seclang/macro.js'
import type { Operator, OperatorSource } from './operator.js'

/** Matches a byte outside the ranges. */
export function validateByteRange({ argument }: OperatorSource): Operator {
  const ranges = (constantText(argument) ?? '').split(',').map((range): readonly [number, number] => {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(range) ?? []
    const [low, high] = [Number(from), Number(to ?? from)]
    if (from === undefined || low > high || high > 255) throw new Unreadable(`@validateByteRange: "${range}" is no range of bytes such as 32-126`)
    return [low, high]
  })
  const allowed = byteSet(...ranges)
  return { matches: (text) => firstByte(text, (byte) => allowed[byte] === 0) }
}

function firstByte(text: string, is: (byte: number) => boolean): boolean {
  for (let at = 0; at < text.length; at++) if (is(text.charCodeAt(at) & 0xff)) return true
  return false
}

/** Matches a `%` that is not followed by two hexadecimal digits. */
export function validateUrlEncoding(): Operator {
  return {
    literals: ['%'],
    matches: (text) => {
      for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) if (hexByte(text, at + 1) < 0) return true
      return false
    },
  }
}

/** Matches bytes that are no UTF-8. */
export function validateUtf8Encoding(): Operator {
  return {
    matches: (text) => {
      for (let at = 0; at < text.length; at++) {
        if (text.charCodeAt(at) < 0x80) continue
        if (utf8At(text, at) < 0) return true
        at += utf8Length(text.charCodeAt(at)) - 1
      }
      return false
    },
  }
}
