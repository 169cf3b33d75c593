// The cache of a route: looks for a stored answer before the origin is asked, and keeps what it answers.
import { GatewayError } from '../errors.js'
import type { Exchange } from '../exchange.js'
import { NO_DIRECTIVES } from '../http/cache-control.js'
import { isForOrigin } from '../http/conditional.js'
import { fieldValue } from '../http/fields.js'
import { BytesPayload, type Payload } from '../http/payload.js'
import type { Answer, Ports } from '../ports.js'
import type { Leader } from './collapse/stage.js'
import type { Ask, ForwardReason, Found, Lookup, Reuse } from './decision.js'
import type { Entry, StoredAnswer } from './entry.js'
import type { OriginFetch, Send } from './fetch/stage.js'
import { originOf, primaryKey, variantKey } from './key.js'
import { partAnswer } from './partial.js'
import type { Policy } from './policy.js'
import { type Place, staleSince } from './purges.js'
import { keyedTarget } from './query.js'
import { mayServe, refreshesEarly, requestDirectives } from './reuse.js'
import type { Shelf } from './shelf/stage.js'
import { forwardStatus, hitStatus } from './status.js'
import { selectingValues, selectVariant } from './vary.js'

/** Largest body that a key is made of. */
const MAX_QUERY_BYTES = 64 * 1024
/** Past this many times what an answer costs, nobody thinks of refreshing it early. */
const MAX_EARLY = 20

export class RouteCache {
  readonly #shelf: Shelf
  readonly #policy: Policy
  readonly #partition: string
  readonly #origin: OriginFetch
  readonly #clock: Ports['clock']
  readonly #random: Ports['random']

  constructor(shelf: Shelf, policy: Policy, partition: string, origin: OriginFetch, { clock, random }: Pick<Ports, 'clock' | 'random'>) {
    this.#shelf = shelf
    this.#policy = policy
    this.#partition = partition
    this.#origin = origin
    this.#clock = clock
    this.#random = random
  }

  /** Looks for a stored answer: at once where the store is at hand. */
  lookup(exchange: Exchange): Lookup | Promise<Lookup> {
    const { method, body } = exchange
    if (method !== 'GET' && method !== 'HEAD' && method !== 'QUERY') return this.#ask(exchange, 'method', undefined)
    if (exchange.upgrade || isForOrigin(exchange.fields)) return this.#ask(exchange, 'bypass', undefined)
    const outgoing = this.#policy.query ? keyedTarget(exchange.outgoing, this.#policy.query) : exchange.outgoing
    const keyed = outgoing === exchange.outgoing ? exchange : { ...exchange, outgoing }
    if (!body) return this.#find(keyed, undefined)
    // No other key knows of a body, yet an origin may answer by it.
    return method === 'QUERY' && body.length !== undefined && body.length <= MAX_QUERY_BYTES ? this.#findByBody(keyed, body) : this.#ask(exchange, 'bypass', undefined)
  }

