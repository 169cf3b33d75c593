// A body whose pieces are looked at before they pass, and which is broken off where one must not.
import type { Payload } from './payload.js'

/**
 * Looks at a piece of a body, in order, and at the time for which its sender was waited for; the error that it returns
 * breaks the body off, and the piece does not pass.
 */
export type Guard = (piece: Uint8Array, waitedMs: number) => Error | undefined

/** The same body with guards. None of it is kept: pieces pass as they come. */
export class GuardedBody implements Payload {
  readonly length: number | undefined
  readonly #source: Payload
  readonly #guards: readonly Guard[]
  readonly #nowMs: () => number

  constructor(source: Payload, guards: readonly Guard[], nowMs: () => number) {
    this.length = source.length
    this.#source = source
    this.#guards = guards
    this.#nowMs = nowMs
  }

  get used(): boolean {
    return this.#source.used
  }

  stream(): ReadableStream<Uint8Array> {
    const reader = this.#source.stream().getReader()
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const askedMs = this.#nowMs()
          const { done, value } = await reader.read()
          if (done) return controller.close()
          const fault = this.#faultIn(value, this.#nowMs() - askedMs)
          if (!fault) return controller.enqueue(value)
          controller.error(fault)
          // Whoever sends it is let go, whether or not that succeeds.
          reader.cancel(fault).catch(() => {})
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    )
  }

  cancel(reason?: unknown): void {
    this.#source.cancel(reason)
  }

  #faultIn(piece: Uint8Array, waitedMs: number): Error | undefined {
    for (const guard of this.#guards) {
      const fault = guard(piece, waitedMs)
      if (fault) return fault
    }
    return undefined
  }
}
