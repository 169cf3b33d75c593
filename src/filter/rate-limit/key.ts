// By what a request is counted, as one text.
import { type LimitKey, parseLimitKey } from '../../config/limit-key.js'
import type { Exchange } from '../../exchange.js'
import { requestKey } from '../../request-key.js'

/** Longest key that is kept as it is; the digest of a longer one takes its place. */
export const MAX_KEY_LENGTH = 128

/** Reads the key of a request. What lacks a part counts together with all others that lack it, so that leaving a field out is no way around a limit. */
export function keyReader(by: string | readonly string[]): (exchange: Exchange) => string {
  const keys = (typeof by === 'string' ? [by] : by).map((text) => parseLimitKey(text)!)
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
      return claimText(identity?.claims, key.name)
    case 'client-ip':
    case 'path':
    case 'header':
    case 'cookie':
    case 'query':
      return requestKey(exchange, key)
  }
}

function claimText(claims: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const claim = claims && Object.hasOwn(claims, name) ? claims[name] : undefined
  return claim === undefined || claim === null ? undefined : typeof claim === 'string' ? claim : JSON.stringify(claim)
}
