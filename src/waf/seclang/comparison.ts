// The operator of a rule: `@name argument`, with `!` before it, or a bare regular expression.
import type { Comparison } from './directive.js'

export function readComparison(text: string): Comparison {
  const negated = text.startsWith('!')
  const rest = negated ? text.slice(1).trimStart() : text
  const [, name, argument] = /^@([a-z0-9]+)(?:\s+(.*))?$/is.exec(rest) ?? []
  return name === undefined ? { name: 'rx', negated, argument: rest } : { name, negated, argument: (argument ?? '').trim() }
}
