// From filter settings to rules, in the order they were written.
import type { FilterConfig } from '../config/schema.js'
import { allowRule, denyRule } from './access.js'
import type { Rule } from './verdict.js'

/** Compiles a list of filters once, at start. */
export function compileRules(filters: readonly FilterConfig[] | undefined): readonly Rule[] {
  return (filters ?? []).flatMap((filter) => [
    ...(filter.allow ? [allowRule(filter.allow)] : []),
    ...(filter.deny ? [denyRule(filter.deny)] : []),
  ])
}
