// The segments of a path: dot segments resolved (RFC 3986 §5.2.4), repeated slashes merged.

/** The path without dot segments, never above the root, its repeated slashes merged after that. Escapes are not looked into. */
export function resolveSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/')
  const last = segments.length - 1
  for (let i = 1; i <= last; i++) {
    const segment = segments[i]!
    // An empty segment is one that `..` takes away, as every URL parser has it; who merges slashes first climbs higher.
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const end = segments[last]!
  return mergeSlashes(`/${kept.join('/')}${end === '.' || end === '..' ? '/' : ''}`)
}

/** The path with one slash for several. */
export function mergeSlashes(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path
}
