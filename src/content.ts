// What becomes of a route's answers last of all, and what a client is told before them.
import type { After, Exchange } from './exchange.js'
import type { Answer } from './ports.js'

/** One thing that becomes of answers. */
export interface Step {
  /** Changes what is asked for, before filters of the route and the cache see it. */
  prepare?(exchange: Exchange): void
  apply(exchange: Exchange, answer: Answer): Answer | Promise<Answer>
}

/** Sends what is known before the answer. */
export interface Hinter {
  send(exchange: Exchange): void
}

export class Content {
  readonly #steps: readonly Step[]
  readonly #hinter: Hinter | undefined

  constructor(steps: readonly Step[], hinter: Hinter | undefined) {
    this.#steps = steps
    this.#hinter = hinter
  }

  /** Puts these behind the wishes of the exchange; those of filters that come later stand before them. */
  attach(exchange: Exchange): void {
    for (const step of this.#steps) step.prepare?.(exchange)
    const own = this.#steps.map((step): After => (answer) => step.apply(exchange, answer))
    exchange.after = exchange.after ? [...exchange.after, ...own] : own
  }

  /** Called where the answer is yet to be asked for. */
  hint(exchange: Exchange): void {
    this.#hinter?.send(exchange)
  }
}
