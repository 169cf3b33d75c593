// The operator that compares with a regular expression.
import { requiredLiterals } from '../patterns/literals.js'
import { patternMatcher } from '../patterns/matcher.js'
import { parsePattern } from '../patterns/parse.js'
import { Unreadable } from '../seclang/fault.js'
import { constantText } from '../seclang/macro.js'
import type { Operator, OperatorSource } from './operator.js'

export function rx({ argument }: OperatorSource): Operator {
  const source = constantText(argument)
  if (source === undefined) throw new Unreadable('@rx takes an expression without macros: what a client sends must not become one')
  const node = parsePattern(source)
  const matcher = patternMatcher(source, node)
  const literals = requiredLiterals(node)
  return { matches: matcher.test, captured: (text) => matcher.groups(text) ?? [], prepare: matcher.prepare, ...(literals && { literals }) }
}
