// A rule with everything that belongs to it: its chain, what defaults gave it, and what other directives changed in it.
import type { Assignment } from '../seclang/assignment.js'
import type { Control } from '../seclang/control.js'
import type { Comparison, Place, Target } from '../seclang/directive.js'
import type { Macro } from '../seclang/macro.js'

export type Phase = 1 | 2 | 3 | 4 | 5

/** One comparison of a rule, and what follows from each match of it. */
export interface RuleLink {
  /** undefined matches always. */
  readonly comparison: Comparison | undefined
  readonly targets: readonly Target[]
  /** By name, in order. */
  readonly transformations: readonly string[]
  readonly multiMatch: boolean
  readonly capture: boolean
  readonly assignments: readonly Assignment[]
  readonly controls: readonly Control[]
}

/** What ends the transaction when a rule matches; `pass` ends nothing. */
export interface Disruption {
  readonly kind: 'pass' | 'allow' | 'deny' | 'drop' | 'redirect'
  readonly status: number
  /** Of `allow`: `phase` for the rest of the phase, `request` for all before the answer, '' for the whole transaction. Of `redirect`: where to. */
  readonly to: string
}

export interface Rule {
  readonly kind: 'rule'
  readonly place: Place
  readonly id: number
  readonly phase: Phase
  readonly tags: readonly string[]
  readonly message: Macro | undefined
  readonly logData: Macro | undefined
  readonly severity: string | undefined
  readonly logged: boolean
  readonly disruption: Disruption
  /** The marker at which to go on. */
  readonly skipAfter: string | undefined
  readonly skip: number
  /** All have to match. */
  readonly links: readonly RuleLink[]
  /** Set when the rule keeps a collection beyond the request, which is a fault once the rule can be reached. */
  readonly keeps: boolean
}

export interface Marker {
  readonly kind: 'marker'
  readonly name: string
}

/** Rules and markers in the order of the files. */
export type Entry = Rule | Marker
