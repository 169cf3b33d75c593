// Has all workers do what an operator wants done: a worker asks the first process, which asks them all.
import type { AdminCommand, AdminResult } from '../../src/observe/index.js'
import { countedFamilies, type Family, mergeFamilies } from '../../src/observe/index.js'

/** What is not answered by then is left out, so that one worker that hangs does not blind whoever looks. */
const TIMEOUT_MS = 2000

/** A question that is with others. */
interface Asked<T> {
  readonly awaited: Set<T>
  readonly results: AdminResult[]
  readonly done: (results: readonly AdminResult[]) => void
  readonly timer: NodeJS.Timeout
}

/** Questions to workers, gathered in the first process. `T` stands for a worker. */
export class Together<T> {
  readonly #asked = new Map<number, Asked<T>>()
  readonly #send: (worker: T, id: number, command: AdminCommand) => void
  /** The last that each worker told, and what those counted that have ended: sums must not fall when a worker is replaced. */
  readonly #lastTold = new Map<T, readonly Family[]>()
  #ended: readonly Family[] = []
  #next = 0

  constructor(send: (worker: T, id: number, command: AdminCommand) => void) {
    this.#send = send
  }

  ask(command: AdminCommand, workers: readonly T[]): Promise<readonly AdminResult[]> {
    const id = this.#next++
    return new Promise((resolve) => {
      const done = (results: readonly AdminResult[]): void => resolve(command.kind === 'metrics' ? [...results, { kind: 'metrics', families: this.#ended }] : results)
      this.#asked.set(id, { awaited: new Set(workers), results: [], done, timer: setTimeout(() => this.#finish(id), TIMEOUT_MS) })
      for (const worker of workers) this.#send(worker, id, command)
      if (workers.length === 0) this.#finish(id)
    })
  }

  answered(worker: T, id: number, result: AdminResult): void {
    if (result.kind === 'metrics') this.#lastTold.set(worker, result.families)
    const asked = this.#asked.get(id)
    if (!asked?.awaited.delete(worker)) return
    asked.results.push(result)
    if (asked.awaited.size === 0) this.#finish(id)
  }

  /** Nothing more will come of it; another may take its place. */
  ended(worker: T): void {
    const told = this.#lastTold.get(worker)
    this.#lastTold.delete(worker)
    if (told) this.#ended = mergeFamilies([this.#ended, countedFamilies(told)])
    for (const [id, { awaited }] of this.#asked) if (awaited.delete(worker) && awaited.size === 0) this.#finish(id)
  }

  #finish(id: number): void {
    const asked = this.#asked.get(id)
    if (!asked) return
    clearTimeout(asked.timer)
    this.#asked.delete(id)
    asked.done(asked.results)
  }
}

/** A worker's questions to the first process. */
export class Questions {
  readonly #open = new Map<number, (results: readonly AdminResult[] | undefined) => void>()
  readonly #send: (id: number, command: AdminCommand) => void
  #next = 0

  constructor(send: (id: number, command: AdminCommand) => void) {
    this.#send = send
  }

  /** Undefined when nobody answers: whoever asks answers for itself then. */
  ask(command: AdminCommand): Promise<readonly AdminResult[] | undefined> {
    const id = this.#next++
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answered(id, undefined), 2 * TIMEOUT_MS)
      this.#open.set(id, (results) => {
        clearTimeout(timer)
        resolve(results)
      })
      this.#send(id, command)
    })
  }

  answered(id: number, results: readonly AdminResult[] | undefined): void {
    const open = this.#open.get(id)
    this.#open.delete(id)
    open?.(results && results.length > 0 ? results : undefined)
  }
}
