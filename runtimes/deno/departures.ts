// From when on a client's going is listened for: what that costs, a tenth of a small request, is not paid for those that are answered soon.

/** A request that can listen. */
export interface Listening {
  listen(): void
}

/** Who has waited at one look and still does at the next is listened for: a client that goes is known to have gone within twice as long. */
const LOOK_MS = 40

/** The requests that nobody has answered or listens for yet. */
export class Departures {
  readonly #newer = new Set<Listening>()
  readonly #older = new Set<Listening>()
  #timer: ReturnType<typeof setTimeout> | undefined

  begun(request: Listening): void {
    this.#newer.add(request)
    this.#timer ??= setTimeout(this.#look, LOOK_MS)
  }

  answered(request: Listening): void {
    if (!this.#newer.delete(request)) this.#older.delete(request)
  }

  readonly #look = (): void => {
    for (const request of this.#older) request.listen()
    this.#older.clear()
    for (const request of this.#newer) this.#older.add(request)
    this.#newer.clear()
    this.#timer = this.#older.size > 0 ? setTimeout(this.#look, LOOK_MS) : undefined
  }
}
