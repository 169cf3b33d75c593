// A body that tells when it is over, for bodies that do not tell themselves.
import type { Payload } from './payload.js'

/** Passes a body on, and calls `over` when it has come to its end, broke off or was given up; perhaps more than once. */
export class WatchedEnd implements Payload {
  readonly #body: Payload
  readonly #over: () => void

  constructor(body: Payload, over: () => void) {
    this.#body = body
    this.#over = over
  }

  /** The body that is watched. */
  get body(): Payload {
    return this.#body
  }

  /** Watches another body in its place. */
  around(body: Payload): WatchedEnd {
    return new WatchedEnd(body, this.#over)
  }

  get length(): number | undefined {
    return this.#body.length
  }

  get used(): boolean {
    return this.#body.used
  }

  stream(): ReadableStream<Uint8Array> {
    const reader = this.#body.stream().getReader()
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          this.#over()
          controller.close()
        } catch (error) {
          this.#over()
          controller.error(error)
        }
      },
      cancel: (reason) => {
        this.#over()
        return reader.cancel(reason)
      },
    }, { highWaterMark: 0 })
  }

  cancel(reason?: unknown): void {
    this.#over()
    this.#body.cancel(reason)
  }
}
