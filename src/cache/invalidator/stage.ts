// Takes out of every cache what a request has changed, whether its route has a cache or not (RFC 9111 §4.4).
import type { Exchange } from '../../exchange.js'
import { type Fields, fieldValue } from '../../http/fields.js'
import type { Answer } from '../../ports.js'
import { invalidates, relatedReferences } from '../invalidate.js'
import { originOf, primaryKey } from '../key.js'
import { groupMark, urlMark } from '../purges.js'
import type { Shelf } from '../shelf/stage.js'
import { invalidatedGroups } from '../tags.js'

/** A reference in an answer as the target that clients of this gateway ask for; undefined where that is another origin's. */
export type TargetOf = (exchange: Exchange, reference: string) => string | undefined

export class Invalidator {
  readonly #shelves: Iterable<Shelf>
  readonly #targetOf: TargetOf

  constructor(shelves: Iterable<Shelf>, targetOf: TargetOf) {
    this.#shelves = shelves
    this.#targetOf = targetOf
  }

  /** Looks at an answer that came from the origin. */
  after(exchange: Exchange, { status, fields }: Pick<Answer, 'status' | 'fields'>): void {
    if (!invalidates(exchange.method, status)) return
    const targets = new Set([exchange.outgoing.raw, ...relatedReferences(fields).flatMap((reference) => this.#targetOf(exchange, reference) ?? [])])
    const origin = originOf(exchange)
    const groups = invalidatedGroups(fields).map((group) => groupMark(origin, group))
    for (const shelf of this.#shelves) {
      const spellings = new Set([...targets].flatMap((target) => [...shelf.spellings(origin, target)]))
      for (const target of spellings) exchange.background(shelf.invalidate(exchange.id, primaryKey(exchange, target)))
      const marks = shelf.purging.holdsQueries ? [...groups, ...[...spellings].map((target) => urlMark(origin + target))] : groups
      if (marks.length > 0) exchange.background(shelf.purging.purge(exchange.id, marks, false))
    }
  }

  /** Whether an answer says of itself that it is what stands at the target (RFC 9110 §8.7). */
  describesTarget(exchange: Exchange, fields: Fields): boolean {
    const location = fieldValue(fields, 'content-location')
    return location !== undefined && this.#targetOf(exchange, location) === exchange.outgoing.raw
  }
}
