// Counters by a name and perhaps a number, such as a filter and the status it answered with. Counting allocates for new ones only.
import type { Point } from './family.js'

interface Cell {
  count: number
}

/** Beyond so many names further ones count together: what is counted may be named by somebody else. */
const MAX_NAMES = 1000

/** What OpenTelemetry calls the rest where there are too many to tell apart. */
export const OVERFLOW: Readonly<Record<string, string>> = { 'otel.metric.overflow': 'true' }

export class Counts {
  readonly #cells = new Map<string, Map<number, Cell>>()
  readonly #name: string
  readonly #code: string
  #rest = 0

  /** By the attributes of the name and of the number. */
  constructor(name: string, code = '') {
    this.#name = name
    this.#code = code
  }

  add(name: string, code = 0, by = 1): void {
    const codes = this.#cells.get(name)
    const cell = codes?.get(code)
    if (cell) cell.count += by
    else if (codes) codes.set(code, { count: by })
    else if (this.#cells.size < MAX_NAMES) this.#cells.set(name, new Map([[code, { count: by }]]))
    else this.#rest += by
  }

  points(): Point[] {
    const points = [...this.#cells].flatMap(([name, codes]) => [...codes].map(([code, { count }]) => ({ attributes: { [this.#name]: name, ...(this.#code === '' ? {} : { [this.#code]: String(code) }) }, value: count })))
    return this.#rest > 0 ? [...points, { attributes: OVERFLOW, value: this.#rest }] : points
  }
}
