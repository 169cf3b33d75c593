// Transformations in a row. Rows that begin alike share their beginning, so that it runs once for all of them.
import { transformationNamed, type Transformation } from '../transformations/table.js'

export interface Chain {
  /** Its place in a value's list of forms. */
  readonly id: number
  /** The row without its last step; undefined for the row of none. */
  readonly before: Chain | undefined
  readonly transform: Transformation
  /** The last step changes the case of letters, and nothing else. */
  readonly caseOnly: boolean
}

export class Chains {
  readonly none: Chain = { id: 0, before: undefined, transform: (text) => text, caseOnly: false }
  readonly #after = new Map<string, Chain>()

  /** The row of these transformations. */
  of(names: readonly string[]): Chain {
    return names.reduce((before, name) => this.#next(before, name), this.none)
  }

  /** The rows on the way there, the first and the last among them. */
  stepsOf(names: readonly string[]): Chain[] {
    const steps = [this.none]
    for (const name of names) steps.push(this.#next(steps.at(-1)!, name))
    return steps
  }

  #next(before: Chain, name: string): Chain {
    const path = `${before.id} ${name.toLowerCase()}`
    const known = this.#after.get(path)
    if (known) return known
    const chain: Chain = { id: this.#after.size + 1, before, transform: transformationNamed(name)!, caseOnly: /^(?:lower|upper)case$/i.test(name) }
    this.#after.set(path, chain)
    return chain
  }
}
