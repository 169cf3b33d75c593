// What ends a transaction.
import type { CompiledRule } from '../rules/program.js'
import type { Disruption } from '../rules/rule.js'

/** What a rule asks for by its match; in detection nothing follows from it. */
export interface Interruption {
  readonly disruption: Disruption
  readonly rule: CompiledRule
  /** What the rule says of it. */
  readonly message: string
}
