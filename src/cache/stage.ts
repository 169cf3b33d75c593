// The only code that talks to a cache: lookup before the origin is asked, settle after it has answered.
import type { Exchange } from '../exchange.js'
import { combinedValue, fieldValue } from '../http/fields.js'
import { isNotModified } from '../http/conditional.js'
import { BytesPayload } from '../http/payload.js'
import { recordBody } from '../http/record-body.js'
import type { Answer, CacheStore, Ports } from '../ports.js'
import { answerOf, storableResponse } from '../wire.js'
import type { ForwardReason, Lookup } from './decision.js'
import { type Entry, markerFor, openEntry, sealEntry, type StoredAnswer } from './entry.js'
import { invalidates } from './invalidate.js'
import { type Destination, primaryKey, variantKey, varyNames } from './key.js'
import { mayServe } from './reuse.js'
import { hitAnswer } from './serve.js'
import { mayStore } from './storable.js'

/** A cache that routes may share. */
export interface Cache {
  readonly store: CacheStore
  readonly maxEntryBytes: number
}

/** A cache as one route uses it. */
export interface RouteCache extends Cache {
  readonly destination: (exchange: Exchange) => Destination
}

type Effects = Pick<Ports, 'clock' | 'observe'>

/** Looks for a stored answer. A store that fails counts as a miss. */
export async function lookup(exchange: Exchange, cache: RouteCache, effects: Effects): Promise<Lookup> {
  const { method, fields, notes } = exchange
  if (method !== 'GET' && method !== 'HEAD') return ask(exchange, 'method', undefined)
  // The key knows no body, yet an origin may answer by it.
  if (exchange.upgrade || exchange.body || fieldValue(fields, 'range') !== undefined) return ask(exchange, 'bypass', undefined)
  const primary = primaryKey(exchange, cache.destination(exchange))
  let key = primary
  let entry = await read(exchange, cache, key, effects)
  if (entry?.kind === 'vary') {
    key = variantKey(primary, entry, fields)
    entry = await read(exchange, cache, key, effects)
    if (entry === undefined) return ask(exchange, 'vary-miss', primary)
  }
  if (entry?.kind !== 'answer') return ask(exchange, 'uri-miss', primary)
  const reuse = mayServe(entry, effects.clock.nowMs())
  if (reuse.kind === 'ask') {
    entry.answer.body?.cancel()
    return ask(exchange, reuse.reason, primary)
  }
  notes.cacheStatus = `fetchgate; hit; ttl=${entry.lifetimeSeconds - reuse.ageSeconds}`
  const answer = hitAnswer(method, entry.answer, reuse.ageSeconds, isNotModified(fields, entry.answer.fields))
  if (!answer.body) entry.answer.body?.cancel()
  return { kind: 'hit', answer }
}

/** Keeps an answer where that is allowed, and drops what an unsafe method made invalid. Returns the answer to send. */
export function settle(exchange: Exchange, cache: RouteCache, asked: Extract<Lookup, { kind: 'ask' }>, answer: Answer, effects: Effects): Answer {
  const { method, fields, notes } = exchange
  if (invalidates(method, answer.status)) {
    exchange.background(report(exchange, 'cache-delete', cache.store.delete(primaryKey(exchange, cache.destination(exchange))), effects))
  }
  const keep = mayStore({ method, requestFields: fields, status: answer.status, fields: answer.fields, bytes: answer.body?.length }, cache.maxEntryBytes)
  const { key } = asked
  if (keep.kind === 'pass' || key === undefined) {
    const why = keep.kind === 'pass' && asked.reason !== 'method' && asked.reason !== 'bypass' ? `; detail="${keep.reason}"` : ''
    notes.cacheStatus = `fetchgate; fwd=${asked.reason}; fwd-status=${answer.status}${why}`
    return answer
  }
  notes.cacheStatus = `fetchgate; fwd=${asked.reason}; fwd-status=${answer.status}; stored`
  const times = { requestMs: exchange.startedMs, responseMs: effects.clock.nowMs(), ageSeconds: ageOf(answer) }
  const write = (bytes: Uint8Array): void => {
    const stored: StoredAnswer = { kind: 'answer', answer: { ...answer, body: answer.body && new BytesPayload(bytes) }, times, lifetimeSeconds: keep.lifetimeSeconds }
    exchange.background(report(exchange, 'cache-write', writeEntry(exchange, cache, key, stored, effects), effects))
  }
  if (!answer.body) {
    write(new Uint8Array(0))
    return answer
  }
  return { ...answer, body: recordBody(answer.body, cache.maxEntryBytes, write) }
}

async function writeEntry(exchange: Exchange, cache: Cache, primary: string, entry: StoredAnswer, effects: Effects): Promise<void> {
  const names = varyNames(entry.answer.fields)
  const put = (key: string, value: Entry): Promise<void> => cache.store.put(key, storableResponse(sealEntry(value)))
  if (names.length === 0) return put(primary, entry)
  // Read now, not at lookup: an unsafe method may have deleted the marker since, and it must not be put back.
  const found = await read(exchange, cache, primary, effects)
  if (found?.kind === 'answer') found.answer.body?.cancel()
  // Request ids alone may repeat: a trusted proxy can tell us any.
  const marker = markerFor(names, found, `${exchange.id} ${entry.times.responseMs}`)
  await put(variantKey(primary, marker, exchange.fields), entry)
  if (marker !== found) await put(primary, marker)
}

async function read(exchange: Exchange, { store }: Cache, key: string, effects: Effects): Promise<Entry | undefined> {
  try {
    const response = await store.match(key)
    return response && openEntry(answerOf(response))
  } catch (error) {
    tell(exchange, 'cache-read', error, effects)
    return undefined
  }
}

async function report(exchange: Exchange, what: 'cache-write' | 'cache-delete', work: Promise<unknown>, effects: Effects): Promise<void> {
  try {
    await work
  } catch (error) {
    tell(exchange, what, error, effects)
  }
}

function tell({ id }: Exchange, what: 'cache-read' | 'cache-write' | 'cache-delete', error: unknown, { observe }: Effects): void {
  observe({ kind: 'background-failed', id, what, detail: String(error) })
}

function ask({ notes }: Exchange, reason: ForwardReason, key: string | undefined): Lookup {
  notes.cacheStatus = `fetchgate; fwd=${reason}`
  return { kind: 'ask', reason, key }
}

/** The first of several counts (RFC 9111 §5.1). */
function ageOf({ fields }: Answer): number {
  const age = combinedValue(fields, 'age')?.split(',', 1)[0]!.trim()
  return age !== undefined && /^\d+$/.test(age) ? Number(age) : 0
}
