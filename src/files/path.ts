// Which file a path names: plain names one below the other, or none at all. What could lead anywhere else names nothing.

/** A folder whose names are meant for everybody although they begin with a dot (RFC 8615). */
const WELL_KNOWN = '/.well-known/'

/** What no name may hold: separators of either kind, NUL and other controls. */
const FORBIDDEN = /[/\\\x00-\x1f\x7f]/

/**
 * The path below a root that a canonical path of a target names, its escapes decoded once as UTF-8; one that ends in a slash
 * names a folder. Undefined where an escape is not UTF-8, or a name is empty, `.` or `..`, holds a separator or a control,
 * or begins with a dot and hidden ones are not served.
 */
export function filePath(path: string, servesHidden: boolean): string | undefined {
  const decoded = decode(path)
  if (decoded === undefined || !decoded.startsWith('/')) return undefined
  return servesHidden || !isHidden(decoded) ? decoded : undefined
}

/** Whether a name of the path begins with a dot. `/.well-known` itself does not count, what is hidden in it does. */
export function isHidden(path: string): boolean {
  return (path.startsWith(WELL_KNOWN) ? path.slice(WELL_KNOWN.length - 1) : path).includes('/.')
}

function decode(path: string): string | undefined {
  const names: string[] = []
  const written = path.split('/')
  for (let i = 0; i < written.length; i++) {
    const name = decodeName(written[i]!)
    if (name === undefined || FORBIDDEN.test(name) || name === '.' || name === '..') return undefined
    if (name === '' && i > 0 && i < written.length - 1) return undefined
    names.push(name)
  }
  return names.join('/')
}

function decodeName(name: string): string | undefined {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return undefined
  }
}
