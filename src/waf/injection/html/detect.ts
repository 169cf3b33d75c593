// Whether a text would run a script in a page, wherever in it the text stands: the technique of libinjection.
import { EVENTS } from './events.js'
import { type Context, HtmlTokenizer } from './tokenizer.js'

const CONTEXTS: readonly Context[] = ['data', 'attributes', "'", '"', '`']
const TAGS: ReadonlySet<string> = new Set('applet base comment embed frame frameset handler iframe import isindex link listener meta noscript object script style vmlframe xml xss'.split(' '))
/** What a value may do: it is never harmless, or it is when it names no script, or it names an attribute. */
type Danger = 'always' | 'address' | 'name'
const ATTRIBUTES: ReadonlyMap<string, Danger> = new Map([
  ...'dataformatas datasrc filter style'.split(' ').map((name) => [name, 'always'] as const),
  ...'action by background dynsrc formaction folder from handler href lowsrc poster src to values xlink:href'.split(' ').map((name) => [name, 'address'] as const),
  ['attributename', 'name'],
])
const SCRIPT_SCHEME = /^(?:data|view-source|java|vbscript)/
const EVENT = new RegExp(`^on(?:${EVENTS.join('|')})`)

export function isScriptInjection(text: string): boolean {
  return CONTEXTS.some((context) => isDangerousIn(text, context))
}

function isDangerousIn(text: string, context: Context): boolean {
  const tokens = new HtmlTokenizer(text, context)
  let danger: Danger | undefined
  while (tokens.next()) {
    const { kind, text: found } = tokens
    if (kind === 'doctype' || (kind === 'tag' && isDangerousTag(found)) || (kind === 'comment' && isDangerousComment(found))) return true
    if (kind === 'value' && danger !== undefined && isDangerousValue(found, danger)) return true
    danger = kind === 'attribute' ? dangerOf(found) : undefined
  }
  return false
}

/** Browsers of old left NUL out of names. */
function named(text: string): string {
  return text.replaceAll('\0', '').toLowerCase()
}

function isDangerousTag(text: string): boolean {
  return text.length >= 3 && (TAGS.has(named(text)) || /^(?:svg|xsl)/i.test(text))
}

function dangerOf(text: string): Danger | undefined {
  if (text.length < 2) return undefined
  const name = named(text)
  if (text.length >= 5 && (/^on/i.test(text) ? EVENT.test(name) : /^(?:xmlns|xlink)/.test(named(text.slice(0, 5))))) return 'always'
  return ATTRIBUTES.get(name)
}

function isDangerousValue(text: string, danger: Danger): boolean {
  if (danger === 'always') return true
  return danger === 'name' ? dangerOf(text) !== undefined : SCRIPT_SCHEME.test(schemeOf(text))
}

/** The beginning of an address as a browser reads it: references resolved, spaces in front, NUL and line feeds left out. */
function schemeOf(text: string): string {
  const start = text.replace(/^[\0-\x20\x7f-\xff]+/, '')
  const resolved = start.slice(0, 256).replace(/&#(?:x([\da-f]+)|(\d+));?/gi, (reference, hex: string | undefined, decimal: string | undefined) => {
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return point > 0x1000ff ? reference : String.fromCharCode(point & 0xff)
  })
  return resolved.replace(/^[\0-\x20]+/, '').replace(/[\0\n]/g, '').toLowerCase()
}

/** What some browsers ran in comments. */
function isDangerousComment(text: string): boolean {
  return text.includes('`') || (text.length > 3 && /^(?:\[if|xml)/i.test(text)) || (text.length > 5 && /^(?:import|entity)/.test(named(text)))
}
