// How long an answer stays fresh and how old it is (RFC 9111 §4.2).
import { type Directives, deltaSeconds } from '../http/cache-control.js'
import { parseHttpDate } from '../http/date.js'
import { combinedValue, type Fields, fieldValue, fieldValues } from '../http/fields.js'
import type { Control } from './control.js'

/** What a lifetime rests on. */
export type LifetimeSource = 's-maxage' | 'max-age' | 'expires' | 'heuristic' | 'negative' | 'configured' | 'none'

export interface Lifetime {
  readonly seconds: number
  readonly source: LifetimeSource
}

/** Whether the answer itself told how long it may be kept. */
export function isExplicit({ source }: Lifetime): boolean {
  return source === 's-maxage' || source === 'max-age' || source === 'expires'
}

/** When an answer was asked for and when its head came. */
export interface Times {
  readonly requestMs: number
  readonly responseMs: number
}

/** Explicit lifetime for a shared cache: `s-maxage`, else `max-age` (RFC 9111 §4.2.1). Undefined when neither is there. */
export function lifetimeSeconds(directives: Directives): number | undefined {
  return deltaSeconds(directives, 's-maxage') ?? deltaSeconds(directives, 'max-age')
}

/** Statuses that may be kept without being told to (RFC 9110 §15.1). */
const HEURISTIC: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501])
/** Share of the time since the last change, and the longest that is guessed. */
const HEURISTIC_SHARE = 0.1
const MAX_HEURISTIC_SECONDS = 24 * 60 * 60

/** Errors of HEURISTIC: what an operator may give a short lifetime of its own. */
const NEGATIVE: ReadonlySet<number> = new Set([404, 405, 410, 414, 501])

/** What an operator allows where an answer says nothing. */
export interface Guesses {
  readonly heuristics: boolean
  readonly negativeSeconds: number
  readonly silentSeconds: number
}

/** The lifetime of an answer, and what it rests on. Without an explicit one it is what `guesses` allow: a time for errors, one for the rest, or a share of the time since Last-Modified. */
export function lifetimeOf({ directives, targeted }: Control, status: number, fields: Fields, responseMs: number, guesses: Guesses | undefined): Lifetime {
  const explicit = lifetimeSeconds(directives)
  if (explicit !== undefined) return { seconds: explicit, source: directives.has('s-maxage') ? 's-maxage' : 'max-age' }
  const dateMs = dateOf(fields, responseMs)
  const expires = targeted ? [] : fieldValues(fields, 'expires')
  if (expires.length > 0) {
    // One that cannot be read, or is there twice, lies in the past (RFC 9111 §5.3).
    const expiresMs = expires.length === 1 ? parseHttpDate(expires[0]!, responseMs) : undefined
    return { seconds: expiresMs === undefined ? 0 : Math.max(0, (expiresMs - dateMs) / 1000), source: 'expires' }
  }
  if (!guesses || !mayGuess(status, directives)) return { seconds: 0, source: 'none' }
  if (guesses.negativeSeconds > 0 && NEGATIVE.has(status)) return { seconds: guesses.negativeSeconds, source: 'negative' }
  if (guesses.silentSeconds > 0 && !NEGATIVE.has(status)) return { seconds: guesses.silentSeconds, source: 'configured' }
  if (!guesses.heuristics) return { seconds: 0, source: 'none' }
  const modifiedMs = parseHttpDate(fieldValue(fields, 'last-modified') ?? '', responseMs)
  if (modifiedMs === undefined || modifiedMs >= dateMs) return { seconds: 0, source: 'none' }
  return { seconds: Math.min(MAX_HEURISTIC_SECONDS, ((dateMs - modifiedMs) / 1000) * HEURISTIC_SHARE), source: 'heuristic' }
}

/** Whether an answer may be kept without an explicit lifetime: its status is one of those, or it says `public` (RFC 9111 §3, §4.2.2). */
export function mayGuess(status: number, directives: Directives): boolean {
  return HEURISTIC.has(status) || directives.has('public')
}

/** How old an answer was when it came: by its Date, or by its Age and the time that it took, whichever is more (RFC 9111 §4.2.3). */
export function initialAgeSeconds(fields: Fields, { requestMs, responseMs }: Times): number {
  const apparent = (responseMs - dateOf(fields, responseMs)) / 1000
  return Math.max(0, apparent, toldAgeSeconds(fields) + Math.max(0, responseMs - requestMs) / 1000)
}

/** The first of several counts; anything but digits says nothing (RFC 9111 §5.1). */
function toldAgeSeconds(fields: Fields): number {
  const age = combinedValue(fields, 'age')?.split(',', 1)[0]!.trim()
  return age !== undefined && /^\d+$/.test(age) ? Math.min(Number(age), 2 ** 31) : 0
}

/** When the answer was made; one that does not tell was made when it came. */
function dateOf(fields: Fields, responseMs: number): number {
  return parseHttpDate(fieldValue(fields, 'date') ?? '', responseMs) ?? responseMs
}
