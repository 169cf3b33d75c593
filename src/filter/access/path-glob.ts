// Globs of the access filters: `*` for any run of characters, slashes included.

/** A matcher for paths. `/admin/*` takes `/admin` too, so that a closed area has no open door. */
export function globMatcher(glob: string): (path: string) => boolean {
  const matches = textMatcher(glob)
  const area = glob.endsWith('/*') && glob.indexOf('*') === glob.length - 1 ? glob.slice(0, -2) : undefined
  return area === undefined ? matches : (path) => path === area || matches(path)
}

/** A matcher for a glob, linear in the text. Not a regular expression: several stars would let a hostile text backtrack. */
export function textMatcher(glob: string): (text: string) => boolean {
  const parts = glob.split('*')
  const prefix = parts[0]!
  if (parts.length === 1) return (text) => text === glob
  const suffix = parts.at(-1)!
  const middle = parts.slice(1, -1)
  return (text) => {
    if (text.length < prefix.length + suffix.length || !text.startsWith(prefix) || !text.endsWith(suffix)) return false
    let at = prefix.length
    for (const part of middle) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= text.length - suffix.length
  }
}
