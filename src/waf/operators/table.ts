// The operators by their names in rules.
import { detectSqli, detectXss } from '../injection/operators.js'
import { Unreadable } from '../seclang/fault.js'
import { ipMatch, ipMatchFromFile } from './addresses.js'
import { validateByteRange, validateUrlEncoding, validateUtf8Encoding } from './encodings.js'
import { rx } from './expressions.js'
import { eq, ge, gt, le, lt } from './numbers.js'
import type { Operator, OperatorSource } from './operator.js'
import { pm, pmFromFile } from './phrases.js'
import { beginsWith, contains, containsWord, endsWith, streq, within } from './texts.js'

type Make = (source: OperatorSource) => Operator

const ALL: Readonly<Record<string, Make>> = {
  beginsWith, contains, containsWord, detectSQLi: detectSqli, detectXSS: detectXss, endsWith, eq, ge, gt, ipMatch, ipMatchF: ipMatchFromFile, ipMatchFromFile, le, lt,
  noMatch: () => ({ matches: () => false }), pm, pmf: pmFromFile, pmFromFile, rx, streq, strmatch: contains, unconditionalMatch: () => ({ matches: () => true }),
  validateByteRange, validateUrlEncoding, validateUtf8Encoding, within,
}

const BY_NAME: ReadonlyMap<string, Make> = new Map(Object.entries(ALL).map(([name, make]) => [name.toLowerCase(), make]))

export function makeOperator(name: string, source: OperatorSource): Operator {
  const make = BY_NAME.get(name.toLowerCase())
  if (!make) throw new Unreadable(`@${name} is no operator that is known; there are ${Object.keys(ALL).map((known) => `@${known}`).join(', ')}`)
  return make(source)
}
