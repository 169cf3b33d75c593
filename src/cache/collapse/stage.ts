// Requests for the same thing at the same time: the first asks the origin, the others wait for what it brings (RFC 9111 §4).
import type { GatewayError } from '../../errors.js'
import type { RecordedBody } from '../../http/record-body.js'
import type { Answer } from '../../ports.js'
import type { Terms } from '../entry.js'

/** What the first request has brought, as far as others may use it. */
export type Landing =
  | {
      readonly kind: 'stored'
      /** For which requests it is. */
      readonly names: readonly string[]
      readonly values: string
      readonly head: Pick<Answer, 'status' | 'reason' | 'fields'>
      readonly terms: Terms
      readonly bodyId: string
      /** The body, still on its way; undefined for an answer without one. */
      readonly recorded: Pick<RecordedBody, 'canFollow' | 'follow' | 'isLost'> | undefined
    }
  /** It is in the store now. */
  | { readonly kind: 'look again' }
  /** The origin could not be reached, by this request and so by the others. */
  | { readonly kind: 'failed'; readonly error: GatewayError }
  /** Nothing that others may use. */
  | { readonly kind: 'nothing' }

/** The first of several requests. */
export class Leader {
  readonly landing: Promise<Landing>
  #land: (landing: Landing) => void = () => {}
  readonly #abandoned = new AbortController()
  /** Those that wait for it. */
  #followers = 0
  #clientGone = false
  #landed = false

  constructor(client: AbortSignal | undefined) {
    this.landing = new Promise((resolve) => (this.#land = resolve))
    client?.addEventListener('abort', () => {
      this.#clientGone = true
      this.#abandon()
    }, { once: true })
  }

  /** Aborted once neither its own client nor anybody else waits for the answer. */
  get signal(): AbortSignal {
    return this.#abandoned.signal
  }

  /** Tells the others. Only the first call counts. */
  land(landing: Landing): void {
    // From now on, whoever reads the body decides how long it is wanted.
    this.#landed ||= landing.kind === 'stored'
    this.#land(landing)
  }

  /** What it brings; nothing when that takes longer than `timeout` takes to resolve. */
  async follow(timeout: Promise<void>): Promise<Landing> {
    this.#followers++
    const landing = await Promise.race([this.landing, timeout.then((): Landing => NOTHING)])
    this.#followers--
    this.#abandon()
    return landing
  }

  #abandon(): void {
    if (this.#clientGone && this.#followers === 0 && !this.#landed) this.#abandoned.abort()
  }
}

const NOTHING: Landing = { kind: 'nothing' }

/** How long a target whose answer could not be stored is not waited for. */
const PASSING_MS = 120_000
/** Such targets that are remembered; the oldest go first. */
const MAX_PASSING = 10_000

export class Collapse {
  readonly #leaders = new Map<string, Leader>()
  /** Until when requests for a key go their own way: waiting for an answer that nobody may share would only put them in a row. */
  readonly #passing = new Map<string, number>()

  leaderOf(key: string): Leader | undefined {
    return this.#leaders.get(key)
  }

  /** Makes a request the first for its key; undefined where requests for it go their own way. */
  lead(key: string, client: AbortSignal | undefined, nowMs: number): Leader | undefined {
    if ((this.#passing.get(key) ?? 0) > nowMs) return undefined
    const leader = new Leader(client)
    this.#leaders.set(key, leader)
    return leader
  }

  /** Later requests look in the store, or ask themselves. */
  end(key: string, leader: Leader): void {
    if (this.#leaders.get(key) === leader) this.#leaders.delete(key)
  }

  /** Remembers that what stands under a key can, or cannot, be shared. */
  learn(key: string, shared: boolean, nowMs: number): void {
    this.#passing.delete(key)
    if (shared) return
    this.#passing.set(key, nowMs + PASSING_MS)
    if (this.#passing.size > MAX_PASSING) this.#passing.delete(this.#passing.keys().next().value!)
  }
}
