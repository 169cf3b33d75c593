// In which spelling a path goes upstream, so that nobody who reads it there finds the path of another route.
import { pathReadings } from '../http/path-readings.js'
import { canonicalTarget, type Target } from '../http/target.js'

/** What a route makes of odd paths, compiled. */
export interface PathPolicy {
  /** Name of the setting, and what it finds in a path as sent or in its canonical form. */
  readonly rejected: readonly (readonly [string, RegExp])[]
  /** What is never sent as it came. */
  readonly rewritten: readonly RegExp[]
  /** What the servers of the route take for text, so that nothing is looked for behind it. */
  readonly literal: readonly RegExp[]
}

/** A request that is not sent on, in the words of a filter's refusal. */
export interface Stray {
  readonly kind: 'refuse'
  readonly code: 'http_request_error'
  readonly reason: string
}

/** Stands for what is literal while the path is read: a character that nobody takes for anything. */
const PLAIN = '~'

/**
 * The target for the origin: as it was sent where all who may read it stay with the route, in canonical form where they
 * do then. `leadsHere` tells whether a path leads to the route. The target is one with more than one reading.
 */
export function outgoingTarget(target: Target, { rejected, rewritten, literal }: PathPolicy, leadsHere: (path: string) => boolean): Target | Stray {
  const { rawPath, path } = target
  const odd = rejected.find(([, pattern]) => pattern.test(rawPath) || pattern.test(path))
  if (odd) return stray(`normalization.${odd[0]}: reject`)
  const masked = (text: string): string => literal.reduce((left, pattern) => left.split(pattern).join(PLAIN), text)
  const known = masked(path)
  const astray = (readings: ReadonlySet<string>): string | undefined => {
    for (const reading of readings) if (reading !== known && !leadsHere(reading)) return reading
    return undefined
  }
  const asSent = !rewritten.some((pattern) => pattern.test(rawPath))
  const all = literal.length === 0 ? target.readings! : new Set([...pathReadings(masked(rawPath))!, ...pathReadings(known)!])
  if (asSent && astray(all) === undefined) return target
  const reading = astray(pathReadings(known)!)
  return reading === undefined ? canonicalTarget(target) : stray(`normalization: read as "${reading}", the path is that of another route`)
}

/** A refusal, with its reason for the log. */
export function stray(reason: string): Stray {
  return { kind: 'refuse', code: 'http_request_error', reason }
}
