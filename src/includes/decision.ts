// Which answers are templates, what an assembled page says in its head, and which requests its includes are.
import { parseCacheControl } from '../http/cache-control.js'
import { isBodiless } from '../http/bodiless.js'
import { combinedValue, editFields, type Fields, fieldValue } from '../http/fields.js'
import type { Answer } from '../ports.js'
import type { Text } from '../variables.js'

/** The settings of a route, compiled. */
export interface IncludePolicy {
  /** Whether only answers with `Surrogate-Control: content="ESI/1.0"` are templates. */
  readonly isAskedFor: boolean
  readonly maxIncludes: number
  readonly maxDepth: number
  /** Of all fragments of a page together. */
  readonly maxBytes: number
  readonly cacheControl: Text
}

/** A part of a template is none, and a time that holds for it does not for its page. */
const NOT_FOR_TEMPLATES: ReadonlySet<string> = new Set(['range', 'if-range', 'if-modified-since', 'if-unmodified-since'])

/** What a request asks for where the answer may be a template: as it is, not coded. Servers learn that includes are understood here. */
export function templateRequest(fields: Fields): Fields {
  return editFields(fields, { remove: NOT_FOR_TEMPLATES, set: ['Accept-Encoding', 'identity', 'Surrogate-Capability', 'fetchgate="ESI/1.0"'] })
}

/** Whether an answer of a server, the cache or a file is a template. */
export function isTemplate({ status, fields, tunnel }: Answer, policy: IncludePolicy): boolean {
  if (status < 200 || status === 206 || isBodiless(status) || tunnel || fieldValue(fields, 'content-encoding') !== undefined) return false
  if (policy.isAskedFor && !/\bcontent\s*=\s*"[^"]*\bESI\/1\.0\b/i.test(combinedValue(fields, 'surrogate-control') ?? '')) return false
  // Others are not written in the bytes that tags are looked for in.
  return /^\s*(text\/html|application\/xhtml\+xml)\s*(;|$)(?!.*utf-?(16|32))/i.test(fieldValue(fields, 'content-type') ?? '') && !parseCacheControl(combinedValue(fields, 'cache-control')).has('no-transform')
}

/** Lines that are true of the template and not of a page that is made of it for one client. */
const OF_THE_TEMPLATE: ReadonlySet<string> = new Set([
  'content-length', 'etag', 'last-modified', 'accept-ranges', 'content-digest', 'repr-digest', 'digest', 'content-md5', 'expires', 'age', 'surrogate-control', 'cdn-cache-control', 'fetchgate-cache-control',
])

export function pageFields(fields: Fields, cacheControl: string): Fields {
  return editFields(fields, { remove: OF_THE_TEMPLATE, set: ['Cache-Control', cacheControl] })
}

/** Lines of the page's request that its fragments are not asked with: of its body, its conditions, its connection, and that it is a page. */
const OF_THE_PAGE = /^(content-.*|transfer-encoding|if-.*|range|accept|accept-encoding|expect|upgrade|connection|keep-alive|te|trailer|http2-settings|sec-.*|upgrade-insecure-requests|surrogate-capability)$/i

export function fragmentFields(sent: Fields): Fields {
  const kept: string[] = []
  for (let i = 0; i < sent.length; i += 2) if (!OF_THE_PAGE.test(sent[i]!)) kept.push(sent[i]!, sent[i + 1]!)
  return [...kept, 'Accept', '*/*', 'Accept-Encoding', 'identity']
}

/** The target that a reference of a page leads to; undefined where that is not on the page's own host. */
export function fragmentTarget(reference: string, page: string): string | undefined {
  if (reference === '' || !URL.canParse(reference, page)) return undefined
  const { origin, pathname, search, username, password } = new URL(reference, page)
  return origin === new URL(page).origin && username === '' && password === '' ? pathname + search : undefined
}
