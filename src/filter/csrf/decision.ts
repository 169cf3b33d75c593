// Whether a request comes from a page of another origin that may not send it: by Fetch Metadata, else by Origin, else by Referer.
import { parseHost } from '../../http/host.js'
import { combinedValue, type Fields } from '../../http/fields.js'
import { ownPort, parseOrigin } from '../../http/origin.js'

/** What the decision looks at. */
export interface Asked {
  readonly method: string
  readonly fields: Fields
  readonly upgrade: string | undefined
  /** The authority that the client used. */
  readonly host: string
}

export interface CsrfPolicy {
  readonly allows: (origin: string) => boolean
  readonly isolate: boolean
}

/** Methods that change nothing (RFC 9110 §9.2.1, RFC 10008 §2). */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

/**
 * Why a request is refused; undefined when it may pass. A request that tells of no origin comes from no browser of today, or
 * from the origin itself, and passes: what it carries was not put there behind a user's back.
 */
export function crossOriginFault(asked: Asked, policy: CsrfPolicy): string | undefined {
  const { method, fields, upgrade } = asked
  // An upgrade is a GET, and opens a connection that acts as the user. No preflight comes before it.
  const safe = SAFE.has(method) && upgrade === undefined
  if (safe && !policy.isolate) return undefined
  const site = combinedValue(fields, 'sec-fetch-site')
  const origin = combinedValue(fields, 'origin')
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return undefined
    if (origin !== undefined && policy.allows(origin)) return undefined
    if (safe && (site === 'same-site' || isFollowedLink(method, fields))) return undefined
    return `Sec-Fetch-Site is ${shown(site)}${origin === undefined ? '' : `, origin ${shown(origin)}`}`
  }
  if (safe) return undefined
  if (origin !== undefined) return policy.allows(origin) || isOwn(origin, asked.host) ? undefined : `origin ${shown(origin)}`
  const referer = combinedValue(fields, 'referer')
  if (referer === undefined) return undefined
  const from = originOf(referer)
  return from !== undefined && (policy.allows(from) || isOwn(from, asked.host)) ? undefined : `referer ${shown(from ?? referer)}`
}

/** Whether the user goes to the page himself, and it is not put into another. */
function isFollowedLink(method: string, fields: Fields): boolean {
  const dest = combinedValue(fields, 'sec-fetch-dest')
  return combinedValue(fields, 'sec-fetch-mode') === 'navigate' && (method === 'GET' || method === 'HEAD') && (dest === undefined || dest === 'document')
}

/**
 * Whether an origin is the one that was asked. Its scheme is not compared: behind something that ends TLS and is not in `trustedProxies`,
 * the client's is not known.
 */
function isOwn(origin: string, host: string): boolean {
  const from = parseOrigin(origin)
  const to = parseHost(host)
  if (!from || !to) return false
  const own = ownPort(from.scheme)
  return from.host === to.name && (from.port || own) === (to.port ?? own)
}

function originOf(url: string): string | undefined {
  const { origin } = URL.canParse(url) ? new URL(url) : { origin: undefined }
  return origin === 'null' ? undefined : origin
}

function shown(text: string): string {
  return text.slice(0, 100)
}
