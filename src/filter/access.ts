// allow and deny: which requests a rule describes, by address, host, method and path.
import { hostMatches } from '../config/host-pattern.js'
import type { FilterConfig } from '../config/schema.js'
import type { Exchange } from '../exchange.js'
import { type Cidr, contains, parseAddress, parseCidr } from '../http/address.js'
import { pathReadings, undecodedReadings } from '../http/path-readings.js'
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
  const networks = ranges.map((text): [string, Cidr] => [text, parseCidr(text)!])
  return ({ client }) => {
    const address = client.address === undefined ? undefined : parseAddress(client.address)
    const found = address && networks.find(([, cidr]) => contains(cidr, address))
    return found && `client address in ${found[0]}`
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
  const patterns = globs.map((glob) => [glob, globMatcher(canonicalGlob(glob))] as const)
  const globFor = (reading: string): string | undefined => patterns.find(([, matches]) => matches(reading))?.[0]
  return ({ target }) => {
    const readings = pathReadings(target.path, target.rawPath)
    // What is denied in any reading is denied, since the origin may read it so. What is allowed must be so in every one
    // but the undecoded ones, where an honest client may have escaped a letter.
    const found = use === 'deny' ? [...readings, ...undecodedReadings(target.rawPath)].map(globFor).find((glob) => glob !== undefined) : everyFit(readings, globFor)
    return found && `path ${found}`
  }
}

/** The glob as the paths are that it is compared with: escaped where they are, and nowhere else. */
function canonicalGlob(glob: string): string {
  const escaped = glob.replace(/[^\x21-\x7e\ud800-\udfff]/gu, encodeURIComponent)
  return canonicalPath(escaped) ?? escaped
}

function everyFit(readings: readonly string[], globFor: (reading: string) => string | undefined): string | undefined {
  const globs = readings.map(globFor)
  return globs.includes(undefined) ? undefined : globs[0]
}

function refusal(reason: string): Refusal {
  return { kind: 'refuse', code: 'http_request_denied', reason }
}
