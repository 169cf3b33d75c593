// What an operator decides about a cache, compiled. Everything else follows from the standards.
import type { Text } from '../variables.js'
import type { QueryRule } from './query.js'

export interface Policy {
  readonly maxEntryBytes: number
  /** Largest body that is stored with a tag of the gateway's own, where it has no validator; undefined for none. */
  readonly tagBytes: number | undefined
  /** Whether what is compressed for clients is stored in that form too. */
  readonly keepsCodings: boolean
  /** Whether answers that set a cookie are stored and given to everybody. */
  readonly storesCookies: boolean
  /** Whether clients may ask for less than what is stored: `no-cache`, `max-age`, `min-fresh`, `max-stale`, `Pragma`. */
  readonly obeysClients: boolean
  /** Whether an answer without an explicit lifetime gets one by its Last-Modified (RFC 9111 §4.2.2). */
  readonly heuristics: boolean
  /** Lifetime of an error that may be kept and tells none: 404, 405, 410, 414, 501. */
  readonly negativeSeconds: number
  /** Lifetime of any other answer that tells none, if it may be kept without being told to; 0 for what `heuristics` give. */
  readonly silentSeconds: number
  /** How eagerly an answer is refreshed before its time, relative to what it costs; 0 for not at all. */
  readonly earlyRefresh: number
  readonly query: QueryRule | undefined
  /** Request fields in lower case, and cookies as `cookie:NAME`, by which answers are told apart whatever they say themselves. */
  readonly keyed: readonly string[]
  /** For answers that do not tell themselves (RFC 5861 §3). */
  readonly whileRevalidateSeconds: number
  /** Tags of every answer beside its own. */
  readonly tags: readonly Text[]
  /** How long past its freshness an answer may stand in for an error that the origin gave (RFC 5861 §4); undefined where only the answer decides. */
  readonly ifErrorSeconds: number | undefined
  /** How long past its freshness an answer may stand in for an origin that cannot be reached. */
  readonly ifUnreachableSeconds: number
  /** How long a request waits for another one for the same; 0 for not at all. */
  readonly collapseMs: number
  /** Lower-case names of the fields that are for us before Cache-Control is, the most specific first (RFC 9213 §2.2). */
  readonly targetedFields: readonly string[]
  /** Request fields that the route writes itself, lower case, with the same value for everybody or `varies`. */
  readonly written: ReadonlyMap<string, 'fixed' | 'varies'>
}
