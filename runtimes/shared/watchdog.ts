// The limits of one attempt: a single timer that follows it from wait to wait, so that a moving body sets none anew.
import type { ErrorCode } from '../../src/index.js'

/** Calls `onExpire` once with the code of the wait that took too long. */
export class Watchdog {
  readonly #onExpire: (code: ErrorCode) => void
  #code: ErrorCode = 'proxy_internal_error'
  #limitMs = Infinity
  #sinceMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #dueMs = 0

  constructor(onExpire: (code: ErrorCode) => void) {
    this.#onExpire = onExpire
  }

  /** Begins another wait, in place of the one before. */
  wait(code: ErrorCode, limitMs: number): void {
    this.#code = code
    this.#limitMs = limitMs
    this.#sinceMs = performance.now()
    if (this.#timer !== undefined && this.#dueMs <= this.#sinceMs + limitMs) return
    clearTimeout(this.#timer)
    this.#arm(limitMs)
  }

  /** What is waited for has moved; its limit counts from now. */
  moved(): void {
    this.#sinceMs = performance.now()
  }

  /** Ends the watch, or interrupts it until the next wait. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(inMs: number): void {
    this.#dueMs = performance.now() + inMs
    this.#timer = setTimeout(() => this.#look(), inMs)
  }

  #look(): void {
    this.#timer = undefined
    const leftMs = this.#sinceMs + this.#limitMs - performance.now()
    // Timers may come a little early; a wait that is that near its end has ended.
    if (leftMs > 1) this.#arm(leftMs)
    else this.#onExpire(this.#code)
  }
}
