// A file as logical lines: `\` at the end of a line joins it to the next, and comments are left out.

/** One directive's text, and the line it begins on. */
export interface LogicalLine {
  readonly text: string
  readonly line: number
}

export function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = []
  let joined: { text: string; line: number } | undefined
  text.split(/\r?\n/).forEach((physical, index) => {
    const trimmed = physical.trim()
    if (!joined && (trimmed === '' || trimmed.startsWith('#'))) return
    joined ??= { text: '', line: index + 1 }
    if (trimmed.endsWith('\\')) {
      joined.text += trimmed.slice(0, -1)
      return
    }
    lines.push({ text: joined.text + trimmed, line: joined.line })
    joined = undefined
  })
  if (joined) lines.push(joined)
  return lines
}
