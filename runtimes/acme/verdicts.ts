// What was answered about names lately, for as many of them as there is room for. Time is an argument.

interface Verdict {
  readonly allowed: boolean
  readonly untilMs: number
}

export class Verdicts {
  readonly #most: number
  readonly #kept = new Map<string, Verdict>()

  constructor(most: number) {
    this.#most = most
  }

  of(name: string, nowMs: number): boolean | undefined {
    const verdict = this.#kept.get(name)
    return verdict && verdict.untilMs > nowMs ? verdict.allowed : undefined
  }

  /** The one kept for longest makes room. */
  keep(name: string, allowed: boolean, untilMs: number): void {
    this.#kept.delete(name)
    if (this.#kept.size >= this.#most) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(name, { allowed, untilMs })
  }
}
