// What became of attempts at one target: their times by status, their errors, and the WebSockets that are open.
import type { ErrorCode, GatewayError } from '../../errors.js'
import type { TargetMeter } from '../../ports.js'
import type { Point } from './family.js'
import { Histogram } from './histogram.js'

const SWITCHED = 101

export class TargetCounts implements TargetMeter {
  readonly #times = new Map<number, Histogram>()
  readonly #errors = new Map<ErrorCode, number>()
  readonly #attributes: Readonly<Record<string, string>>
  webSockets = 0

  constructor(attributes: Readonly<Record<string, string>>) {
    this.#attributes = attributes
  }

  answered(status: number, headMs: number): void {
    let times = this.#times.get(status)
    if (!times) this.#times.set(status, (times = new Histogram()))
    times.add(headMs)
    if (status === SWITCHED) this.webSockets++
  }

  ended(failure: GatewayError | undefined, status: number): void {
    if (failure) this.#errors.set(failure.code, (this.#errors.get(failure.code) ?? 0) + 1)
    if (status === SWITCHED) this.webSockets--
  }

  times(): Point[] {
    return [...this.#times].map(([status, times]) => ({ attributes: { ...this.#attributes, 'http.response.status_code': String(status) }, ...times.told() }))
  }

  errors(): Point[] {
    return [...this.#errors].map(([code, value]) => ({ attributes: { ...this.#attributes, 'error.type': code }, value }))
  }
}
