// The limits of one attempt: a single timer that follows it from wait to wait, so that a moving body sets none anew.
import { type ErrorCode, GatewayError } from '../../src/index.js'
import { type Limit, limitPassed } from './limit-passed.js'

/** Calls `onExpire` once with the error of the wait that took too long. */
export class Watchdog {
  readonly #onExpire: (error: GatewayError) => void
  #code: ErrorCode = 'proxy_internal_error'
  #limit: Limit | undefined
  #limitMs = Infinity
  #sinceMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #dueMs = 0

  constructor(onExpire: (error: GatewayError) => void) {
    this.#onExpire = onExpire
  }

  /** Begins another wait, in place of the one before. The setting that limits it is named in the error. */
  wait(code: ErrorCode, limitMs: number, limit?: Limit): void {
    this.#code = code
    this.#limit = limit
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
    else this.#onExpire(this.#limit === undefined ? new GatewayError(this.#code) : limitPassed(this.#code, this.#limit, this.#limitMs))
  }
}
