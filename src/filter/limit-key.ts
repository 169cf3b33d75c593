// By what a request is counted, as one text.
import { type LimitKey, parseLimitKey } from '../config/limit-key.js'
import type { Exchange } from '../exchange.js'
import type { Target } from '../http/target.js'
import { requestKey } from '../request-key.js'
import { claimOf, type Claims, claimText } from './claims.js'
import type { RuleWorld } from './world.js'

/** Reads the key of a request. What lacks a part counts together with all others that lack it, so that leaving a field out is no way around a limit. */
export function limitKeyReader(by: string | readonly string[], { owner, fault }: Pick<RuleWorld, 'owner' | 'fault'>): (exchange: Exchange) => string {
  const texts = typeof by === 'string' ? [by] : by
  if (owner === '' && texts.includes('route')) fault(['by'], by, '"route" is not known yet in the filters for all requests; move the filter to a route, or write "host"')
  const keys = texts.map((text) => parseLimitKey(text)!)
  if (keys.length === 1) return (exchange) => written(partOf(exchange, keys[0]!))
  // With its length before it, no part can pass for two.
  return (exchange) => keys.map((key) => partOf(exchange, key)).map((part) => (part === undefined ? '-' : `${part.length}${written(part)}`)).join('')
}

/** A value that is empty is not one that is absent. */
function written(part: string | undefined): string {
  return part === undefined ? '' : `=${part}`
}

function partOf(exchange: Exchange, key: LimitKey): string | undefined {
  const { identity } = exchange
  switch (key.kind) {
    case 'host':
      return exchange.host.name
    case 'route':
      return ''
    case 'identity':
      return identity && `${identity.by}:${identity.name}`
    case 'claim':
      return claimPart(identity?.claims, key.name)
    case 'path':
      return plainestPath(exchange.target)
    case 'client-ip':
    case 'header':
    case 'cookie':
    case 'query':
      return requestKey(exchange, key)
  }
}

/** The shortest reading: without `;parameters`, which a client can have as many of as it likes, and decoded. A server may take all spellings that have it in common for one. */
function plainestPath({ path, readings }: Target): string {
  if (!readings) return path
  let plainest = path
  for (const reading of readings) if (reading.length < plainest.length || (reading.length === plainest.length && reading < plainest)) plainest = reading
  return plainest
}

function claimPart(claims: Claims | undefined, name: string): string | undefined {
  const claim = claims && claimOf(claims, name)
  return claim === undefined || claim === null ? undefined : claimText(claim)
}
