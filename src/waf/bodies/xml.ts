// XML as its text and the values of its attributes. Nothing is fetched, and no entity of its own is put in.
import { utf8Of } from './json.js'
import type { BodyLimits } from './parsed-body.js'

export interface XmlContent {
  readonly text: string
  readonly attributes: readonly string[]
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** What stands in a document; and why it is none, where it is not. Text is bytes. */
export function xmlContent(document: string, limits: BodyLimits): XmlContent & { readonly error: string | undefined } {
  let text = ''
  const attributes: string[] = []
  const open: string[] = []
  let elements = 0
  const failed = (error: string): XmlContent & { readonly error: string } => ({ text, attributes, error })
  for (let at = 0; at < document.length;) {
    const next = document.indexOf('<', at)
    const plain = document.slice(at, next < 0 ? undefined : next)
    if (open.length > 0) text += withoutReferences(plain)
    else if (plain.trim() !== '' && !(at === 0 && plain === '\xef\xbb\xbf')) return failed('XML has text outside its element')
    if (next < 0) break
    const skipped = endOfSpecial(document, next)
    if (skipped) {
      if (skipped.end < 0) return failed('XML ends within a comment, an instruction or a section')
      text += skipped.text
      at = skipped.end
      continue
    }
    const tag = /^<(\/?)([^\s/>=<"'&!?]+)((?:\s+[^\s=/>"'<]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/.exec(document.slice(next, next + 16_384))
    if (!tag) return failed(`XML has no tag at ${next}`)
    const [whole, closing, name, listed, single] = tag
    if (closing) {
      if (open.pop() !== name) return failed(`XML closes ${name} at ${next}, which is not open`)
    } else {
      if (open.length === 0 && elements > 0) return failed('XML has a second element beside its first')
      if (open.length >= limits.depth) return failed(`XML is nested deeper than ${limits.depth}`)
      if (++elements > limits.fields) return failed(`XML has more than ${limits.fields} elements`)
      for (const [, double, quoted] of listed!.matchAll(/=\s*(?:"([^"]*)"|'([^']*)')/g)) attributes.push(withoutReferences(double ?? quoted!))
      if (!single) open.push(name!)
    }
    at = next + whole.length
  }
  if (open.length > 0) return failed(`XML does not close ${open.at(-1)}`)
  return elements === 0 && document.trim() !== '' ? failed('XML has no element') : { text, attributes, error: undefined }
}

/** Where a comment, an instruction, a section of text or a declaration ends; undefined for a tag, -1 for one without an end. */
function endOfSpecial(document: string, at: number): { readonly end: number; readonly text: string } | undefined {
  if (document.startsWith('<!--', at)) return { end: after(document, '-->', at + 4), text: '' }
  if (document.startsWith('<?', at)) return { end: after(document, '?>', at + 2), text: '' }
  if (document.startsWith('<![CDATA[', at)) {
    const end = after(document, ']]>', at + 9)
    return { end, text: end < 0 ? '' : document.slice(at + 9, end - 3) }
  }
  if (!document.startsWith('<!', at)) return undefined
  const subset = document.indexOf('[', at)
  const close = document.indexOf('>', at)
  return { end: subset >= 0 && subset < close ? after(document, '>', Math.max(after(document, ']', subset), subset)) : close < 0 ? -1 : close + 1, text: '' }
}

function after(document: string, mark: string, from: number): number {
  const at = document.indexOf(mark, from)
  return at < 0 ? -1 : at + mark.length
}

function withoutReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (reference, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return NAMED[name] ?? reference
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return point > 0x10ffff ? reference : utf8Of(point)
  })
}
