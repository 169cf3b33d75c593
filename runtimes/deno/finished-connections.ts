// Connections that were told to close: Deno.serve sends `Connection: close` and goes on reading.

/** How long a connection is remembered. What is on its way is read within moments, and a second later its port may be another's. */
const REMEMBERED_MS = 1000

/** Remembers connections by the address and port of the client. */
export class FinishedConnections {
  /** Oldest first, each with the time at which it is forgotten. */
  readonly #untilMs = new Map<string, number>()

  add(connection: string): void {
    const nowMs = performance.now()
    for (const [oldest, untilMs] of this.#untilMs) {
      if (untilMs > nowMs) break
      this.#untilMs.delete(oldest)
    }
    this.#untilMs.delete(connection)
    this.#untilMs.set(connection, nowMs + REMEMBERED_MS)
  }

  has(connection: string): boolean {
    const untilMs = this.#untilMs.get(connection)
    return untilMs !== undefined && untilMs > performance.now()
  }
}
