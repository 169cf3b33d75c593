// What tells one client or one thing asked for from another: the key by which traffic is split.
import { murmur3 } from './balance/hash/murmur3.js'
import type { RequestKey } from './config/request-key.js'
import type { Exchange } from './exchange.js'
import { type Address, parseAddress } from './http/address.js'
import { cookieValue } from './http/cookie.js'
import { fieldValues } from './http/fields.js'

/** The request's value for the key; undefined when it has none. */
export function requestKey(exchange: Exchange, key: RequestKey): string | undefined {
  switch (key.kind) {
    case 'client-ip':
      return exchange.client.address && subscriber(exchange.client.address)
    case 'path':
      return exchange.target.path
    case 'header':
      return fieldValues(exchange.fields, key.name.toLowerCase())[0]
    case 'query':
      return new URLSearchParams(exchange.target.query).get(key.name) ?? undefined
    case 'cookie':
      return cookieValue(exchange.fields, key.name)
  }
}

/** The part of an address that is one subscriber's: an IPv6 client has 2^64 addresses to come from (RFC 6177). A mapped IPv4 address is the IPv4 address. */
function subscriber(address: string): string {
  const groups = address.includes(':') ? parseAddress(address) : undefined
  if (!groups) return address
  if (!isV4Mapped(groups)) return groups.slice(0, 4).map((group) => group.toString(16)).join(':')
  return groups.slice(6).map((group) => `${group >> 8}.${group & 0xff}`).join('.')
}

function isV4Mapped(groups: Address): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
}

/** A point in [0, 1) that is the same for the same text, and spread evenly over texts. */
export function keyPoint(text: string): number {
  return murmur3(text) / 2 ** 32
}
