// Whether an answer may be stored by a shared cache, and on which terms (RFC 9111 §3).
import { type Directives, deltaSeconds, namedFields } from '../http/cache-control.js'
import { formatHttpDate, parseHttpDate } from '../http/date.js'
import { editFields, type Fields, fieldValue } from '../http/fields.js'
import { controlOf } from './control.js'
import type { Keep, KeepOut } from './decision.js'
import type { Terms } from './entry.js'
import { initialAgeSeconds, isExplicit, type Lifetime, lifetimeOf, mayGuess, type Times } from './freshness.js'
import { partOf } from './partial.js'
import type { Policy } from './policy.js'
import { requestDirectives } from './reuse.js'
import { groupsOf, tagsOf } from './tags.js'
import { selectingNames } from './vary.js'

/** What the decision looks at. */
export interface Candidate {
  readonly method: string
  readonly requestFields: Fields
  /** Whether a filter has made sure who asks: the answer may be for them alone, even where the origin did not see the credentials. */
  readonly identified: boolean
  readonly status: number
  readonly fields: Fields
  /** Declared length of the body; undefined when it is not known yet. */
  readonly bytes: number | undefined
  readonly times: Times
  /** The last purge that was known when the origin was asked. */
  readonly generation: number
  /** Whether Content-Location says that the answer is what a GET of the same target would give (RFC 9110 §9.3.3). */
  readonly describesTarget: boolean
}

/** Final statuses that RFC 9110 defines: those that `must-understand` is about (RFC 9111 §5.2.2.3). */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416,
  417, 421, 422, 426, 500, 501, 502, 503, 504, 505,
])

/** Stores whatever RFC 9111 §3 allows and may be of use: what has a lifetime, or can be validated. */
export function mayStore(candidate: Candidate, policy: Policy): Keep {
  const { method, requestFields, identified, status, bytes } = candidate
  const isGet = method === 'GET' || method === 'QUERY'
  if (!isGet && !(method === 'POST' && candidate.describesTarget)) return pass('request method')
  if (status < 200 || status === 304) return pass('status')
  if (status === 206 && !partOf(candidate.fields, bytes)) return pass('part')
  if (requestDirectives(requestFields).has('no-store')) return pass('request no-store')
  const control = controlOf(candidate.fields, policy.targetedFields)
  const { directives } = control
  if (directives.has('must-understand')) {
    if (!UNDERSTOOD.has(status)) return pass('must-understand')
  } else if (directives.has('no-store')) return pass('response no-store')
  if (directives.has('private') && !namedFields(directives, 'private')) return pass('response private')
  // RFC 9111 §3.5
  if ((identified || fieldValue(requestFields, 'authorization') !== undefined) && !directives.has('public') && !directives.has('s-maxage') && !directives.has('must-revalidate')) return pass('authorization')
  const fields = storedFields(candidate.fields, directives, candidate.times.responseMs)
  if (!policy.storesCookies && fieldValue(fields, 'set-cookie') !== undefined) return pass('set-cookie')
  const names = selectingNames(fields, policy)
  if (!names) return pass('vary *')
  const lifetime = lifetimeOf(control, status, fields, candidate.times.responseMs, isGet ? policy : undefined)
  const explicit = isExplicit(lifetime)
  if (!explicit && (!isGet || !mayGuess(status, directives))) return pass('no lifetime or validator')
  // What nobody said may be shared is not shared when the origin may have answered by a cookie.
  if (!explicit && !directives.has('public') && fieldValue(requestFields, 'cookie') !== undefined) return pass('cookie')
  const terms = termsOf(directives, lifetime, candidate)
  if (!isUseful(terms, fields)) return pass('no lifetime or validator')
  if (bytes !== undefined && bytes > policy.maxEntryBytes) return pass('too large')
  return { kind: 'store', terms, fields, names }
}

/** The terms of an answer that was stored before and has been validated. */
export function renewedTerms(status: number, fields: Fields, times: Times, generation: number, policy: Policy): Terms {
  const control = controlOf(fields, policy.targetedFields)
  return termsOf(control.directives, lifetimeOf(control, status, fields, times.responseMs, policy), { fields, times, generation })
}

function termsOf(directives: Directives, { seconds }: Lifetime, { fields, times, generation }: Pick<Candidate, 'fields' | 'times' | 'generation'>): Terms {
  const validates = directives.has('no-cache') && !namedFields(directives, 'no-cache')
  return {
    bornMs: times.responseMs - initialAgeSeconds(fields, times) * 1000,
    lifetimeSeconds: seconds,
    validates,
    strict: validates || directives.has('must-revalidate') || directives.has('proxy-revalidate') || directives.has('s-maxage'),
    whileRevalidateSeconds: deltaSeconds(directives, 'stale-while-revalidate') ?? 0,
    ifErrorSeconds: deltaSeconds(directives, 'stale-if-error'),
    generation,
    costMs: Math.max(0, times.responseMs - times.requestMs),
    tags: tagsOf(fields),
    groups: groupsOf(fields),
  }
}

function isUseful({ lifetimeSeconds, validates, whileRevalidateSeconds }: Terms, fields: Fields): boolean {
  if (fieldValue(fields, 'etag') !== undefined || fieldValue(fields, 'last-modified') !== undefined) return true
  return !validates && (lifetimeSeconds > 0 || whileRevalidateSeconds > 0)
}

/** Written anew for each client that is served from the cache. */
const AGE: ReadonlySet<string> = new Set(['age'])

/**
 * What is kept of the fields: not those that `no-cache` and `private` name (RFC 9111 §5.2.2.4, §5.2.2.7), and with the
 * time of receipt where the origin told none, so that later clients learn how old it is (RFC 9110 §6.6.1).
 */
export function storedFields(fields: Fields, directives: Directives, responseMs: number): Fields {
  const remove = new Set([...AGE, ...(namedFields(directives, 'no-cache') ?? []), ...(namedFields(directives, 'private') ?? [])])
  const date = fieldValue(fields, 'date')
  return editFields(fields, date === undefined || parseHttpDate(date, responseMs) === undefined ? { remove, set: ['Date', formatHttpDate(responseMs)] } : { remove })
}

function pass(reason: KeepOut): Keep {
  return { kind: 'pass', reason }
}