  /** A QUERY is told from others by what it asks: its content and what that is (RFC 10008). */
  async #findByBody(exchange: Exchange, body: Payload): Promise<Lookup> {
    const bytes = new Uint8Array(await new Response(body.stream() as BodyInit).arrayBuffer())
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    this.#shelf.purging.noteQueries(exchange.id)
    const content = ['QUERY', fieldValue(exchange.fields, 'content-type') ?? '', fieldValue(exchange.fields, 'content-encoding') ?? '', String.fromCharCode(...digest)]
    return this.#find({ ...exchange, body: new BytesPayload(bytes) }, content)
  }

  #find(exchange: Exchange, content: readonly string[] | undefined): Lookup | Promise<Lookup> {
    const { searches } = this.#shelf
    const { raw } = exchange.outgoing
    const primary = primaryKey(exchange, searches.isEmpty ? raw : searches.keyOf(originOf(exchange), raw), content)
    const entry = this.#shelf.get(exchange.id, primary)
    return entry instanceof Promise ? entry.then((found) => this.#choose(exchange, primary, found)) : this.#choose(exchange, primary, entry)
  }

  #choose(exchange: Exchange, primary: string, entry: Entry | undefined): Lookup | Promise<Lookup> {
    if (entry?.kind !== 'variants') return this.#judge(exchange, primary, primary, entry, 'uri-miss')
    const variant = selectVariant(entry, this.#partition, exchange.fields)
    if (!variant) return this.#ask(exchange, 'vary-miss', primary)
    const key = variantKey(primary, entry, variant)
    const found = this.#shelf.read(exchange.id, key)
    return found instanceof Promise ? found.then((answer) => this.#judge(exchange, primary, key, answer, 'vary-miss')) : this.#judge(exchange, primary, key, found, 'vary-miss')
  }

  #judge(exchange: Exchange, primary: string, key: string, stored: Entry | undefined, miss: ForwardReason): Lookup {
    const entry = stored?.kind === 'answer' && stored.partition === this.#partition ? this.#afterPurges(exchange, primary, key, stored) : undefined
    if (!entry) {
      if (stored?.kind === 'answer') stored.answer.body?.cancel()
      return this.#ask(exchange, miss, primary)
    }
    const nowMs = this.#clock.nowMs()
    const wanted = this.#policy.obeysClients ? requestDirectives(exchange.fields) : NO_DIRECTIVES
    const reuse = mayServe(entry.terms, wanted, this.#policy.whileRevalidateSeconds, nowMs)
    if (entry.answer.status === 206) return this.#judgePart(exchange, primary, entry, reuse)
    if (reuse.kind === 'ask') return this.#ask(exchange, reuse.reason, primary, { key, entry })
    exchange.notes.cacheStatus = hitStatus(reuse.ttlSeconds)
    const { costMs } = entry.terms
    const early = reuse.ttlSeconds * 1000 < costMs * MAX_EARLY && refreshesEarly(entry.terms, reuse.ttlSeconds, this.#policy.earlyRefresh, this.#random())
    if (early || reuse.kind === 'serve-and-validate') return this.#ask(exchange, 'stale', primary, { key, entry }, true)
    return { kind: 'hit', answer: this.#origin.serve(exchange, entry, nowMs) }
  }

  #place(exchange: Exchange): Place {
    const origin = originOf(exchange)
    return { origin, target: this.#shelf.searches.keyOf(origin, exchange.outgoing.raw) }
  }

  /** What purges have left of an entry: all, one that is stale, nothing. */
  #afterPurges(exchange: Exchange, primary: string, key: string, entry: StoredAnswer): StoredAnswer | undefined {
    const { purges } = this.#shelf.purging
    if (purges.isEmpty) return entry
    const state = purges.stateOf(this.#place(exchange), entry.terms)
    if (state.kind === 'gone') exchange.background(this.#shelf.drop(exchange.id, primary, key))
    return state.kind === 'kept' ? entry : state.kind === 'stale' ? { ...entry, terms: staleSince(entry.terms, state.sinceMs) } : undefined
  }

  /** A part serves ranges within it while it is fresh; it is never validated. */
  #judgePart(exchange: Exchange, primary: string, { answer }: StoredAnswer, reuse: Reuse): Lookup {
    const part = reuse.kind === 'serve' ? partAnswer(exchange, answer, reuse.ageSeconds, this.#clock.nowMs()) : undefined
    if (part && reuse.kind === 'serve') {
      exchange.notes.cacheStatus = hitStatus(reuse.ttlSeconds)
      return { kind: 'hit', answer: part }
    }
    answer.body?.cancel()
    return this.#ask(exchange, reuse.kind === 'ask' ? reuse.reason : 'partial', primary)
  }

  #ask(exchange: Exchange, reason: ForwardReason, primary: string | undefined, found?: Found, behind = false): Ask {
    const { fields, notes } = exchange
    if (!behind) notes.cacheStatus = forwardStatus({ reason })
    return { kind: 'ask', exchange, reason, primary, found, behind, onlyIfCached: !behind && fieldValue(fields, 'cache-control') !== undefined && requestDirectives(fields).has('only-if-cached') }
  }

  /** Answers a request that the lookup could not: asks the origin, and keeps what it says where that is allowed. */
  async answer(asked: Ask, send: Send): Promise<Answer | GatewayError> {
    const { exchange, found } = asked
    if (asked.onlyIfCached) {
      found?.entry.answer.body?.cancel()
      return new GatewayError('only_if_cached')
    }
    if (!asked.behind || !found) return this.#collapsed(exchange, asked, send)
    exchange.background(this.#shelf.once(found.key, () => this.#origin.behind(exchange, asked, send)))
    const nowMs = this.#clock.nowMs()
    return this.#origin.serve(exchange, found.entry, nowMs)
  }

  /** Waits for a request for the same that is under way, or is the one that others wait for. */
  async #collapsed(exchange: Exchange, asked: Ask, send: Send): Promise<Answer | GatewayError> {
    const { primary } = asked
    if (primary === undefined || this.#policy.collapseMs === 0 || exchange.method === 'HEAD' || fieldValue(exchange.fields, 'range') !== undefined) return this.#origin.fetch(exchange, asked, send)
    const key = `${this.#partition} ${primary}`
    const { collapse } = this.#shelf
    const others = collapse.leaderOf(key)
    if (!others) {
      const leader = collapse.lead(key, exchange.signal, this.#clock.nowMs())
      return this.#origin.fetch(exchange, asked, send, leader && { key, leader })
    }
    return (await this.#follow(exchange, asked, others)) ?? this.#origin.fetch(exchange, asked, send)
  }

  /** What another request has brought, when it is for this one too. */
  async #follow(exchange: Exchange, asked: Ask, leader: Leader): Promise<Answer | GatewayError | undefined> {
    const timer = new AbortController()
    const landing = await leader.follow(this.#clock.sleep(this.#policy.collapseMs, timer.signal))
    timer.abort()
    if (exchange.signal?.aborted) return new GatewayError('client_aborted')
    if (landing.kind === 'failed') return asked.found ? this.#origin.withoutOrigin(exchange, asked.found, landing.error) : landing.error
    if (landing.kind === 'look again') {
      const again = await this.lookup(exchange)
      if (again.kind === 'hit') {
        asked.found?.entry.answer.body?.cancel()
        return again.answer
      }
      again.found?.entry.answer.body?.cancel()
    }
    if (landing.kind !== 'stored' || selectingValues(landing.names, exchange.fields) !== landing.values) return undefined
    const nowMs = this.#clock.nowMs()
    const reuse = mayServe(landing.terms, this.#policy.obeysClients ? requestDirectives(exchange.fields) : NO_DIRECTIVES, 0, nowMs)
    const { purges } = this.#shelf.purging
    const isPurged = !purges.isEmpty && purges.stateOf(this.#place(exchange), landing.terms).kind !== 'kept'
    if (isPurged || reuse.kind === 'ask' || landing.recorded?.canFollow === false) return undefined
    asked.found?.entry.answer.body?.cancel()
    exchange.notes.cacheStatus = forwardStatus({ reason: asked.reason, status: landing.head.status, collapsed: true })
    return this.#origin.serve(exchange, { ...landing, answer: { ...landing.head, body: landing.recorded?.follow() } }, nowMs)
  }
}

