// The counters of one filter in memory: of a bounded number of keys, so that a flood of new ones neither grows it nor clears those who are over their limit.
import { type Algorithm, type Counted, type Counter, type Quota, UNUSED } from './counter.js'

/** Numbers of a counter. */
const WIDTH = 3
/** How many counters are looked at when a key comes that has none, and how many where all of those have used their whole quota. */
const LOOKED_AT = 8
const LOOKED_AT_MOST = 64
const FIRST_ROOM = 64

/**
 * Counts by key. A key that is new takes the place of one whose quota is whole again. Where all are in use and there is
 * no room, the one that has used least of a few is forgotten and starts anew when it comes back: who has used all of the
 * quota is let go of only where nearly everybody has.
 */
export class CounterTable {
  readonly #algorithm: Algorithm
  readonly #quota: Quota
  readonly #maxKeys: number
  readonly #slots = new Map<string, number>()
  readonly #keys: string[] = []
  #numbers = new Float64Array(FIRST_ROOM * WIDTH)
  /** Where the next counter is looked at: spread over all of them, and in no order that keys could be sent in. */
  #turn = 1

  constructor(algorithm: Algorithm, quota: Quota, maxKeys: number) {
    this.#algorithm = algorithm
    this.#quota = quota
    this.#maxKeys = maxKeys
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#keys.length
  }

  count(key: string, nowMs: number): Counted {
    const known = this.#slots.get(key)
    const counted = this.#algorithm.count(known === undefined ? UNUSED : this.#read(known), nowMs, this.#quota)
    const { atMs, used, before } = counted.counter
    const at = (known ?? this.#place(key, nowMs)) * WIDTH
    this.#numbers[at] = atMs
    this.#numbers[at + 1] = used
    this.#numbers[at + 2] = before
    return counted
  }

  #read(slot: number): Counter {
    const at = slot * WIDTH
    return { atMs: this.#numbers[at]!, used: this.#numbers[at + 1]!, before: this.#numbers[at + 2]! }
  }

  /** A slot for a new key. */
  #place(key: string, nowMs: number): number {
    const slot = this.#freed(nowMs) ?? this.#keys.length
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    if (this.#numbers.length < (slot + 1) * WIDTH) {
      const larger = new Float64Array(Math.min(this.#numbers.length * 2, this.#maxKeys * WIDTH))
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    return slot
  }

  /** The slot of a counter that was forgotten; undefined where there is room for one more. */
  #freed(nowMs: number): number | undefined {
    const { length } = this.#keys
    if (length === 0) return undefined
    const most = this.#algorithm.most(this.#quota)
    let least = Infinity
    let found = 0
    for (let i = 0; i < LOOKED_AT_MOST && least > 0; i++) {
      if (i >= LOOKED_AT && (length < this.#maxKeys || least + 1 <= most)) break
      const slot = this.#next(length)
      const used = this.#algorithm.used(this.#read(slot), nowMs, this.#quota)
      if (used < least) {
        least = used
        found = slot
      }
    }
    if (least > 0 && length < this.#maxKeys) return undefined
    this.#slots.delete(this.#keys[found]!)
    return found
  }

  /** A linear congruential sequence (Numerical Recipes, §7.1). */
  #next(length: number): number {
    this.#turn = (Math.imul(this.#turn, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#turn / 2 ** 32) * length)
  }
}
