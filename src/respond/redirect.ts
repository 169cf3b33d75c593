// Where a redirect points.
import type { Target } from '../http/target.js'

/** The Location of a redirect. The request's query goes along unless the configured place has its own. */
export function redirectLocation(to: string, target: Target): string {
  return target.query === undefined || to.includes('?') ? to : `${to}?${target.query}`
}
