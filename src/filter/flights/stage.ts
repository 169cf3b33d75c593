// One piece of work for all who need what comes of it at the same time: the first request does it, others join.
import type { Exchange } from '../../exchange.js'
import type { Ports } from '../../ports.js'

export interface Landed<T> {
  readonly result: T
  /** Whether another request has done the work. */
  readonly isJoined: boolean
}

/** Work under way, by what it is for. */
export class Flights<T> {
  readonly #underWay = new Map<string, Promise<T>>()
  readonly #clock: Ports['clock']

  constructor(clock: Ports['clock']) {
    this.#clock = clock
  }

  /**
   * `work` must not reject, and not depend on its client's staying: others wait for it. Undefined for those who join it and wait for longer than `timeoutMs`.
   */
  async share(key: string, work: () => Promise<T>, { background }: Pick<Exchange, 'background'>, timeoutMs: number): Promise<Landed<T> | undefined> {
    const joined = this.#underWay.get(key)
    const flight = joined ?? work()
    if (!joined) {
      this.#underWay.set(key, flight)
      background(flight)
    }
    const result = joined ? await this.#within(timeoutMs, joined) : await flight
    if (this.#underWay.get(key) === flight) this.#underWay.delete(key)
    return result && { result, isJoined: joined !== undefined }
  }

  /** Bounded by a clock of its own: a platform may stop the work of a request whose client is gone. */
  async #within(timeoutMs: number, flight: Promise<T>): Promise<T | undefined> {
    const over = new AbortController()
    const result = await Promise.race([flight, this.#clock.sleep(timeoutMs, over.signal)])
    over.abort()
    return result as T | undefined
  }
}
