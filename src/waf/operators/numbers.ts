// Operators that compare whole numbers, read as C's `atoi` does.
import type { Operator, OperatorSource } from './operator.js'
import { constantText } from '../seclang/macro.js'

/** The number a text begins with; 0 for none. */
export function leadingInteger(text: string): number {
  const found = /^[\t-\r ]*([+-]?\d+)/.exec(text)
  return found ? Number(found[1]) : 0
}

function comparing(holds: (value: number, than: number) => boolean): (source: OperatorSource) => Operator {
  return ({ argument }) => {
    const constant = constantText(argument)
    const than = constant === undefined ? undefined : leadingInteger(constant)
    return { matches: (text, expand) => holds(leadingInteger(text), than ?? leadingInteger(expand(argument))) }
  }
}

export const eq = comparing((value, than) => value === than)
export const ge = comparing((value, than) => value >= than)
export const gt = comparing((value, than) => value > than)
export const le = comparing((value, than) => value <= than)
export const lt = comparing((value, than) => value < than)
