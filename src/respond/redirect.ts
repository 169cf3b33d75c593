// Where a redirect points.
import type { Target } from '../http/target.js'

/** The Location of a redirect. The request's query goes along unless the configured place has its own. */
export function redirectLocation(to: string, target: Target): string {
  const hash = to.indexOf('#')
  const place = hash < 0 ? to : to.slice(0, hash)
  return target.query === undefined || place.includes('?') ? to : `${place}?${target.query}${to.slice(place.length)}`
}
