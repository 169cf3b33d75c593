// Time that passes only when nothing is left to do: a queue of events, and the clock that the gateway is given.
import type { Clock } from '../../src/index.js'

interface Happening {
  readonly atMs: number
  /** Of two at one time the one that was planned first happens first. */
  readonly order: number
  readonly happen: () => void
}

/** Virtual time. */
export class VirtualTime implements Clock {
  #nowMs = 1_000_000
  #order = 0
  readonly #heap: Happening[] = []

  nowMs(): number {
    return this.#nowMs
  }

  in(delayMs: number, happen: () => void): void {
    const heap = this.#heap
    const added = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, happen }
    let at = heap.push(added) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(added, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = added
  }

  sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.in(delayMs, wake)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }

  /** Lets everything happen, in order, up to `untilMs` or until `isOver`. After each event all promises it settled are followed to their ends. */
  async pass(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    await quiet()
    for (let next = this.#heap[0]; next && next.atMs <= untilMs && !isOver(); next = this.#heap[0]) {
      this.#takeFirst()
      this.#nowMs = next.atMs
      next.happen()
      await quiet()
    }
  }

  #takeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function quiet(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
