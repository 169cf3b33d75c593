// The operators that know the grammar of SQL and of HTML.
import type { Operator } from '../operators/operator.js'
import { isScriptInjection } from './html/detect.js'
import { sqlInjection } from './sql/detect.js'

/** Of letters, digits and underscores alone no statement is made, and no page. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/

export function detectSqli(): Operator {
  return {
    matches: (text) => !PLAIN.test(text) && sqlInjection(text) !== undefined,
    captured: (text) => [sqlInjection(text) ?? ''],
  }
}

export function detectXss(): Operator {
  return { matches: (text) => !PLAIN.test(text) && isScriptInjection(text), captured: (text) => [text] }
}
