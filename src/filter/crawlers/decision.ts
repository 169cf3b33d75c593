// Which crawler a request says it is, and whether it is one that is turned away.
import { type Crawler, KNOWN_CRAWLERS } from '../../config/known-crawlers.js'
import type { FilterConfig } from '../../config/schema.js'
import { addressMatcher } from '../address-matcher.js'

type CrawlersConfig = NonNullable<FilterConfig['crawlers']>

/** The policy, compiled. */
export interface CrawlerPolicy {
  /** By lower-case name: why requests by that name are refused, or when they are. */
  readonly denied: ReadonlySet<string>
  readonly verified: ReadonlyMap<string, (address: string | undefined) => boolean>
  /** Finds those names in a `User-Agent`. */
  readonly names: RegExp
  readonly robotsTxt: string
}

export function crawlerPolicy({ deny, allow = [], verified = {} }: CrawlersConfig): CrawlerPolicy {
  const refused = KNOWN_CRAWLERS.filter((crawler) => isDenied(crawler, deny, allow))
  const denied = new Set(refused.filter(({ robotsOnly }) => !robotsOnly).map(({ name }) => name.toLowerCase()))
  const checks = new Map(Object.entries(verified).map(([name, ranges]) => [name.toLowerCase(), addressMatcher(ranges)]))
  return { denied, verified: checks, names: namesIn([...denied, ...checks.keys()]), robotsTxt: robotsText(refused) }
}

function isDenied({ name, group }: Crawler, deny: readonly string[], allow: readonly string[]): boolean {
  if (allow.includes(name)) return false
  return deny.includes(name) || (deny.includes(group) && !allow.includes(group))
}

/** A name counts where it stands by itself: `Applebot` is not in `Applebot-Extended`. A plain list of words, linear in the text. */
function namesIn(names: readonly string[]): RegExp {
  const words = [...new Set(names)].map((name) => name.replaceAll('.', '\\.'))
  return new RegExp(`(?<![\\w-])(?:${words.join('|')})(?![\\w-])`, 'gi')
}

/** Why a request is refused; undefined when it may pass. Who claims several names is held to each. */
export function crawlerFault(userAgent: string, address: string | undefined, { denied, verified, names }: CrawlerPolicy): string | undefined {
  for (const [found] of userAgent.matchAll(names)) {
    const name = found.toLowerCase()
    if (denied.has(name)) return name
    if (verified.get(name)?.(address) === false) return `${name}, which does not come from this address`
  }
  return undefined
}

/** Rules for those, and none for everybody else (RFC 9309 §2.2). */
function robotsText(refused: readonly Crawler[]): string {
  const group = refused.length === 0 ? '' : `${refused.map(({ name }) => `User-agent: ${name}\n`).join('')}Disallow: /\n\n`
  return `${group}User-agent: *\nDisallow:\n`
}
