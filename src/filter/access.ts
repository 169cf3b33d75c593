// allow and deny: which requests a rule describes, by address, host, method and path.
import { hostMatches } from '../config/host-pattern.js'
import type { FilterConfig } from '../config/schema.js'
import type { Exchange } from '../exchange.js'
import { parseCidr } from '../http/address.js'
import { networkFinder } from '../http/networks.js'
import { pathReadings } from '../http/path-readings.js'
import { decodeOnce, encodeAgain } from '../http/percent.js'
import { canonicalPath } from '../http/target.js'
import { PASS, type Refusal, type Rule } from './verdict.js'
import { globMatcher } from './path-glob.js'

type AccessConfig = NonNullable<FilterConfig['allow']>

/** Says which part of an access rule a request fits, in words for the log; undefined when it fits not at all. */
type Fit = (exchange: Exchange) => string | undefined

/** Refuses what fits the rule. Every setting that is there must fit; within a setting any entry will do. */
export function denyRule(config: AccessConfig): Rule {
  const fits = compile(config, 'deny')
  return (exchange) => {
    const reason = fits(exchange)
    return reason === undefined ? PASS : refusal(`deny: ${reason}`)
  }
}

/** Refuses what does not fit the rule. */
export function allowRule(config: AccessConfig): Rule {
  const fits = compile(config, 'allow')
  return (exchange) => (fits(exchange) === undefined ? refusal('allow: outside of the list') : PASS)
}

function compile(config: AccessConfig, use: 'allow' | 'deny'): Fit {
  const fits: Fit[] = []
  if (config.ip) fits.push(addressFit(config.ip))
  if (config.method) fits.push(methodFit(config.method))
  if (config.host) fits.push(hostFit(config.host))
  if (config.path) fits.push(pathFit(config.path, use))
  return (exchange) => {
    const reasons: string[] = []
    for (const fit of fits) {
      const reason = fit(exchange)
      if (reason === undefined) return undefined
      reasons.push(reason)
    }
    return reasons.length === 0 ? undefined : reasons.join(', ')
  }
}

function addressFit(ranges: readonly string[]): Fit {
  const find = networkFinder(ranges.map((text) => parseCidr(text)!))
  return ({ client }) => {
    const found = client.address === undefined ? undefined : find(client.address)
    return found === undefined ? undefined : `client address in ${ranges[found]!}`
  }
}

function methodFit(methods: readonly string[]): Fit {
  const upper = new Set(methods.map((method) => method.toUpperCase()))
  return ({ method }) => (upper.has(method.toUpperCase()) ? `method ${method}` : undefined)
}

function hostFit(patterns: readonly string[]): Fit {
  return ({ host }) => {
    const found = patterns.find((pattern) => hostMatches(pattern, host.name))
    return found && `host ${found}`
  }
}

function pathFit(globs: readonly string[], use: 'allow' | 'deny'): Fit {
  const patterns = globs.flatMap((glob) => spellings(glob).map((spelling) => [glob, globMatcher(spelling)] as const))
  const globFor = (reading: string): string | undefined => patterns.find(([, matches]) => matches(reading))?.[0]
  return ({ target: { readings, path } }) => {
    let found: string | undefined
    if (!readings) found = globFor(path)
    else if (use === 'deny') {
      // What is denied in any reading is denied, since the origin may read it so.
      for (const reading of readings) if ((found = globFor(reading)) !== undefined) break
    } else {
      // What is allowed must be so in every reading of the canonical path, but for those with an empty segment: an honest
      // client may have doubled a slash.
      for (const reading of pathReadings(path)!) if (!reading.includes('//') && (found = globFor(reading)) === undefined) break
    }
    return found && `path ${found}`
  }
}

/** Escapes in a glob that may stand for what they escape: not those that would divide segments or end them, nor the star that is none. */
const DECODABLE = /%(?!2F|5C|25|3B|2A)../g

/** The glob as the paths are that it is compared with: in canonical form, and as one who has decoded a path would write it. */
function spellings(glob: string): readonly string[] {
  const escaped = glob.replace(/[^\x21-\x7e\ud800-\udfff]/gu, encodeURIComponent)
  const canonical = canonicalPath(escaped) ?? escaped
  const decoded = canonical.replace(DECODABLE, (escape) => encodeAgain(decodeOnce(escape)))
  return decoded === canonical ? [canonical] : [canonical, decoded]
}

function refusal(reason: string): Refusal {
  return { kind: 'refuse', code: 'http_request_denied', reason }
}
