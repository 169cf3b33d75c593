// The variables of a rule: terms apart by `|`, each with `&`, `!` and a member where there are some.
import type { Target } from './directive.js'
import { Unreadable } from './fault.js'

export function readTargets(text: string): Target[] {
  return terms(text).map(readTarget)
}

/** `|` parts terms, but not within `/…/` or quotes. */
function terms(text: string): string[] {
  const found: string[] = []
  let term = ''
  for (let at = 0; at < text.length; at++) {
    const open = text[at]!
    if ((open === '/' && term.endsWith(':') && !isXPath(term)) || open === "'") {
      const end = endOfQuoted(text, at, open)
      term += text.slice(at, end + 1)
      at = end
    } else if (open === '|') {
      found.push(term)
      term = ''
    } else term += open
  }
  found.push(term)
  return found.map((each) => each.trim())
}

/** What stands behind `XML:` is a path, and no regular expression. */
function isXPath(term: string): boolean {
  return /^[!&]?xml:$/i.test(term.trim())
}

function endOfQuoted(text: string, open: number, quote: string): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote) return at
  }
  throw new Unreadable(`"${text.slice(open)}" is not closed by ${quote}`)
}

function readTarget(term: string): Target {
  const [, sign, name, member] = /^([!&]?)([a-z_0-9]+)(?::(.*))?$/is.exec(term) ?? []
  if (name === undefined) throw new Unreadable(`"${term}" is no variable`)
  const variable = name.toUpperCase()
  const bare = /^'(.*)'$/s.exec(member ?? '')?.[1] ?? member
  const pattern = variable === 'XML' ? undefined : /^\/(.*)\/$/s.exec(bare ?? '')?.[1]
  return {
    variable,
    key: pattern === undefined ? bare?.toLowerCase() : undefined,
    keyPattern: pattern?.replaceAll('\\/', '/'),
    counted: sign === '&',
    excluded: sign === '!',
  }
}
