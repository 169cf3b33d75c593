// How many streams of a connection may be broken off before their answers are complete. Time is an argument.

/** As many at once: all streams that a page has under way when it is left, twice. */
const BURST = 200
/** As many more in each second. */
const PER_SECOND = 20

/** Counts by a bucket that fills again. Each such stream costs the client a few bytes and the gateway a request (CVE-2023-44487). */
export class ResetBudget {
  #left = BURST
  #sinceMs: number

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  /** Counts one; false when it is one too many. */
  take(nowMs: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((nowMs - this.#sinceMs) / 1000) * PER_SECOND)
    this.#sinceMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
