// One store as all routes of a gateway share it: reads that never fail, writes in turn, and no write that an invalidation has overtaken.
import type { Fields } from '../../http/fields.js'
import { BytesPayload } from '../../http/payload.js'
import type { Ports, PurgeLog } from '../../ports.js'
import { CodedBodies } from '../coded/stage.js'
import { Collapse, type Landing, type Leader } from '../collapse/stage.js'
import { type Entry, type StoredAnswer, withVariant } from '../entry.js'
import { variantKey } from '../key.js'
import { combineParts } from '../partial.js'
import { Purging } from '../purging/stage.js'
import { keyedText, type QueryRule } from '../query.js'
import { Searches } from '../searches.js'
import type { Draft, EntryStore } from '../stores/entry-store.js'
import { selectingValues } from '../vary.js'

/** A request to the origin whose answer may be stored. What it brings is worth nothing once something has changed the target meanwhile. */
export interface Flight {
  readonly primary: string
  readonly id: string
  outdated: boolean
  /** Set where others wait for it, under the key that they share. */
  readonly leading: Leading | undefined
  /** What these are told when it ends. */
  landing: Landing
}

export interface Leading {
  readonly key: string
  readonly leader: Leader
}

type Effects = Pick<Ports, 'observe' | 'newId' | 'clock'>
type What = 'cache-read' | 'cache-write' | 'cache-delete'

export class Shelf {
  readonly collapse = new Collapse()
  readonly purging: Purging
  readonly searches = new Searches()
  readonly coded: CodedBodies
  /** Opens a place for a body that is too large for memory, where the store has one. */
  readonly draft: (() => Promise<Draft>) | undefined
  /** Rules by which routes have kept answers here, as long as this process knows; by their text. */
  readonly #rules = new Map<string, QueryRule>()
  readonly #entries: EntryStore
  readonly #effects: Effects
  readonly #flights = new Map<string, Set<Flight>>()
  /** The last write of each target that is being written. */
  readonly #writes = new Map<string, Promise<void>>()
  /** Targets whose deletion the store has yet to confirm. */
  readonly #going = new Map<string, number>()

  /** Stored answers that are being validated behind clients' backs. */
  readonly #validating = new Set<string>()

  constructor(entries: EntryStore, effects: Effects, log?: PurgeLog) {
    this.#entries = entries
    this.draft = entries.draft?.bind(entries)
    this.#effects = effects
    this.purging = new Purging(log, effects)
    this.coded = new CodedBodies({
      draft: this.draft,
      read: (id, key) => this.read(id, key),
      put: async (id, key, entry) => {
        try {
          await entries.set(key, entry)
        } catch (error) {
          this.#tell(id, 'cache-write', error)
        }
      },
      fail: (id, error) => this.#tell(id, 'cache-write', error),
    })
  }

  /** What stands under a primary key, once it is written what has come for it before. A store that fails counts as a miss. */
  get(id: string, primary: string): Entry | undefined | Promise<Entry | undefined> {
    if (this.#going.size > 0 && this.#going.has(primary)) return undefined
    const writing = this.#writes.size > 0 ? this.#writes.get(primary) : undefined
    const found = writing ? writing.then(() => this.read(id, primary)) : this.read(id, primary)
    if (!(found instanceof Promise)) {
      this.purging.learnSoon(id)
      return found
    }
    const learning = this.purging.learn(id)
    return learning === true ? found : this.#ifKnown(found, learning)
  }

  /** What was found, where it is known what was purged. */
  async #ifKnown(found: Promise<Entry | undefined>, learning: Promise<boolean>): Promise<Entry | undefined> {
    const [entry, isKnown] = await Promise.all([found, learning])
    if (isKnown) return entry
    if (entry?.kind === 'answer') entry.answer.body?.cancel()
    return undefined
  }

  /** What the store takes, where it knows. */
  get bytesUsed(): number | undefined {
    return this.#entries.bytesUsed
  }

  /** Notes a rule by which a route keeps its answers here. */
  learnRule(rule: QueryRule): void {
    this.#rules.set(JSON.stringify(rule), rule)
  }

