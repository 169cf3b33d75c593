// What tells one client or one thing asked for from another: the key by which traffic is split.
import type { RequestKey } from './config/request-key.js'
import type { Exchange } from './exchange.js'
import { fieldValues } from './http/fields.js'

/** The request's value for the key; undefined when it has none. */
export function requestKey(exchange: Exchange, key: RequestKey): string | undefined {
  switch (key.kind) {
    case 'client-ip':
      return exchange.client.address
    case 'path':
      return exchange.target.path
    case 'header':
      return fieldValues(exchange.fields, key.name.toLowerCase())[0]
    case 'query':
      return new URLSearchParams(exchange.target.query).get(key.name) ?? undefined
    case 'cookie':
      return cookieValue(exchange, key.name)
  }
}

/** A point in [0, 1) that is the same for the same text, and spread evenly over texts (FNV-1a, with its bits stirred). */
export function keyPoint(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

function cookieValue({ fields }: Exchange, name: string): string | undefined {
  const pairs = fieldValues(fields, 'cookie').flatMap((line) => line.split(';'))
  const found = pairs.find((pair) => pair.slice(0, pair.indexOf('=')).trim() === name)
  return found?.slice(found.indexOf('=') + 1).trim()
}
