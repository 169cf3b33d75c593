// Where the variables of `TX` are kept: those that rules name have a place of their own.

/** `TX.0` to `TX.9` come first: what `capture` keeps. */
export const CAPTURES = 10

export class TxLayout {
  readonly #slots = new Map<string, number>()
  readonly #names: string[] = []

  constructor() {
    for (let group = 0; group < CAPTURES; group++) this.slotOf(String(group))
  }

  /** Only while a program is made. The name is in lower case. */
  slotOf(name: string): number {
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    this.#slots.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  /** While requests are looked at: undefined for a name that no rule says. */
  find(name: string): number | undefined {
    return this.#slots.get(name)
  }

  get names(): readonly string[] {
    return this.#names
  }
}