  /** The targets under which answers to one may be kept. */
  spellings(origin: string, target: string): ReadonlySet<string> {
    const spellings = new Set([this.searches.keyOf(origin, target)])
    for (const rule of this.#rules.values()) spellings.add(this.searches.keyOf(origin, keyedText(target, rule)))
    return spellings
  }

  read(id: string, key: string): Entry | undefined | Promise<Entry | undefined> {
    try {
      const found = this.#entries.get(key)
      return found instanceof Promise ? found.catch((error: unknown) => this.#tell(id, 'cache-read', error)) : found
    } catch (error) {
      return this.#tell(id, 'cache-read', error)
    }
  }

  /** A name for a body that is about to be stored. */
  newBodyId(): string {
    return this.#effects.newId()
  }

  begin(id: string, primary: string, leading?: Leading): Flight {
    const flight: Flight = { primary, id, outdated: false, leading, landing: { kind: 'nothing' } }
    const others = this.#flights.get(primary)
    if (others) others.add(flight)
    else this.#flights.set(primary, new Set([flight]))
    return flight
  }

  end(flight: Flight): void {
    const flights = this.#flights.get(flight.primary)
    if (flights?.delete(flight) && flights.size === 0) this.#flights.delete(flight.primary)
    if (!flight.leading) return
    flight.leading.leader.land(flight.landing)
    this.collapse.end(flight.leading.key, flight.leading.leader)
  }

  /** Ends a flight whose answer could not be written down. */
  fail(flight: Flight, error: unknown): void {
    this.#tell(flight.id, 'cache-write', error)
    this.end(flight)
  }

  /** Does the work for a key unless somebody is at it already. */
  async once(key: string, work: () => Promise<void>): Promise<void> {
    if (this.#validating.has(key)) return
    this.#validating.add(key)
    try {
      await work()
    } finally {
      this.#validating.delete(key)
    }
  }

  /** Forgets a target with all its variants, and whatever is on its way to become one. */
  async invalidate(id: string, primary: string): Promise<void> {
    for (const flight of this.#flights.get(primary) ?? []) {
      flight.outdated = true
      // Whoever asks from now on must not get what was asked for before.
      if (flight.leading) this.collapse.end(flight.leading.key, flight.leading.leader)
    }
    this.#going.set(primary, (this.#going.get(primary) ?? 0) + 1)
    try {
      await this.#entries.delete(primary)
    } catch (error) {
      this.#tell(id, 'cache-delete', error)
    }
    const left = this.#going.get(primary)! - 1
    if (left > 0) this.#going.set(primary, left)
    else this.#going.delete(primary)
  }

  /** Forgets one stored answer below a primary key. */
  drop(id: string, primary: string, key: string): Promise<void> {
    return this.#inTurn(primary, async () => {
      try {
        await this.#entries.delete(key)
      } catch (error) {
        this.#tell(id, 'cache-delete', error)
      }
    })
  }

  /** Stores what a flight has brought, and ends it. Never rejects. */
  keep(flight: Flight, brought: StoredAnswer | Promise<StoredAnswer>, names: readonly string[], request: Fields): Promise<void> {
    return this.#write(flight, async () => {
      const entry = await brought
      const found = await this.#entries.get(flight.primary)
      const alone = names.length === 0 && !hasOthers(found, entry.partition)
      const variant = { partition: entry.partition, names, values: selectingValues(names, request) }
      const listing = alone ? undefined : withVariant(found, variant, this.#effects.newId())
      if (!listing) return this.#entries.set(flight.primary, await completed(found, entry))
      const { list, moved, evicted } = listing
      if (moved) await this.#entries.set(variantKey(flight.primary, list, moved.variant), moved.entry)
      else if (found?.kind === 'answer') found.answer.body?.cancel()
      const key = variantKey(flight.primary, list, variant)
      await this.#entries.set(key, entry.answer.status === 206 ? await completed(await this.#entries.get(key), entry) : entry)
      await this.#entries.set(flight.primary, list)
      for (const old of evicted) await this.#entries.delete(variantKey(flight.primary, list, old))
    })
  }

  /** Gives a stored answer other fields and terms, and ends the flight. Never rejects. */
  update(flight: Flight, key: string, entry: StoredAnswer): Promise<void> {
    return this.#write(flight, async () => this.#entries.update(key, entry))
  }

  #write(flight: Flight, write: () => Promise<void>): Promise<void> {
    return this.#inTurn(flight.primary, () => this.#guarded(flight, write))
  }

  /** Two writers of one target would lose what the other has added to its list of variants; and who asks for it waits for them. */
  #inTurn(primary: string, work: () => Promise<void>): Promise<void> {
    const mine = (this.#writes.get(primary) ?? Promise.resolve()).then(work)
    this.#writes.set(primary, mine)
    return mine.finally(() => {
      if (this.#writes.get(primary) === mine) this.#writes.delete(primary)
    })
  }

  async #guarded(flight: Flight, write: () => Promise<void>): Promise<void> {
    try {
      if (flight.outdated) return
      await write()
      // An invalidation while the store was at it; later writes wait for this one.
      if (flight.outdated) await this.#entries.delete(flight.primary)
    } catch (error) {
      this.#tell(flight.id, 'cache-write', error)
    } finally {
      this.end(flight)
    }
  }

  #tell(id: string, what: What, error: unknown): undefined {
    this.#effects.observe({ kind: 'background-failed', id, what, detail: String(error) })
  }
}

/** Whether answers from other destinations stand there, which a single answer would push out. */
function hasOthers(found: Entry | undefined, partition: string): boolean {
  if (!found) return false
  return found.kind === 'answer' ? found.partition !== partition : found.variants.some((variant) => variant.partition !== partition)
}

/** Most that two parts are together made one in memory. */
const MAX_COMBINED_BYTES = 16 * 1024 ** 2

/** A part together with the one that is stored, where they are of one answer; what is stored is used up. */
async function completed(found: Entry | undefined, entry: StoredAnswer): Promise<StoredAnswer> {
  if (found?.kind !== 'answer') return entry
  const { status, body } = found.answer
  const fresh = entry.answer.body
  if (entry.answer.status !== 206 || status !== 206 || !body || !(fresh instanceof BytesPayload) || (body.length ?? Infinity) + fresh.length > MAX_COMBINED_BYTES) {
    body?.cancel()
    return entry
  }
  const bytes = body instanceof BytesPayload ? body.bytes : new Uint8Array(await new Response(body.stream() as BodyInit).arrayBuffer())
  return combineParts(found, bytes, entry, fresh.bytes) ?? entry
}
