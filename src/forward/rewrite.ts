// The target that goes upstream: prefix taken off, prefix put on, or a template filled in; everything else as it was sent.
import { hidesDotSegment } from '../http/path-readings.js'
import { canonicalPath, type Target } from '../http/target.js'

export interface Rewrite {
  /** Canonical, without a trailing slash; empty for none. */
  readonly stripPrefix: string
  readonly addPrefix: string
  /** A path with the parameters of the route's path in it, which takes the place of the whole path. */
  readonly template: string | undefined
}

/**
 * The target for the origin. Bytes that no rule touches stay as the client sent them. A path whose canonical form is
 * not what it looks like (dot segments, escaped letters, doubled slashes) is cut in its canonical form, so that the
 * prefix is taken from the same path that was matched and the result cannot climb out of the added prefix. Undefined
 * when a template would be filled in with a dot segment.
 */
export function rewriteTarget(target: Target, params: Readonly<Record<string, string>>, { stripPrefix, addPrefix, template }: Rewrite): string | undefined {
  if (template !== undefined) {
    const expanded = expandPath(template, params)
    return climbs(expanded) ? undefined : withQuery(expanded, target)
  }
  if ((stripPrefix === '' && addPrefix === '') || target.raw === '*') return target.raw
  const path = canSplitRaw(target, stripPrefix) ? target.rawPath : target.path
  const rest = isWithin(path, stripPrefix) ? path.slice(stripPrefix.length) : path
  const rewritten = addPrefix + (rest === '' && addPrefix === '' ? '/' : rest)
  return withQuery(rewritten, target)
}

/** `:name`, `:name+` and `*` replaced by what they stand for. A wildcard that took a slash or nothing leaves no slash of its own. */
function expandPath(template: string, params: Readonly<Record<string, string>>): string {
  const path = template.replace(/:(\w+)\+?|\/?\*/g, (_, name: string | undefined) => params[name ?? '*'] ?? '').replace(/\/{2,}/g, '/')
  return path.startsWith('/') ? path : `/${path}`
}

/** Values are parts of a canonical path, but no whole segments: `:name.json` takes two dots out of `/...json`. */
function climbs(path: string): boolean {
  return canonicalPath(path) !== path || hidesDotSegment(path)
}

function withQuery(path: string, { query }: Target): string {
  return query === undefined ? path : `${path}?${query}`
}

/** Whether cutting the raw path leaves what cutting the canonical one does, in other spelling. */
function canSplitRaw({ rawPath, path }: Target, prefix: string): boolean {
  if (rawPath === path) return true
  return isWithin(rawPath, prefix) && isWithin(path, prefix) && !/\/\.|\/\/|%2e/i.test(rawPath) && canonicalPath(rawPath.slice(prefix.length) || '/') === (path.slice(prefix.length) || '/')
}

function isWithin(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
}
