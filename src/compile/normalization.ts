// From what is said of normalisation to what the stages go by.
import { NEWEST_PROFILE, type Normalization, PROFILES } from '../config/normalization.js'
import type { CheckedConfig, RouteConfig } from '../config/schema.js'
import type { ForgivingPolicy, OddNamePolicy } from '../http/odd-names.js'
import type { PathPolicy } from '../route/scope.js'

/** What holds for all routes; the short form `oddHeaders` is part of it. */
export function generalNormalization({ normalization: { profile = NEWEST_PROFILE, ...said } = {}, oddHeaders }: CheckedConfig): Normalization {
  return { ...PROFILES[profile], ...(oddHeaders && { oddHeaders }), ...said } as Normalization
}

/** What holds for one route; the short form `encodedSlashes` is part of it, and covers backslashes too. */
export function routeNormalization(general: Normalization, { normalization, encodedSlashes }: RouteConfig): Normalization {
  return { ...general, ...(encodedSlashes && { encodedSlashes, encodedBackslashes: encodedSlashes }), ...normalization } as Normalization
}

/** What each setting looks for in a path. */
const ODDITIES: readonly (readonly [Exclude<keyof Normalization, 'oddHeaders'>, RegExp])[] = [
  ['dotSegments', /\/(\.|%2e){1,2}(\/|$)/i],
  ['repeatedSlashes', /\/\//],
  ['encodedSlashes', /%2f/i],
  ['encodedBackslashes', /%5c/i],
  ['doubleEncoding', /%25[0-9a-f]{2}/i],
  ['parameters', /;|%3b/i],
]

/** What becomes of odd paths. */
export function compilePathPolicy(normalization: Normalization): PathPolicy {
  const those = (...words: readonly string[]): typeof ODDITIES => ODDITIES.filter(([setting]) => words.includes(normalization[setting]))
  const patterns = (...words: readonly string[]): RegExp[] => those(...words).map(([, pattern]) => pattern)
  return { rejected: those('reject'), rewritten: patterns('resolve', 'merge'), literal: patterns('literal') }
}

/** What becomes of odd names before a route is found. Only routes refuse requests for them: each may have a word of its own. */
export function generalOddNames({ oddHeaders }: Normalization): ForgivingPolicy {
  return oddHeaders === 'keep' ? { kind: 'keep' } : { kind: 'drop', keep: new Set(typeof oddHeaders === 'string' ? [] : oddHeaders.map((name) => name.toLowerCase())) }
}

/** What a route makes of odd names, undefined where that is done already. */
export function routeOddNames(general: Normalization, own: Normalization): OddNamePolicy | undefined {
  if (own.oddHeaders === 'reject') return { kind: 'reject' }
  return own.oddHeaders === general.oddHeaders ? undefined : generalOddNames(own)
}
