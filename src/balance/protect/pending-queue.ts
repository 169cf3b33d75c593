// Requests that wait for a place: whose turn is next, and who has waited for too long.

export interface QueueSettings {
  /** More do not wait. Default 128. */
  readonly maxPending: number
  /** Longest wait. Default 1 s. */
  readonly pendingTimeoutMs: number
  /** `fifo` is fair. `lifo` serves those first whose clients most likely still wait, and lets the others run into the limit. */
  readonly order: 'fifo' | 'lifo'
}

/** A place in a queue. */
export interface Ticket<T> {
  readonly value: T
}

interface Link<T> extends Ticket<T> {
  readonly sinceMs: number
  older: Link<T> | undefined
  newer: Link<T> | undefined
  queued: boolean
}

/**
 * A queue in which joining, being next and leaving from any place take the same time however many wait. It has no timer:
 * whoever holds it asks `expire` at the time that `expiresAtMs` tells, and refuses whom it gets.
 *
 * It goes by how far the clock has moved forward. While the clock is set back, time stands still for the queue, so that
 * nobody waits for hours.
 */
export class PendingQueue<T> {
  readonly #settings: QueueSettings
  #oldest: Link<T> | undefined
  #newest: Link<T> | undefined
  #size = 0
  /** Time that the queue has seen pass. */
  #passedMs = 0
  #lastMs: number

  constructor(settings: QueueSettings, nowMs: number) {
    this.#settings = settings
    this.#lastMs = nowMs
  }

  get size(): number {
    return this.#size
  }

  /** A place at the end; undefined when the queue is full. */
  join(value: T, nowMs: number): Ticket<T> | undefined {
    this.#see(nowMs)
    if (this.#size >= this.#settings.maxPending) return undefined
    const link: Link<T> = { value, sinceMs: this.#passedMs, older: this.#newest, newer: undefined, queued: true }
    if (this.#newest) this.#newest.newer = link
    else this.#oldest = link
    this.#newest = link
    this.#size++
    return link
  }

  /** Takes out the one whose turn it is; undefined when nobody waits. Who is late and was not expired yet is served too: there is a place. */
  next(): T | undefined {
    return this.#takeOut(this.#settings.order === 'lifo' ? this.#newest : this.#oldest)
  }

  /** Takes out one that has waited for too long; undefined when there is none, until which it is to be asked again. */
  expire(nowMs: number): T | undefined {
    this.#see(nowMs)
    return this.#oldest && this.#leftMs(this.#oldest) <= 0 ? this.#takeOut(this.#oldest) : undefined
  }

  /** When the next one will have waited for too long; undefined when nobody waits. */
  expiresAtMs(nowMs: number): number | undefined {
    this.#see(nowMs)
    return this.#oldest && nowMs + Math.max(0, this.#leftMs(this.#oldest))
  }

  /** Gives a place up, as when the client leaves. False when it was served, expired or given up before. */
  leave(ticket: Ticket<T>): boolean {
    const link = ticket as Link<T>
    if (!link.queued) return false
    this.#takeOut(link)
    return true
  }

  #see(nowMs: number): void {
    if (nowMs > this.#lastMs) this.#passedMs += nowMs - this.#lastMs
    this.#lastMs = nowMs
  }

  #leftMs({ sinceMs }: Link<T>): number {
    return sinceMs + this.#settings.pendingTimeoutMs - this.#passedMs
  }

  #takeOut(link: Link<T> | undefined): T | undefined {
    if (!link) return undefined
    if (link.older) link.older.newer = link.newer
    else this.#oldest = link.newer
    if (link.newer) link.newer.older = link.older
    else this.#newest = link.older
    // A ticket that somebody keeps must not keep its old neighbours.
    link.older = undefined
    link.newer = undefined
    link.queued = false
    this.#size--
    return link.value
  }
}
