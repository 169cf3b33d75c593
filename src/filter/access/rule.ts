// allow and deny: which requests a rule describes, by address, country, host, method, path and user agent.
import { hostMatches } from '../../config/host-pattern.js'
import type { FilterConfig } from '../../config/schema.js'
import type { Exchange } from '../../exchange.js'
import { parseCidr } from '../../http/address.js'
import { fieldValues } from '../../http/fields.js'
import { networkFinder } from '../../http/networks.js'
import { pathReadings } from '../../http/path-readings.js'
import { decodeOnce, encodeAgain } from '../../http/percent.js'
import { canonicalPath } from '../../http/target.js'
import { AddressList } from '../address-list/stage.js'
import { PASS, type Refusal, type Rule, type Verdict } from '../verdict.js'
import type { RuleWorld } from '../world.js'
import { globMatcher, textMatcher } from './path-glob.js'

type AccessConfig = NonNullable<FilterConfig['allow']>

/** Says which part of an access rule a request fits, in words for the log; undefined when it fits not at all. */
type Fit = (exchange: Exchange) => string | undefined

/** What needs nobody else to be told by. */
type PlainConfig = AccessConfig & { readonly ipFrom?: undefined; readonly country?: undefined }

/** What lists and countries are had from. */
type AccessWorld = Pick<RuleWorld, 'ports' | 'kept' | 'watch' | 'fault'>

/** Refuses what fits the rule. Every setting that is there must fit; within a setting any entry will do. */
export function denyRule(config: PlainConfig): Rule
export function denyRule(config: AccessConfig, world: AccessWorld): Rule
export function denyRule(config: AccessConfig, world?: AccessWorld): Rule {
  const list = config.ipFrom === undefined ? undefined : listOf(config.ipFrom, world!)
  const fits = compile(config, 'deny', world, list)
  return withList(list, (exchange) => {
    const reason = fits(exchange)
    return reason === undefined ? PASS : refusal(`deny: ${reason}`)
  })
}

/** Refuses what does not fit the rule. */
export function allowRule(config: PlainConfig): Rule
export function allowRule(config: AccessConfig, world: AccessWorld): Rule
export function allowRule(config: AccessConfig, world?: AccessWorld): Rule {
  const list = config.ipFrom === undefined ? undefined : listOf(config.ipFrom, world!)
  const fits = compile(config, 'allow', world, list)
  return withList(list, (exchange) => (fits(exchange) === undefined ? refusal('allow: outside of the list') : PASS))
}

/** The same rule, whose first requests wait until there is a list to judge them by. */
function withList(list: AddressList | undefined, judge: (exchange: Exchange) => Verdict): Rule {
  return list ? (exchange) => (list.isThere ? judge(exchange) : list.first().then(() => judge(exchange))) : judge
}

function listOf(from: NonNullable<AccessConfig['ipFrom']>, { ports, kept, watch, fault }: AccessWorld): AddressList | undefined {
  const { read } = ports
  if (!read) return void fault(['ipFrom'], from, 'nothing can be read between requests here; write the list into "ip"')
  const list = kept(() => new AddressList(typeof from === 'string' ? { url: from } : from, { ...ports, read }))
  watch((signal) => void list.follow(signal))
  return list
}

function compile(config: AccessConfig, use: 'allow' | 'deny', world: AccessWorld | undefined, list: AddressList | undefined): Fit {
  const fits: Fit[] = []
  if (config.ip || list) fits.push(addressFit(config.ip ?? [], list))
  if (config.method) fits.push(methodFit(config.method))
  if (config.host) fits.push(hostFit(config.host))
  if (config.path) fits.push(pathFit(config.path, use))
  if (config.userAgent) fits.push(userAgentFit(config.userAgent, use))
  if (config.country) fits.push(countryFit(config.country, world!))
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

function addressFit(ranges: readonly string[], list: AddressList | undefined): Fit {
  const find = networkFinder(ranges.map((text) => parseCidr(text)!))
  return ({ client: { address } }) => {
    if (address === undefined) return undefined
    const found = find(address)
    if (found !== undefined) return `client address in ${ranges[found]!}`
    return list?.holds(address) ? 'client address in the list' : undefined
  }
}

/** A platform tells the country of its peer, which is the client's where no trusted proxy stands between. */
function countryFit(countries: readonly string[], { ports: { countryOf }, fault }: AccessWorld): Fit {
  if (!countryOf) fault(['country'], countries, 'nobody can tell the country of a client here: it takes "geo" and the start of a runtime, or the port countryOf')
  const listed = new Set(countries)
  return ({ client: { address }, peer, country }) => {
    const told = (address === peer.address ? country : undefined) ?? (address === undefined ? undefined : countryOf?.(address))
    return told !== undefined && listed.has(told) ? `country ${told}` : undefined
  }
}

function userAgentFit(globs: readonly string[], use: 'allow' | 'deny'): Fit {
  const patterns = globs.map((glob) => [glob, textMatcher(glob.toLowerCase())] as const)
  const globFor = (agent: string): string | undefined => patterns.find(([, matches]) => matches(agent.toLowerCase()))?.[0]
  return ({ fields }) => {
    const sent = fieldValues(fields, 'user-agent')
    const fitting = (sent.length === 0 ? [''] : sent).map(globFor)
    const found = use === 'deny' || !fitting.includes(undefined) ? fitting.find((glob) => glob !== undefined) : undefined
    return found === undefined ? undefined : `user agent ${JSON.stringify(found)}`
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
