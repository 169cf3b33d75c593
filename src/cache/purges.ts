// What was purged: each purge begins a generation, and what was asked for in an older one is not used as it was. A purge costs the same however much is stored.
import type { NumberedPurge, PurgeRecord } from '../ports.js'
import type { Terms } from './entry.js'

/** What to purge. `prefix` is a URL that ends anywhere at a segment: it covers itself and all below it. `soft` makes stale instead of taking out. */
export type Purge = ({ readonly all: true } | { readonly url: string } | { readonly prefix: string } | { readonly tag: string }) & {
  readonly soft?: boolean
  /** Name of the cache; all of them without it. */
  readonly cache?: string
}

/** What is known of all purges of one thing. */
interface Mark {
  /** The generation of the last one that took out, and of the last one that made stale; 0 for none. */
  hard: number
  soft: number
  softMs: number
  /** Purges whose generation is not known yet. */
  pendingHard: number
  pendingSoft: number
}

/** Marks that are kept; what the oldest one covered is then taken for purged with everything else of its time. A log keeps as many records. */
export const MAX_PURGES = 10_000

export type PurgeState = { readonly kind: 'kept' } | { readonly kind: 'gone' } | { readonly kind: 'stale'; readonly sinceMs: number }

const KEPT: PurgeState = { kind: 'kept' }
const GONE: PurgeState = { kind: 'gone' }
const ALL = 'all'

/** Where an entry stands, in the terms of purges. */
export interface Place {
  /** `https://host`, as the client asked. */
  readonly origin: string
  readonly target: string
}

export class Purges {
  readonly #marks = new Map<string, Mark>()
  #generation = 0

  get isEmpty(): boolean {
    return this.#marks.size === 0
  }

  /** The last purge that is known, by its number. */
  get generation(): number {
    return this.#generation
  }

  /** Puts a purge in force. */
  apply({ mark, soft, atMs, generation }: NumberedPurge): void {
    this.#generation = Math.max(this.#generation, generation)
    this.#change(mark, (known) => {
      if (!soft) known.hard = Math.max(known.hard, generation)
      else if (generation >= known.soft) Object.assign(known, { soft: generation, softMs: atMs })
    })
  }

  /** Applies what a log has given. One that is full may have forgotten what was before. */
  applyAll(records: readonly NumberedPurge[]): void {
    if (records.length >= MAX_PURGES) this.apply({ ...records[0]!, mark: ALL, soft: false })
    for (const record of records) this.apply(record)
  }

  /** Puts a purge in force for all that is stored, before its generation is known. Confirmed by {@link confirm}, once. */
  begin({ mark, soft, atMs }: PurgeRecord): void {
    this.#change(mark, (known) => {
      if (!soft) known.pendingHard++
      else Object.assign(known, { pendingSoft: known.pendingSoft + 1, softMs: atMs })
    })
  }

  confirm(record: NumberedPurge): void {
    this.apply(record)
    const known = this.#marks.get(record.mark)!
    const all = this.#marks.get(ALL)
    if (record.soft && known.pendingSoft > 0) known.pendingSoft--
    else if (!record.soft && known.pendingHard > 0) known.pendingHard--
    // Its mark had to go while it was waiting.
    else if (all && all.pendingHard > 0) all.pendingHard--
  }

  /** What became of an entry. */
  stateOf({ origin, target }: Place, { generation, tags, groups }: Pick<Terms, 'generation' | 'tags' | 'groups'>): PurgeState {
    let isGone = false
    let sinceMs: number | undefined
    const look = (mark: string): void => {
      const known = this.#marks.get(mark)
      if (!known) return
      isGone ||= known.pendingHard > 0 || known.hard > generation
      if (known.pendingSoft > 0 || known.soft > generation) sinceMs = Math.min(sinceMs ?? Infinity, known.softMs)
    }
    look(ALL)
    look(urlMark(origin + target))
    for (const prefix of prefixesOf(target)) look(`prefix ${origin}${prefix}`)
    for (const tag of tags) look(`tag ${tag}`)
    for (const group of groups) look(groupMark(origin, group))
    return isGone ? GONE : sinceMs === undefined ? KEPT : { kind: 'stale', sinceMs }
  }

  #change(mark: string, change: (known: Mark) => void): void {
    const known = this.#marks.get(mark) ?? { hard: 0, soft: 0, softMs: 0, pendingHard: 0, pendingSoft: 0 }
    change(known)
    // Put last again, so that the first one stays the oldest.
    this.#marks.delete(mark)
    this.#marks.set(mark, known)
    if (this.#marks.size <= MAX_PURGES) return
    const [oldest, { hard, soft, pendingHard, pendingSoft }] = this.#marks.entries().next().value!
    this.#marks.delete(oldest)
    this.#change(ALL, (all) => {
      all.hard = Math.max(all.hard, hard, soft)
      all.pendingHard += pendingHard + pendingSoft
    })
  }
}

/** An entry that became stale at some time is one with a shorter lifetime. */
export function staleSince(terms: Terms, sinceMs: number): Terms {
  return { ...terms, lifetimeSeconds: Math.min(terms.lifetimeSeconds, Math.max(0, (sinceMs - terms.bornMs) / 1000)) }
}

/** The marks of a purge. `spellings` gives all targets under which answers to one may be kept. Throws a `TypeError` for a URL that is none. */
export function marksOf(purge: Purge, spellings: (origin: string, target: string) => Iterable<string>): string[] {
  if ('all' in purge) return [ALL]
  if ('tag' in purge) return [`tag ${purge.tag}`]
  const written = 'url' in purge ? purge.url : purge.prefix
  const { origin, pathname, search } = new URL(written)
  // Clients may send what a URL parser escapes, and an empty query, which it leaves out: what is written counts as well.
  const asWritten = /^[^/]*\/\/[^/?#]*(\/[^#]*)/.exec(written)?.[1] ?? '/'
  if ('prefix' in purge) return [...new Set([pathname, asWritten.split('?', 1)[0]!])].map((path) => `prefix ${origin}${path.replace(/\/$/, '')}`)
  return [...new Set([pathname + search, asWritten].flatMap((target) => [...spellings(origin, target)]))].map((target) => urlMark(origin + target))
}

/** One target, under whatever keys its answers are. */
export function urlMark(url: string): string {
  return `url ${url}`
}

/** A group of answers of one origin (RFC 9875). */
export function groupMark(origin: string, group: string): string {
  return `group ${origin} ${group}`
}

/** The path itself and every one above it, up to that of the whole origin. */
function prefixesOf(target: string): string[] {
  const path = target.split('?', 1)[0]!.replace(/\/$/, '')
  const prefixes = [path]
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) prefixes.push(path.slice(0, slash))
  return prefixes
}
