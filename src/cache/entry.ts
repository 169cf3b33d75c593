// What is stored: an answer with what the cache decided about it, or the list of a target's variants.
import type { Answer } from '../ports.js'

export type Entry = StoredAnswer | VariantList

export interface StoredAnswer {
  readonly kind: 'answer'
  readonly answer: Answer
  readonly terms: Terms
  /** Names the body for good: what is made of it is kept under this name, and is out of reach once another body stands here. */
  readonly bodyId: string
  /** The destination that gave it: routes that ask elsewhere, or otherwise, do not share it. */
  readonly partition: string
}

/** What was decided when an answer was stored, so that a hit compares numbers and parses nothing. */
export interface Terms {
  /** When it would have been made by our clock: its age is the time since. */
  readonly bornMs: number
  readonly lifetimeSeconds: number
  /** Whether it must be validated before each use: `no-cache`. */
  readonly validates: boolean
  /** Whether it may never be used stale: `must-revalidate`, `proxy-revalidate`, `s-maxage`, `no-cache` (RFC 9111 §5.2.2). */
  readonly strict: boolean
  /** How long past its freshness it is used while it is validated (RFC 5861 §3). */
  readonly whileRevalidateSeconds: number
  /** How long past its freshness it stands in for errors; undefined when it does not say (RFC 5861 §4). */
  readonly ifErrorSeconds: number | undefined
  /** The last purge that was known when the origin was asked for it: what was purged since then is not used as it was. */
  readonly generation: number
  /** How long the origin took. */
  readonly costMs: number
  readonly tags: readonly string[]
  readonly groups: readonly string[]
}

/** Stands under the key of a target whose answers differ by request fields. What was deleted with an earlier list is out of reach for good. */
export interface VariantList {
  readonly kind: 'variants'
  readonly generation: string
  /** The newest first. */
  readonly variants: readonly Variant[]
}

/** For which requests one stored answer is (RFC 9111 §4.1). */
export interface Variant {
  readonly partition: string
  /** Names of the request fields, in lower case and sorted. */
  readonly names: readonly string[]
  /** Their values as {@link selectingValues} gives them. */
  readonly values: string
}

/** Variants of one target that are kept; the oldest goes when there would be more. */
export const MAX_VARIANTS = 32

/** Current age, in seconds and their fraction. */
export function ageSeconds({ bornMs }: Terms, nowMs: number): number {
  return Math.max(0, nowMs - bornMs) / 1000
}

/** What a variant of a target is that differs by nothing but where it came from. */
export function unvaried(partition: string): Variant {
  return { partition, names: [], values: '[]' }
}

/** The list of a target's variants after one more, and what that means for the store. */
export interface Listing {
  readonly list: VariantList
  /** What stood alone until now, and has to be put where the list says. */
  readonly moved: { readonly variant: Variant; readonly entry: StoredAnswer } | undefined
  /** What the list has no room for any more. */
  readonly evicted: readonly Variant[]
}

/** Adds a variant to what was `found` under the primary key. An answer from another destination stays, as a variant. */
export function withVariant(found: Entry | undefined, added: Variant, newGeneration: string): Listing {
  if (found?.kind === 'answer' && found.partition !== added.partition) {
    const variant = unvaried(found.partition)
    return { list: { kind: 'variants', generation: newGeneration, variants: [added, variant] }, moved: { variant, entry: found }, evicted: [] }
  }
  if (found?.kind !== 'variants') return { list: { kind: 'variants', generation: newGeneration, variants: [added] }, moved: undefined, evicted: [] }
  const variants = [added, ...found.variants.filter((variant) => !isSame(variant, added))]
  return { list: { ...found, variants: variants.slice(0, MAX_VARIANTS) }, moved: undefined, evicted: variants.slice(MAX_VARIANTS) }
}

function isSame(a: Variant, b: Variant): boolean {
  return a.partition === b.partition && a.values === b.values && a.names.length === b.names.length && a.names.every((name, i) => name === b.names[i])
}
