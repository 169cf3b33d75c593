// The segments of a path: dot segments and doubled slashes resolved (RFC 3986 §5.2.4).

/** The path without dot segments and doubled slashes, never above the root. Escapes are not looked into. */
export function resolveSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/')
  const last = segments.length - 1
  for (let i = 1; i <= last; i++) {
    const segment = segments[i]!
    if (segment === '..') kept.pop()
    else if (segment !== '.' && segment !== '') kept.push(segment)
  }
  const end = segments[last]!
  const slash = end === '' || end === '.' || end === '..'
  return kept.length === 0 ? '/' : `/${kept.join('/')}${slash ? '/' : ''}`
}
