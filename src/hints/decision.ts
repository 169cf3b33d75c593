// What is hinted at before an answer (RFC 8297): to whom, and what of an answer is for everybody.
import { parseCacheControl } from '../http/cache-control.js'
import { combinedValue, type Fields, fieldValue, fieldValues } from '../http/fields.js'
import { listMembers } from '../http/tokens.js'

/** What of a request decides. */
export interface Asked {
  readonly method: string
  readonly fields: Fields
  readonly identity: object | undefined
}

/** Hints are for browsers that open a page: they say so themselves, and take interim answers; other clients may not. */
export function takesHints({ method, fields }: Asked): boolean {
  return method === 'GET' && fieldValue(fields, 'sec-fetch-mode') === 'navigate'
}

/** Most links of one page, and characters of one link. */
const MAX_LINKS = 16
const MAX_LENGTH = 512

/** One link of a Link field (RFC 8288 §3). A target holds no `>`, a quoted value no quote. */
const LINK = /<([^<>]*)>((?:\s*;\s*[^\s"<>,;=]+(?:=(?:"[^"]*"|[^\s"<>,;]*))?)*)/g
const REL = /;\s*rel=(?:"([^"]*)"|([^\s;]*))/i
/** Some runtimes refuse to send such values in hints. */
const SPACED = /="[^"]*[\s;]/
const HINTED: ReadonlySet<string> = new Set(['preload', 'preconnect', 'modulepreload'])

/**
 * Links of an answer for its next clients: of the page's own origin alone, since what names another one may have been put there by
 * whoever asked first. `origin` is that of the page.
 */
export function hintedLinks(fields: Fields, origin: string): readonly string[] {
  const links: string[] = []
  for (const line of fieldValues(fields, 'link')) {
    for (const [link, target = '', parameters = ''] of line.matchAll(LINK)) {
      const rel = REL.exec(parameters)
      const isHint = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).some((type) => HINTED.has(type))
      if (isHint && links.length < MAX_LINKS && link.length <= MAX_LENGTH && isOwn(target, origin) && !SPACED.test(parameters)) links.push(link)
    }
  }
  return links
}

/** A path from the root, or a URL of the origin. Anything else could be read in two ways. */
function isOwn(target: string, origin: string): boolean {
  return (/^\/(?![/\\])/.test(target) || target.startsWith(`${origin}/`)) && /^[\x21-\x7e]+$/.test(target)
}

/** Whether an answer shows what everybody else would get: a page that a shared cache might keep, of a client whom nobody knows. */
export function isForAll({ method, fields: asked, identity }: Asked, status: number, fields: Fields): boolean {
  if (method !== 'GET' || status !== 200 || !/^text\/html\b/i.test(fieldValue(fields, 'content-type') ?? '')) return false
  if (identity || fieldValue(asked, 'authorization') !== undefined || fieldValue(fields, 'set-cookie') !== undefined) return false
  const directives = parseCacheControl(combinedValue(fields, 'cache-control'))
  if (directives.has('private') || directives.has('no-store')) return false
  if (listMembers((combinedValue(fields, 'vary') ?? '').toLowerCase()).some((name) => name === '*' || name === 'cookie' || name === 'authorization')) return false
  return fieldValue(asked, 'cookie') === undefined || directives.has('public') || directives.has('s-maxage')
}
