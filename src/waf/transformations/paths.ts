// Paths without empty, `.` and `..` segments.

export function normalizePath(text: string): string {
  if (!/\/\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(text)) return text
  const rooted = text.startsWith('/')
  const kept: string[] = []
  const segments = text.split('/')
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') kept.push(segment)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!rooted) kept.push(segment)
  }
  const last = segments.at(-1)
  const closed = (last === '' || last === '.' || last === '..') && kept.length > 0 && kept.at(-1) !== '..'
  return `${rooted ? '/' : ''}${kept.join('/')}${closed ? '/' : ''}`
}

export function normalizePathWin(text: string): string {
  return normalizePath(text.replaceAll('\\', '/'))
}
