// A fault in rule files, with the line it is on; and all of them as an error.
import type { Place } from './directive.js'

/** One fault. */
export interface RuleFault {
  readonly place: Place
  /** What is wrong there and, where that is known, what can be written instead. */
  readonly message: string
}

/** Every fault of a set of rule files. `faults` has them as data. */
export class RulesError extends Error {
  override readonly name = 'RulesError'
  readonly faults: readonly RuleFault[]

  constructor(faults: readonly RuleFault[]) {
    super(faults.map(({ place, message }) => `${place.file}:${place.line}: ${message}`).join('\n'))
    this.faults = faults
  }
}

/** Thrown while one directive is read; whoever reads the file knows the line. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}
