// How long requests took, by route, method and status.
import { OVERFLOW } from './counts.js'
import type { Point } from './family.js'
import { Histogram } from './histogram.js'

/** Any other method counts as `_OTHER`: clients may send what they like. */
const METHODS: readonly string[] = ['_OTHER', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT']
const NUMBER_OF = new Map(METHODS.map((method, i) => [method, i]))

/** Above any status. */
const STEP = 1000

/** Beyond so many combinations further ones count together. */
const MAX_SERIES = 2000

export class RequestTimes {
  /** By route, and there by method and status in one number, so that a lookup makes no text. */
  readonly #routes = new Map<string | undefined, Map<number, Histogram>>()
  readonly #rest = new Histogram()
  #series = 0
  #restUsed = false

  add(route: string | undefined, method: string, status: number, ms: number): void {
    const key = (NUMBER_OF.get(method) ?? 0) * STEP + status
    const known = this.#routes.get(route)?.get(key)
    ;(known ?? this.#begun(route, key)).add(ms)
  }

  #begun(route: string | undefined, key: number): Histogram {
    if (this.#series >= MAX_SERIES) {
      this.#restUsed = true
      return this.#rest
    }
    this.#series++
    const histogram = new Histogram()
    const codes = this.#routes.get(route)
    if (codes) codes.set(key, histogram)
    else this.#routes.set(route, new Map([[key, histogram]]))
    return histogram
  }

  points(): Point[] {
    const points = [...this.#routes].flatMap(([route, series]) => [...series].map(([key, histogram]) => ({
      attributes: { ...(route !== undefined && { 'http.route': route }), 'http.request.method': METHODS[Math.floor(key / STEP)]!, 'http.response.status_code': String(key % STEP) },
      ...histogram.told(),
    })))
    return this.#restUsed ? [...points, { attributes: OVERFLOW, ...this.#rest.told() }] : points
  }
}
