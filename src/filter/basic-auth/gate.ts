// Bounds slow work: how much of it is under way, and how much waits, in all and of one client.

export interface GateLimits {
  readonly atOnce: number
  readonly waiting: number
  /** Under way or waiting. */
  readonly ofOneClient: number
  /** After so long, work counts as over: a platform may have given its request up. */
  readonly lostMs: number
}

/** A place at work. */
export interface Place {
  readonly client: string | undefined
  sinceMs: number
}

export class Gate {
  readonly #limits: GateLimits
  readonly #working = new Set<Place>()
  readonly #waiting: { readonly place: Place; readonly enter: (place: Place) => void }[] = []

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** A place, as soon as there is one; undefined when too much waits already. A client that is not known is not counted. */
  enter(client: string | undefined, nowMs: number): Promise<Place> | undefined {
    for (const place of this.#working) if (nowMs - place.sinceMs > this.#limits.lostMs) this.leave(place, nowMs)
    const place: Place = { client, sinceMs: nowMs }
    if (client !== undefined && this.#placesOf(client) >= this.#limits.ofOneClient) return undefined
    if (this.#working.size < this.#limits.atOnce) {
      this.#working.add(place)
      return Promise.resolve(place)
    }
    if (this.#waiting.length >= this.#limits.waiting) return undefined
    return new Promise((enter) => this.#waiting.push({ place, enter }))
  }

  leave(place: Place, nowMs: number): void {
    if (!this.#working.delete(place)) return
    const next = this.#waiting.shift()
    if (!next) return
    next.place.sinceMs = nowMs
    this.#working.add(next.place)
    next.enter(next.place)
  }

  #placesOf(client: string): number {
    let count = 0
    for (const place of this.#working) if (place.client === client) count++
    for (const { place } of this.#waiting) if (place.client === client) count++
    return count
  }
}
