// What is measured of a run: latencies, failures and how evenly the servers were used.
import type { GatewayEvent } from '../../src/index.js'

export interface Measures {
  readonly requests: number
  /** Of the requests that were answered well, sorted, in milliseconds. */
  readonly latencies: Float64Array
  /** Requests that the client saw fail. */
  readonly errors: number
  readonly retries: number
  readonly ejections: number
  /** Requests that each server received. */
  readonly received: readonly number[]
  /** By the second in which a request arrived. */
  readonly seconds: readonly Second[]
  /** The server that each request of a client was answered by, in the order of the answers. */
  readonly servers: ReadonlyMap<string, readonly string[]>
}

interface Second {
  readonly p99Ms: number
  readonly answered: number
  readonly errors: number
}

/** What happens in a run, as it happens. */
export class Observations {
  requests = 0
  readonly #startMs: number
  readonly #latencies: number[] = []
  readonly #seconds: { latencies: number[]; errors: number }[]
  readonly #servers = new Map<string, string[]>()
  #errors = 0
  #retries = 0
  #ejections = 0

  constructor(startMs: number, seconds: number) {
    this.#startMs = startMs
    this.#seconds = Array.from({ length: Math.ceil(seconds) }, () => ({ latencies: [], errors: 0 }))
  }

  event(event: GatewayEvent): void {
    if (event.kind === 'attempt-failed' && event.retried) this.#retries++
    if (event.kind === 'target-health' && !event.well) this.#ejections++
    if (event.kind !== 'request' || event.server === undefined) return
    const servers = this.#servers.get(event.client!)
    if (servers) servers.push(event.server)
    else this.#servers.set(event.client!, [event.server])
  }

  answered(sentMs: number, nowMs: number, status: number): void {
    this.requests++
    const second = this.#seconds[Math.floor((sentMs - this.#startMs) / 1000)]!
    if (status >= 500) {
      this.#errors++
      second.errors++
      return
    }
    this.#latencies.push(nowMs - sentMs)
    second.latencies.push(nowMs - sentMs)
  }

  measures(received: readonly number[]): Measures {
    return {
      requests: this.requests,
      latencies: Float64Array.from(this.#latencies).sort(),
      errors: this.#errors,
      retries: this.#retries,
      ejections: this.#ejections,
      received,
      seconds: this.#seconds.map(({ latencies, errors }) => ({ p99Ms: percentile(Float64Array.from(latencies).sort(), 99), answered: latencies.length, errors })),
      servers: this.#servers,
    }
  }
}

/** Of sorted values, by nearest rank; NaN when there are none. */
export function percentile(sorted: Float64Array, percent: number): number {
  return sorted.length === 0 ? NaN : sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!
}

/** How many times the mean the most used server got. */
export function spread(received: readonly number[]): number {
  const sum = received.reduce((all, each) => all + each, 0)
  return (Math.max(...received) * received.length) / sum
}

/** Share of the clients that another server answered the second time, although the first was still there. */
export function movedShare(servers: Measures['servers'], gone: string): number {
  const pairs = [...servers.values()].filter((list) => list.length === 2 && list[0] !== gone)
  return pairs.filter(([first, second]) => first !== second).length / pairs.length
}
