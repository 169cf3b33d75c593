// The purges of one store: in force here at once, kept where the store keeps its entries, and learnt from others who share it.
import type { NumberedPurge, Ports, PurgeLog, PurgeRecord } from '../../ports.js'
import { Purges } from '../purges.js'

/** How long what others have purged may go unnoticed by hits that ask no store. */
const LEARN_MS = 1000
/** Stands in the log of a store that may hold answers to QUERY. */
const QUERIES = 'queries'

export class Purging {
  readonly purges = new Purges()
  readonly #log: PurgeLog | undefined
  readonly #effects: Pick<Ports, 'observe' | 'clock'>
  #holdsQueries = false
  #learntMs = -Infinity
  /** Purges that the log has not taken yet. They stay in force for all that is stored until it has. */
  #unsent: PurgeRecord[] = []
  #isSending = false

  constructor(log: PurgeLog | undefined, effects: Pick<Ports, 'observe' | 'clock'>) {
    this.#log = log
    this.#effects = effects
  }

  /** Whether answers to QUERY may be stored, which are under keys that no other method has. */
  get holdsQueries(): boolean {
    return this.#holdsQueries
  }

  noteQueries(id: string): void {
    if (this.#holdsQueries) return
    this.#holdsQueries = true
    if (!this.#log) return
    const record = { mark: QUERIES, soft: true, atMs: 0 }
    this.purges.begin(record)
    void this.#keep(id, this.#log, record)
  }

  /** Takes out, or makes stale, what the marks are of. Never rejects; false where the store has not kept it, and will be asked again. */
  async purge(id: string, marks: readonly string[], soft: boolean): Promise<boolean> {
    const atMs = this.#effects.clock.nowMs()
    const log = this.#log
    const records = marks.map((mark) => ({ mark, soft, atMs }))
    for (const record of records) {
      if (log) this.purges.begin(record)
      else this.purges.apply({ ...record, generation: this.purges.generation + 1 })
    }
    return !log || (await Promise.all(records.map((record) => this.#keep(id, log, record)))).every((kept) => kept)
  }

  /** Learns what others have purged. True where there is nothing to wait for; resolves to false when that cannot be known. */
  learn(id: string): true | Promise<boolean> {
    if (this.#unsent.length > 0 && !this.#isSending) void this.#resend(id)
    try {
      const news = this.#log?.read()
      this.#learntMs = this.#effects.clock.nowMs()
      return news ? news.then((records) => this.#take(records), (error: unknown) => this.#tell(id, error)) : true
    } catch (error) {
      return Promise.resolve(this.#tell(id, error))
    }
  }

  /** The same behind the back of a hit that asks no store, now and then. */
  learnSoon(id: string): void {
    if (this.#log && this.#effects.clock.nowMs() - this.#learntMs >= LEARN_MS) void this.learn(id)
  }

  #take(records: readonly NumberedPurge[]): boolean {
    this.#holdsQueries ||= records.some(({ mark }) => mark === QUERIES)
    this.purges.applyAll(records)
    return true
  }

  async #keep(id: string, log: PurgeLog, record: PurgeRecord): Promise<boolean> {
    try {
      this.purges.confirm({ ...record, generation: await log.append(record) })
      return true
    } catch (error) {
      this.#unsent.push(record)
      return this.#tell(id, error)
    }
  }

  async #resend(id: string): Promise<void> {
    this.#isSending = true
    await Promise.all(this.#unsent.splice(0).map((record) => this.#keep(id, this.#log!, record)))
    this.#isSending = false
  }

  #tell(id: string, error: unknown): false {
    this.#effects.observe({ kind: 'background-failed', id, what: 'cache-purge', detail: String(error) })
    return false
  }
}
