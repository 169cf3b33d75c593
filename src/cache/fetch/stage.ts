// Asks the origin for what a lookup could not give: validates, stores, updates, and falls back on what is stale.
import { GatewayError } from '../../errors.js'
import type { Exchange } from '../../exchange.js'
import { digestTag } from '../../http/etag/stage.js'
import { wantsTag } from '../../http/etag/wanted.js'
import { editFields, type Fields, fieldValue } from '../../http/fields.js'
import { BytesPayload, type Payload } from '../../http/payload.js'
import { RecordedBody } from '../../http/record-body.js'
import type { Answer, Ports } from '../../ports.js'
import { resolveText } from '../../variables.js'
import { controlOf } from '../control.js'
import type { Ask, Found, Keep } from '../decision.js'
import { ageSeconds, type StoredAnswer, type Terms } from '../entry.js'
import type { Times } from '../freshness.js'
import type { Invalidator } from '../invalidator/stage.js'
import { originOf, primaryKey } from '../key.js'
import type { Policy } from '../policy.js'
import { searchRuleOf } from '../query.js'
import { isOriginError, mayServeStale } from '../reuse.js'
import { hitAnswer } from '../serve.js'
import type { Source } from '../coded/stage.js'
import type { Flight, Leading, Shelf } from '../shelf/stage.js'
import { forwardStatus } from '../status.js'
import type { Draft } from '../stores/entry-store.js'
import { mayStore, renewedTerms, storedFields } from '../storable.js'
import { withoutUnkeyed } from '../unkeyed.js'
import { judgeValidation, mayKeepUpdated, updateByHead, validatingFields, wholeFields } from '../validate.js'
import { selectingNames, selectingValues } from '../vary.js'

/** When the origin was asked and has answered, in time and in the order of purges. */
interface Moment extends Times {
  readonly generation: number
}

/** Carries a request to the origin. */
export type Send = (exchange: Exchange) => Promise<Answer | GatewayError>

export class OriginFetch {
  readonly #shelf: Shelf
  readonly #policy: Policy
  readonly #partition: string
  readonly #invalidator: Invalidator
  readonly #clock: Ports['clock']

  constructor(shelf: Shelf, policy: Policy, partition: string, invalidator: Invalidator, { clock }: Pick<Ports, 'clock'>) {
    this.#shelf = shelf
    this.#policy = policy
    this.#partition = partition
    this.#invalidator = invalidator
    this.#clock = clock
  }

  /** Nobody waits for this; what the client is told of its own request must not change. */
  async behind(exchange: Exchange, asked: Ask, send: Send): Promise<void> {
    const found = { key: asked.found!.key, entry: withoutBody(asked.found!.entry) }
    const own = { ...exchange, method: exchange.method === 'HEAD' ? 'GET' : exchange.method, fields: wholeFields(exchange.fields), inform: undefined, signal: undefined, notes: { ...exchange.notes } }
    const answer = await this.fetch(own, { ...asked, found }, send)
    if (answer instanceof GatewayError || !answer.body) return
    // The cache reads along; somebody has to read in front.
    const reader = answer.body.stream().getReader()
    try {
      while (!(await reader.read()).done);
    } catch {
      // A body that breaks is not stored, and the next request asks again.
    }
  }

  /** Asks for a client. `leading` is set where others wait for what comes. */
  async fetch(exchange: Exchange, asked: Ask, send: Send, leading?: Leading): Promise<Answer | GatewayError> {
    const { primary } = asked
    const flight = primary === undefined ? undefined : this.#shelf.begin(exchange.id, primary, leading)
    try {
      return await this.#fetch(leading ? { ...exchange, signal: leading.leader.signal } : exchange, asked, send, flight)
    } catch (error) {
      if (flight) this.#shelf.end(flight)
      throw error
    }
  }

