// Listeners that follow one another on a port: how certificates change where a runtime shows those that a listener began with for as long as it lasts.

/** How long one goes on beside the next. Each of its answers says that it is the connection's last; whoever asks again comes to the next one. */
const OVERLAP_MS = 1000

/** What is asked of the runtime. */
export interface Ways<Listener> {
  /** Opens another one on the same port. Throws where that cannot be had. */
  open(): Listener
  /** Stops listening; resolves once what is under way has ended. */
  stop(listener: Listener): Promise<unknown>
}

/** The listener in force, and those before it that have not ended yet. */
export class Generations<Listener> {
  readonly #ways: Ways<Listener>
  readonly #old = new Set<Listener>()
  readonly #stopping = new Map<Listener, Promise<unknown>>()
  #current: Listener

  constructor(ways: Ways<Listener>) {
    this.#ways = ways
    this.#current = ways.open()
  }

  get current(): Listener {
    return this.#current
  }

  get all(): readonly Listener[] {
    return [...this.#old, this.#current]
  }

  /** Puts another in the place of the one in force, which ends soon. Where it cannot be opened all stays as it is. */
  follow(): void {
    const old = this.#current
    this.#current = this.#ways.open()
    this.#old.add(old)
    setTimeout(() => void this.#stop(old), OVERLAP_MS).unref()
  }

  /** Opens another in the place of the one in force, which has ended by itself. */
  replace(): void {
    this.#current = this.#ways.open()
  }

  /** Resolves once all have ended. */
  async stop(): Promise<void> {
    await Promise.all(this.all.map((listener) => this.#stop(listener)))
  }

  #stop(listener: Listener): Promise<unknown> {
    let stopping = this.#stopping.get(listener)
    if (!stopping) {
      const gone = (): void => {
        this.#old.delete(listener)
        this.#stopping.delete(listener)
      }
      stopping = this.#ways.stop(listener).then(gone, gone)
      this.#stopping.set(listener, stopping)
    }
    return stopping
  }
}
