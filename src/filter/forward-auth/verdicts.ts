// Verdicts that are remembered for a while, in bounded memory, and the questions under way.
import type { Fields } from '../../http/fields.js'

/** What a service said of a request that may pass. */
export interface Granted {
  /** The lines of its answer that the origin gets. */
  readonly lines: Fields
  readonly user: string | undefined
  /** Cookies that its answer sets for the client. */
  readonly cookies: Fields
}

interface Kept {
  readonly granted: Granted
  readonly untilMs: number
  readonly bytes: number
}

/** What an entry costs beside its texts. */
const OVERHEAD_BYTES = 200

/** Grants by the question that they answer. The oldest go when there is no room. */
export class Verdicts<Flight> {
  /** Questions that somebody has asked and others wait for. */
  readonly flights = new Map<string, Promise<Flight>>()
  readonly #kept = new Map<string, Kept>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get size(): number {
    return this.#kept.size
  }

  get(key: string, nowMs: number): Granted | undefined {
    const kept = this.#kept.get(key)
    if (!kept) return undefined
    if (kept.untilMs > nowMs) return kept.granted
    this.#drop(key, kept)
    return undefined
  }

  set(key: string, granted: Granted, untilMs: number): void {
    const before = this.#kept.get(key)
    if (before) this.#drop(key, before)
    const bytes = OVERHEAD_BYTES + 2 * (key.length + (granted.user?.length ?? 0) + granted.lines.reduce((sum, text) => sum + text.length, 0))
    if (bytes > this.#maxBytes) return
    this.#kept.set(key, { granted, untilMs, bytes })
    this.#bytes += bytes
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) break
      this.#drop(oldest, kept)
    }
  }

  #drop(key: string, { bytes }: Kept): void {
    this.#kept.delete(key)
    this.#bytes -= bytes
  }
}
