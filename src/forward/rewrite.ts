// The target that goes upstream: prefix taken off, prefix put on, everything else as it was sent.
import { canonicalPath, type Target } from '../http/target.js'

export interface Rewrite {
  /** Canonical, without a trailing slash; empty for none. */
  readonly stripPrefix: string
  readonly addPrefix: string
}

/**
 * The target for the origin. Bytes that no rule touches stay as the client sent them. A path whose canonical form is
 * not what it looks like (dot segments, escaped letters, doubled slashes) is cut in its canonical form, so that the
 * prefix is taken from the same path that was matched and the result cannot climb out of the added prefix.
 */
export function rewriteTarget(target: Target, { stripPrefix, addPrefix }: Rewrite): string {
  if ((stripPrefix === '' && addPrefix === '') || target.raw === '*') return target.raw
  const path = canSplitRaw(target, stripPrefix) ? target.rawPath : target.path
  const rest = isWithin(path, stripPrefix) ? path.slice(stripPrefix.length) : path
  const rewritten = addPrefix + (rest === '' && addPrefix === '' ? '/' : rest)
  return target.query === undefined ? rewritten : `${rewritten}?${target.query}`
}

/** Whether cutting the raw path leaves what cutting the canonical one does, in other spelling. */
function canSplitRaw({ rawPath, path }: Target, prefix: string): boolean {
  if (rawPath === path) return true
  return isWithin(rawPath, prefix) && isWithin(path, prefix) && !/\/\.|\/\/|%2e/i.test(rawPath) && canonicalPath(rawPath.slice(prefix.length) || '/') === (path.slice(prefix.length) || '/')
}

function isWithin(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
}
