// Tokens and comma-separated lists (RFC 9110 §5.6).

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Whether the text is a token: a method, a field name, a directive (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * The members of a list field, trimmed, empty ones left out; commas inside quoted strings do not split (RFC 9110 §5.6.1).
 * A quote that is never closed makes every comma split: a client's stray quote must not swallow what a proxy appended.
 */
export function listMembers(value: string): string[] {
  const members: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i <= value.length; i++) {
    const char = value[i]
    if (quoted && char === '\\') i++
    else if (char === '"') quoted = !quoted
    else if (i === value.length || (char === ',' && !quoted)) {
      const member = value.slice(start, i).trim()
      if (member) members.push(member)
      start = i + 1
    }
  }
  if (quoted) return value.split(',').map((member) => member.trim()).filter((member) => member !== '')
  return members
}

/** A text as a quoted string (RFC 9110 §5.6.4). */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
