// What was found out and holds for a while, in bounded memory: what was remembered first is forgotten first.

interface Held<T> {
  readonly value: T
  readonly untilMs: number
  readonly weight: number
}

/** Values by text. Weights are in any unit; those of all together never exceed the limit. */
export class Remembered<T> {
  readonly #maxWeight: number
  readonly #held = new Map<string, Held<T>>()
  #weight = 0

  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight
  }

  get weight(): number {
    return this.#weight
  }

  get(key: string, nowMs: number): T | undefined {
    const held = this.#held.get(key)
    if (!held) return undefined
    if (held.untilMs > nowMs) return held.value
    this.#drop(key, held)
    return undefined
  }

  set(key: string, value: T, untilMs: number, weight = 1): void {
    const before = this.#held.get(key)
    if (before) this.#drop(key, before)
    if (weight > this.#maxWeight) return
    this.#held.set(key, { value, untilMs, weight })
    this.#weight += weight
    for (const [oldest, held] of this.#held) {
      if (this.#weight <= this.#maxWeight) break
      this.#drop(oldest, held)
    }
  }

  clear(): void {
    this.#held.clear()
    this.#weight = 0
  }

  #drop(key: string, { weight }: Held<T>): void {
    this.#held.delete(key)
    this.#weight -= weight
  }
}
