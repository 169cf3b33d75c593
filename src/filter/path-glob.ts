// Path globs of the access filters: `*` for any run of characters, slashes included.

/**
 * A matcher for a glob, linear in the path. `/admin/*` takes `/admin` too, so that a closed area has no open door.
 * Not a regular expression: several stars would let a hostile path backtrack.
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const parts = glob.split('*')
  const prefix = parts[0]!
  if (parts.length === 1) return (path) => path === glob
  const suffix = parts.at(-1)!
  const middle = parts.slice(1, -1)
  const area = glob.endsWith('/*') && parts.length === 2 ? prefix.slice(0, -1) : undefined
  return (path) => {
    if (path === area) return true
    if (path.length < prefix.length + suffix.length || !path.startsWith(prefix) || !path.endsWith(suffix)) return false
    let at = prefix.length
    for (const part of middle) {
      const found = path.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= path.length - suffix.length
  }
}
