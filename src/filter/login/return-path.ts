// Where a login comes back to.
import { canonicalTarget, type Target } from '../../http/target.js'

/** Longest path that is come back to. */
const MAX_RETURN = 1024

/** A path of the host that was asked, which no browser takes for another host. */
export function returnPath(target: Target): string {
  const { raw } = canonicalTarget(target)
  return /^\/(?![/\\])/.test(raw) && raw.length <= MAX_RETURN ? raw : '/'
}