  async #fetch(exchange: Exchange, asked: Ask, send: Send, flight: Flight | undefined): Promise<Answer | GatewayError> {
    const { found } = asked
    const requestMs = this.#clock.nowMs()
    const { generation } = this.#shelf.purging.purges
    const allowed = flight ? withoutUnkeyed(exchange.fields, this.#policy.keyed) : exchange.fields
    const fields = found && exchange.method !== 'HEAD' ? validatingFields(allowed, found.entry.answer.fields) : allowed
    const validates = fields !== allowed
    const sent = fields === exchange.fields ? exchange : { ...exchange, fields }
    const outcome = await send(sent)
    const times = { requestMs, responseMs: this.#clock.nowMs(), generation }
    if (outcome instanceof GatewayError) {
      if (flight && outcome.side === 'upstream') flight.landing = { kind: 'failed', error: outcome }
      if (flight) this.#shelf.end(flight)
      return found ? this.withoutOrigin(exchange, found, outcome) : outcome
    }
    if (found && isOriginError(outcome.status) && mayServeStale(found.entry.terms, outcome.status, this.#policy, times.responseMs).kind === 'serve') {
      if (flight) this.#shelf.end(flight)
      outcome.body?.cancel()
      exchange.notes.cacheStatus = forwardStatus({ reason: asked.reason, status: outcome.status, detail: 'stale-if-error' })
      return this.serve(exchange, found.entry, times.responseMs)
    }
    this.#invalidator.after(exchange, outcome)
    if (flight && found && exchange.method === 'HEAD') return this.#settleHead(exchange, asked, found, outcome, flight, times)
    if (flight && found && validates && outcome.status === 304) return this.#settleValidation(exchange, asked, found, outcome, flight, times)
    found?.entry.answer.body?.cancel()
    return this.#settle(exchange, asked, outcome, flight, times)
  }

  /** A stored answer as this client gets it. */
  serve(exchange: Exchange, source: Source & { readonly answer: Answer }, nowMs: number): Answer {
    const answer = hitAnswer(exchange, source.answer, ageSeconds(source.terms, nowMs), nowMs)
    if (this.#policy.keepsCodings && answer.body === source.answer.body) this.#shelf.coded.offer(exchange, source, answer, this.#policy.maxEntryBytes)
    return answer
  }

  /** The origin gave no answer at all: what is stored may stand in for it, unless it must not (RFC 9111 §4.2.4). */
  withoutOrigin(exchange: Exchange, { entry }: Found, error: GatewayError): Answer | GatewayError {
    const nowMs = this.#clock.nowMs()
    const use = error.side === 'upstream' ? mayServeStale(entry.terms, undefined, this.#policy, nowMs) : undefined
    if (use?.kind === 'serve') {
      exchange.notes.cacheStatus = forwardStatus({ reason: 'stale', detail: use.reason })
      exchange.notes.detail = error.message
      return this.serve(exchange, entry, nowMs)
    }
    entry.answer.body?.cancel()
    return use?.reason === 'must be validated' ? new GatewayError('revalidation_failed', { message: error.message, cause: error }) : error
  }

  /** Keeps an answer where that is allowed, and gives it to the client. */
  #settle(exchange: Exchange, asked: Ask, answer: Answer, flight: Flight | undefined, times: Moment): Answer {
    const { method, fields: requestFields, identity, notes } = exchange
    const { status, fields, body } = answer
    const candidate = { method, requestFields, identified: identity !== undefined, status, fields, bytes: body?.length, times, generation: times.generation, describesTarget: method === 'POST' && this.#invalidator.describesTarget(exchange, fields) }
    const keep: Keep = flight || candidate.describesTarget ? mayStore(candidate, this.#policy) : { kind: 'pass', reason: 'request method' }
    if (keep.kind === 'pass' || answer.tunnel) {
      if (flight) this.#shelf.end(flight)
      if (flight?.leading && keep.kind === 'pass' && keep.reason !== 'request no-store') this.#shelf.collapse.learn(flight.leading.key, false, times.responseMs)
      notes.cacheStatus = forwardStatus({ reason: asked.reason, status, detail: keep.kind === 'pass' && flight ? keep.reason : undefined })
      return answer
    }
    notes.cacheStatus = forwardStatus({ reason: asked.reason, status, stored: true })
    return this.#record(exchange, { ...keep, terms: this.#tagged(exchange, keep.terms) }, answer, this.#flightFor(exchange, fields, flight))
  }

  /** What the answer says about queries may put it under another key than the request was looked for. */
  #flightFor(exchange: Exchange, fields: Fields, flight: Flight | undefined): Flight {
    const { searches } = this.#shelf
    const [origin, { raw }] = [originOf(exchange), exchange.outgoing]
    const rule = exchange.method === 'GET' ? searchRuleOf(fields) : undefined
    if (exchange.method === 'GET' && (rule || !searches.isEmpty)) searches.learn(origin, raw, rule)
    if (flight && (exchange.method === 'QUERY' || (!rule && searches.isEmpty))) return flight
    const primary = primaryKey(exchange, searches.keyOf(origin, raw))
    if (flight?.primary === primary) return flight
    const own = this.#shelf.begin(exchange.id, primary)
    if (flight) {
      own.outdated = flight.outdated
      this.#shelf.end(flight)
    }
    return own
  }

  #record(exchange: Exchange, keep: Extract<Keep, { kind: 'store' }>, answer: Answer, flight: Flight): Answer {
    const bodyId = this.#shelf.newBodyId()
    const write = (body: Payload | undefined): Promise<void> => {
      const length = body && fieldValue(keep.fields, 'content-length') === undefined ? ['Content-Length', String(body.length)] : []
      const stored: StoredAnswer = { kind: 'answer', answer: { ...answer, fields: [...keep.fields, ...length], body }, terms: keep.terms, bodyId, partition: this.#partition }
      const { tagBytes } = this.#policy
      const written = this.#shelf.keep(flight, tagBytes !== undefined && exchange.method === 'GET' && wantsTag(stored.answer, tagBytes) ? tagged(stored) : stored, keep.names, exchange.fields)
      exchange.background(written)
      return written
    }
    if (!answer.body) {
      this.#land(exchange, keep, answer, flight, bodyId, undefined)
      void write(undefined)
      return answer
    }
    const recorded = new RecordedBody<Draft>(answer.body, { maxBytes: this.#policy.maxEntryBytes, openSpool: this.#shelf.draft }, (recording, error) => {
      if (recording instanceof BytesPayload) void write(recording)
      else if (recording) void write(recording.body()).then(() => recorded.release())
      else if (error !== undefined) this.#shelf.fail(flight, error)
      else this.#shelf.end(flight)
    })
    this.#land(exchange, keep, answer, flight, bodyId, recorded)
    const copied = { ...answer, body: recorded.follow() }
    if (this.#policy.keepsCodings) this.#shelf.coded.offer(exchange, { bodyId, terms: keep.terms, recorded }, copied, this.#policy.maxEntryBytes)
    return copied
  }

  /** Tells those that wait, as soon as the head is there. */
  #land({ fields: requestFields }: Exchange, { names, fields, terms }: Extract<Keep, { kind: 'store' }>, { status, reason }: Answer, { leading }: Flight, bodyId: string, recorded: RecordedBody<Draft> | undefined): void {
    if (!leading) return
    this.#shelf.collapse.learn(leading.key, true, 0)
    leading.leader.land({ kind: 'stored', names, values: selectingValues(names, requestFields), head: { status, reason, fields }, terms, bodyId, recorded })
  }

  /** A 304 to our own conditions: the stored answer is good again, and judged by the client's. */
  #settleValidation(exchange: Exchange, asked: Ask, { key, entry }: Found, answer: Answer, flight: Flight, times: Moment): Answer {
    exchange.notes.cacheStatus = forwardStatus({ reason: asked.reason, status: 304 })
    const judged = judgeValidation(answer.status, answer.fields, entry.answer.fields, times.responseMs)
    answer.body?.cancel()
    if (judged.kind !== 'update') {
      this.#shelf.end(flight)
      return this.serve(exchange, entry, times.responseMs)
    }
    const renewed = this.#renew(exchange, key, entry, judged.fields, flight, times)
    // A cookie that came with the 304 is this client's.
    return this.serve(exchange, { ...entry, terms: renewed, answer: { ...entry.answer, fields: editFields(judged.fields, { remove: AGE }) } }, times.responseMs)
  }

  /** A HEAD that went through tells of the stored answer to GET as well (RFC 9111 §4.3.5). */
  #settleHead(exchange: Exchange, asked: Ask, { key, entry }: Found, answer: Answer, flight: Flight, times: Moment): Answer {
    exchange.notes.cacheStatus = forwardStatus({ reason: asked.reason, status: answer.status })
    entry.answer.body?.cancel()
    const updated = answer.status === 200 && entry.answer.status === 200 ? updateByHead(answer.fields, entry.answer.fields, times.responseMs) : undefined
    if (updated) {
      const renewed = this.#renew(exchange, key, entry, updated, flight, times)
      return hitAnswer(exchange, { ...entry.answer, fields: editFields(updated, { remove: AGE }), body: undefined }, ageSeconds(renewed, times.responseMs), times.responseMs)
    }
    this.#shelf.end(flight)
    if (answer.status === 200) exchange.background(this.#shelf.drop(exchange.id, flight.primary, key))
    return answer
  }

  /** Writes a stored answer back with the fields that came, unless these forbid to keep it. */
  #renew(exchange: Exchange, key: string, entry: StoredAnswer, fields: Fields, flight: Flight, times: Moment): StoredAnswer['terms'] {
    const { directives } = controlOf(fields, this.#policy.targetedFields)
    const terms = this.#tagged(exchange, renewedTerms(entry.answer.status, fields, times, times.generation, this.#policy))
    const kept = storedFields(this.#policy.storesCookies ? fields : editFields(fields, { remove: SET_COOKIE }), directives, times.responseMs)
    const sameVariant = String(selectingNames(kept, this.#policy)) === String(selectingNames(entry.answer.fields, this.#policy))
    if (mayKeepUpdated(directives) && sameVariant) {
      flight.landing = { kind: 'look again' }
      exchange.background(this.#shelf.update(flight, key, { ...entry, answer: { ...entry.answer, fields: kept }, terms }))
    } else {
      this.#shelf.end(flight)
      exchange.background(this.#shelf.drop(exchange.id, flight.primary, key))
    }
    return terms
  }

  /** With the operator's tags beside the origin's. */
  #tagged(exchange: Exchange, terms: Terms): Terms {
    const { tags } = this.#policy
    return tags.length === 0 ? terms : { ...terms, tags: [...tags.map((text) => resolveText(text, exchange)), ...terms.tags] }
  }
}

const SET_COOKIE: ReadonlySet<string> = new Set(['set-cookie'])
const AGE: ReadonlySet<string> = new Set(['age'])

/** The entry with a tag made from its body, where that is in memory. */
async function tagged(entry: StoredAnswer): Promise<StoredAnswer> {
  const { answer } = entry
  return answer.body instanceof BytesPayload ? { ...entry, answer: { ...answer, fields: [...answer.fields, 'ETag', await digestTag(answer.body.bytes)] } } : entry
}

function withoutBody(entry: StoredAnswer): StoredAnswer {
  return { ...entry, answer: { ...entry.answer, body: undefined } }
}
