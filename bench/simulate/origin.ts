// A server of the simulation: workers, a queue before them, and the ways in which it fails.
import type { VirtualTime } from './virtual-time.js'

export interface OriginSettings {
  readonly workers: number
  /** How many times as long as usual a request takes; may depend on how many were served. Default 1. */
  readonly slowness?: ((served: number) => number) | undefined
}

/** How a request ended at the server. */
export type Ending = 'answered' | 'unable' | 'refused' | 'broken-off'

/** `unable` answers 503 at once; `stopping` ends what it has and refuses the rest. */
export type Condition = 'up' | 'unable' | 'stopping' | 'down'

interface Job {
  readonly demandMs: number
  readonly end: (ending: Ending) => void
  over: boolean
}

/** Time in which a server refuses a connection, or says that it is unable. */
const AT_ONCE_MS = 1

export class Origin {
  received = 0
  #served = 0
  #condition: Condition = 'up'
  readonly #settings: OriginSettings
  readonly #time: VirtualTime
  readonly #busy = new Set<Job>()
  #queue: Job[] = []

  constructor(settings: OriginSettings, time: VirtualTime) {
    this.#settings = settings
    this.#time = time
  }

  become(condition: Condition): void {
    this.#condition = condition
    if (condition === 'up') this.#served = 0
    if (condition !== 'down') return
    const lost = [...this.#busy, ...this.#queue]
    this.#busy.clear()
    this.#queue = []
    for (const job of lost) this.#end(job, 'broken-off')
  }

  /** Takes a request that keeps a worker busy for `demandMs` times the server's slowness. Gives what gives it up. */
  take(demandMs: number, end: (ending: Ending) => void): () => void {
    const job: Job = { demandMs, end, over: false }
    if (this.#condition === 'down' || this.#condition === 'stopping') {
      this.#time.in(AT_ONCE_MS, () => this.#end(job, 'refused'))
      return () => void (job.over = true)
    }
    this.received++
    if (this.#condition === 'unable') this.#time.in(AT_ONCE_MS, () => this.#end(job, 'unable'))
    else if (this.#busy.size < this.#settings.workers) this.#work(job)
    else this.#queue.push(job)
    return () => this.#giveUp(job)
  }

  #work(job: Job): void {
    this.#busy.add(job)
    this.#time.in(job.demandMs * (this.#settings.slowness?.(this.#served) ?? 1), () => {
      if (!this.#busy.delete(job)) return
      this.#served++
      this.#end(job, 'answered')
      this.#next()
    })
  }

  #next(): void {
    const next = this.#queue.shift()
    if (next) this.#work(next)
  }

  #giveUp(job: Job): void {
    if (job.over) return
    job.over = true
    if (this.#busy.delete(job)) this.#next()
    else this.#queue = this.#queue.filter((waiting) => waiting !== job)
  }

  #end(job: Job, ending: Ending): void {
    if (job.over) return
    job.over = true
    job.end(ending)
  }
}
