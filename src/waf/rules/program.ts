// Rules made ready to run: names are places, markers are positions, and what never changes is settled.
import type { BodyLimits } from '../bodies/parsed-body.js'
import type { TxLayout } from '../engine/tx-layout.js'
import type { Variable } from '../engine/variables.js'
import type { Operator } from '../operators/operator.js'
import type { PhraseFinder } from '../patterns/phrases.js'
import type { EngineMode } from '../seclang/control.js'
import type { Macro } from '../seclang/macro.js'
import type { Selectable } from '../seclang/selection.js'
import type { Chain } from './chains.js'
import type { Disruption, Phase } from './rule.js'

/** A term of a rule's variables. */
export interface Term {
  /** Its place among all terms; rules that name the same share one. */
  readonly id: number
  readonly name: string
  readonly variable: Variable
  readonly counted: boolean
  /** Which members, by their names in lower case; undefined for all. */
  readonly chooses: ((lowerKey: string) => boolean) | undefined
  /** Of `TX`: the place of the one variable that is meant. */
  readonly slot: number | undefined
}

/** A list of variables. */
export interface TargetSet {
  readonly terms: readonly Term[]
  readonly excluded: readonly Exclusion[]
  /** May hold other values from one rule to the next. */
  readonly volatile: boolean
}

export interface Exclusion {
  readonly name: string
  readonly chooses: ((lowerKey: string) => boolean) | undefined
}

export interface CompiledAssignment {
  /** The place of the variable, where its name is known; or its name. */
  readonly slot: number | undefined
  readonly name: Macro
  readonly how: 'set' | 'add' | 'subtract' | 'unset'
  readonly value: Macro
}

export type CompiledControl =
  | { readonly kind: 'engine'; readonly mode: EngineMode }
  | { readonly kind: 'remove'; readonly rules: readonly number[] }
  | { readonly kind: 'removeTarget'; readonly rules: readonly number[]; readonly excluded: readonly Exclusion[] }
  | { readonly kind: 'bodyProcessor'; readonly name: string }
  | { readonly kind: 'bodyVariable'; readonly on: boolean }
  | { readonly kind: 'bodyAccess'; readonly of: 'request' | 'response'; readonly on: boolean }

export interface CompiledLink {
  /** undefined matches always. */
  readonly operator: Operator | undefined
  readonly negated: boolean
  readonly targets: TargetSet
  readonly chain: Chain
  /** Each of these is looked at, where a rule wants to see what lies between its transformations. */
  readonly steps: readonly Chain[] | undefined
  /** The bit without which a value cannot match; -1 where every value has to be tried. */
  readonly bit: number
  readonly capture: boolean
  readonly assignments: readonly CompiledAssignment[]
  readonly controls: readonly CompiledControl[]
}

export interface CompiledRule extends Selectable {
  /** Its place among all rules. */
  readonly index: number
  /** What is told of a match. */
  readonly told: Macro | undefined
  readonly logData: Macro | undefined
  readonly severity: string | undefined
  readonly logged: boolean
  readonly disruption: Disruption
  /** Where its phase goes on after a match; undefined for the next rule. */
  readonly goTo: number | undefined
  readonly links: readonly CompiledLink[]
}

export interface Program {
  readonly phases: Readonly<Record<Phase, readonly CompiledRule[]>>
  /** All of them, by place. */
  readonly rules: readonly CompiledRule[]
  readonly terms: readonly Term[]
  readonly layout: TxLayout
  /** Values of the variables of `TX` at the start of each transaction, by place. */
  readonly initial: readonly (string | undefined)[]
  readonly mode: EngineMode
  readonly finder: PhraseFinder
  readonly limits: BodyLimits
  /** Whether bodies of requests are looked at. */
  readonly requestBodies: boolean
  /** The most of a request's body that is taken in, in bytes; a longer one is refused. */
  readonly maxRequestBody: number
  /** Media types of answers whose bodies are looked at, in lower case. */
  readonly responseBodies: ReadonlySet<string>
  /** The most of an answer's body that is looked at, in bytes; what is behind it passes unseen. */
  readonly maxResponseBody: number
  readonly argumentSeparator: string
}
