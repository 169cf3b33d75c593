// The words of a directive: apart by spaces, or in quotes, in which `\"` is a quote.
import { Unreadable } from './fault.js'

export function words(text: string): string[] {
  const found: string[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++
      continue
    }
    const quote = text[at] === '"' || text[at] === "'" ? text[at]! : undefined
    const end = quote ? closingQuote(text, at) : nextSpace(text, at)
    const word = text.slice(quote ? at + 1 : at, end)
    found.push(quote ? word.replaceAll(`\\${quote}`, quote) : word)
    at = quote ? end + 1 : end
  }
  return found
}

function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[open]) return at
  }
  throw new Unreadable(`the quote ${text[open]} is not closed`)
}

function nextSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && !/\s/.test(text[at]!)) at++
  return at
}
