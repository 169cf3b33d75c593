// Runs rules in order. The first refusal ends the request.
import type { Exchange } from '../exchange.js'
import type { Refusal, Rule } from './verdict.js'

/** The first refusal of the rules, or undefined when the request may pass. */
export function check(exchange: Exchange, rules: readonly Rule[]): Refusal | undefined {
  for (const rule of rules) {
    const verdict = rule(exchange)
    if (verdict.kind === 'refuse') return verdict
  }
  return undefined
}
