// What every operator of a rule is.
import type { Place } from '../seclang/directive.js'
import type { Macro } from '../seclang/macro.js'

/** Puts what a transaction knows into a text. */
export type Expand = (macro: Macro) => string

export interface Operator {
  readonly matches: (text: string, expand: Expand) => boolean
  /** What `capture` keeps of a text that matches: the match, and its groups. */
  readonly captured?: (text: string) => readonly string[]
  /** In lower case: a text without any of these does not match, whatever the transaction. */
  readonly literals?: readonly string[]
  /** Makes what the first text would have to wait for. */
  readonly prepare?: () => void
}

/** What operators are made with. */
export interface OperatorSource {
  readonly place: Place
  /** Text with the macros in it; those that never change are put in already. */
  readonly argument: Macro
  /** A data file beside the rules; throws `Unreadable` when it is not there. */
  readonly dataFile: (name: string) => string
}
