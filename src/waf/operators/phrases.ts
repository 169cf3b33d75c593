// Operators that look for any of many phrases, whatever their case.
import { phraseFinder } from '../patterns/phrases.js'
import { Unreadable } from '../seclang/fault.js'
import { constantText } from '../seclang/macro.js'
import type { Operator, OperatorSource } from './operator.js'

/** Phrases apart by spaces; bytes may be written `|41 42|`. */
export function pm({ argument }: OperatorSource): Operator {
  const text = constantText(argument)
  if (text === undefined) throw new Unreadable('@pm takes phrases without macros')
  return finding(text.split(/\s+/).map(withBytes))
}

/** Files with a phrase on each line, and comments behind `#` at its beginning. */
export function pmFromFile({ argument, dataFile }: OperatorSource): Operator {
  const names = (constantText(argument) ?? '').split(/\s+/).filter((name) => name !== '')
  if (names.length === 0) throw new Unreadable('@pmFromFile names no file')
  return finding(names.flatMap((name) => listedLines(dataFile(name))))
}

/** The lines of a data file that say something. */
export function listedLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
}

function withBytes(phrase: string): string {
  return phrase.replace(/\|((?:[0-9a-f]{2} ?)+)\|/gi, (_, digits: string) => digits.replace(/([0-9a-f]{2}) ?/gi, (__, pair: string) => String.fromCharCode(Number.parseInt(pair, 16))))
}

function finding(given: readonly string[]): Operator {
  const phrases = [...new Set(given.filter((phrase) => phrase !== '').map((phrase) => phrase.toLowerCase()))]
  let finder: ReturnType<typeof phraseFinder> | undefined
  const first = (text: string): ReturnType<ReturnType<typeof phraseFinder>['first']> => (finder ??= phraseFinder(phrases.map((phrase) => ({ text: phrase, number: 0 })))).first(text)
  return {
    literals: phrases,
    matches: (text) => first(text) !== undefined,
    prepare: () => void first(''),
    captured: (text) => {
      const found = first(text)
      return found ? [text.slice(found.end - found.length, found.end)] : []
    },
  }
}
