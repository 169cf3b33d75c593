// Filters of the user's own.
import type { Rule } from './verdict.js'

/**
 * Gives a filter of your own its types; does nothing else. It stands in `filters` like any other:
 * `filters: [defineFilter(({ fields }) => (fieldValue(fields, 'x-key') ? PASS : { kind: 'refuse', code: 'http_request_denied', reason: 'own: no key' }))]`.
 * One that throws or rejects refuses the request with 500.
 */
export function defineFilter(rule: Rule): Rule {
  return rule
}
