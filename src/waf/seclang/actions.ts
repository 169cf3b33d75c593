// The actions of a rule: `name` or `name:value`, apart by commas; quotes keep the commas within them.
import type { Action } from './directive.js'
import { Unreadable } from './fault.js'

export function readActions(text: string): Action[] {
  return parts(text).map((part) => {
    const colon = part.indexOf(':')
    if (colon < 0) return { name: part.toLowerCase(), value: undefined }
    const value = part.slice(colon + 1).trim()
    return { name: part.slice(0, colon).trim().toLowerCase(), value: /^'(.*)'$/s.exec(value)?.[1]?.replaceAll("\\'", "'") ?? value }
  })
}

function parts(text: string): string[] {
  const found: string[] = []
  let part = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '\\' && text[at + 1] === "'") {
      part += "\\'"
      at++
      continue
    }
    if (char === "'") quoted = !quoted
    if (char === ',' && !quoted) {
      found.push(part.trim())
      part = ''
    } else part += char
  }
  if (quoted) throw new Unreadable(`a quote is not closed in the actions "${text}"`)
  found.push(part.trim())
  return found.filter((each) => each !== '')
}
