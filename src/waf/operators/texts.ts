// Operators that compare texts byte by byte.
import { constantText } from '../seclang/macro.js'
import type { Operator, OperatorSource } from './operator.js'

/** `whole`: what matches holds the argument, so that its letters can be looked for ahead. */
function comparing(holds: (text: string, argument: string) => boolean, whole: boolean): (source: OperatorSource) => Operator {
  return ({ argument }) => {
    const constant = constantText(argument)
    if (constant === undefined) return { matches: (text, expand) => holds(text, expand(argument)) }
    return { matches: (text) => holds(text, constant), ...(whole && constant !== '' && { literals: [constant.toLowerCase()] }) }
  }
}

export const streq = comparing((text, argument) => text === argument, true)
export const contains = comparing((text, argument) => text.includes(argument), true)
export const beginsWith = comparing((text, argument) => text.startsWith(argument), true)
export const endsWith = comparing((text, argument) => text.endsWith(argument), true)
/** The other way round: the text stands within the argument. */
export const within = comparing((text, argument) => argument.includes(text), false)
export const containsWord = comparing(includesWord, true)

function includesWord(text: string, word: string): boolean {
  if (word === '') return true
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + word.length])) return true
  }
  return false
}

function isWordCharacter(char: string | undefined): boolean {
  return char !== undefined && /\w/.test(char)
}
