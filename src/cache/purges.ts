// What was purged and when: an entry that was asked for before is not used as it was. A purge costs the same however much is stored.
import type { Terms } from './entry.js'

/** What to purge. `prefix` is a URL that ends anywhere at a segment: it covers itself and all below it. `soft` makes stale instead of taking out. */
export type Purge = ({ readonly all: true } | { readonly url: string } | { readonly prefix: string } | { readonly tag: string }) & {
  readonly soft?: boolean
  /** Name of the cache; all of them without it. */
  readonly cache?: string
}

interface Mark {
  hardMs: number
  softMs: number
}

/** Marks that are kept; what the oldest one covered is then taken for purged with everything else of its time. */
const MAX_MARKS = 10_000

export type PurgeState = { readonly kind: 'kept' } | { readonly kind: 'gone' } | { readonly kind: 'stale'; readonly sinceMs: number }

const KEPT: PurgeState = { kind: 'kept' }
const NEVER: Mark = { hardMs: -Infinity, softMs: -Infinity }

/** Where an entry stands, in the terms of purges. */
export interface Place {
  /** `https://host`, as the client asked. */
  readonly origin: string
  readonly target: string
}

export class Purges {
  readonly #marks = new Map<string, Mark>()

  get isEmpty(): boolean {
    return this.#marks.size === 0
  }

  add(purge: Purge, nowMs: number): void {
    this.#mark(markOf(purge), purge.soft ?? false, nowMs)
  }

  /** One target, under whatever keys its answers are. */
  addUrl(url: string, nowMs: number): void {
    this.#mark(`url ${url}`, false, nowMs)
  }

  /** A group of answers of one origin (RFC 9875). */
  addGroup(origin: string, group: string, nowMs: number): void {
    this.#mark(groupMark(origin, group), false, nowMs)
  }

  /** What became of an entry. What was asked for in the same millisecond counts as before. */
  stateOf({ origin, target }: Place, { askedMs, tags, groups }: Terms): PurgeState {
    let { hardMs, softMs } = NEVER
    const look = (key: string): void => {
      const mark = this.#marks.get(key)
      if (!mark) return
      hardMs = Math.max(hardMs, mark.hardMs)
      softMs = Math.max(softMs, mark.softMs)
    }
    look('all')
    look(`url ${origin}${target}`)
    for (const prefix of prefixesOf(target)) look(`prefix ${origin}${prefix}`)
    for (const tag of tags) look(`tag ${tag}`)
    for (const group of groups) look(groupMark(origin, group))
    if (hardMs >= askedMs) return { kind: 'gone' }
    return softMs >= askedMs ? { kind: 'stale', sinceMs: softMs } : KEPT
  }

  #mark(key: string, soft: boolean, nowMs: number): void {
    const { hardMs, softMs } = this.#marks.get(key) ?? NEVER
    // Put last again, so that the first one stays the oldest.
    this.#marks.delete(key)
    this.#marks.set(key, soft ? { hardMs, softMs: nowMs } : { hardMs: nowMs, softMs })
    if (this.#marks.size <= MAX_MARKS) return
    const [oldest, mark] = this.#marks.entries().next().value!
    this.#marks.delete(oldest)
    this.#mark('all', false, Math.max(mark.hardMs, mark.softMs))
  }
}

/** An entry that became stale at some time is one with a shorter lifetime. */
export function staleSince(terms: Terms, sinceMs: number): Terms {
  return { ...terms, lifetimeSeconds: Math.min(terms.lifetimeSeconds, Math.max(0, (sinceMs - terms.bornMs) / 1000)) }
}

function markOf(purge: Purge): string {
  if ('all' in purge) return 'all'
  if ('tag' in purge) return `tag ${purge.tag}`
  const { origin, pathname, search } = new URL('url' in purge ? purge.url : purge.prefix)
  return 'url' in purge ? `url ${origin}${pathname}${search}` : `prefix ${origin}${pathname.replace(/\/$/, '')}`
}

function groupMark(origin: string, group: string): string {
  return `group ${origin} ${group}`
}

/** The path itself and every one above it, up to that of the whole origin. */
function prefixesOf(target: string): string[] {
  const path = target.split('?', 1)[0]!.replace(/\/$/, '')
  const prefixes = [path]
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) prefixes.push(path.slice(0, slash))
  return prefixes
}
