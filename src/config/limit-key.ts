// The keys by which requests are counted: those that tell clients apart, and what filters and routing know beside.
import { isForwardingField } from '../http/forwarded.js'
import { parseRequestKey, type RequestKey } from './request-key.js'

/** Where a key is taken from. */
export type LimitKey = RequestKey | { readonly kind: 'host' | 'route' | 'identity' } | { readonly kind: 'claim'; readonly name: string }

/** Reads a key; undefined when the text is none. */
export function parseLimitKey(text: string): LimitKey | undefined {
  if (text === 'host' || text === 'route' || text === 'identity') return { kind: text }
  if (/^claim:\S+$/.test(text)) return { kind: 'claim', name: text.slice('claim:'.length) }
  return parseRequestKey(text)
}

/** Fields in which networks of delivery tell the client's address, and which reach us as the client wrote them where there is none. */
const TOLD_ADDRESS: ReadonlySet<string> = new Set(['x-client-ip', 'true-client-ip', 'cf-connecting-ip', 'x-forwarded'])

/** What is wrong with a text that should be a key, in words that complete "… is not right: it"; undefined when nothing is. */
export function limitKeyFault(text: string): string | undefined {
  const key = parseLimitKey(text)
  if (!key) return 'is not "client-ip", "identity", "claim:NAME", "header:NAME", "cookie:NAME", "query:NAME", "path", "host" or "route"'
  const lower = key.kind === 'header' ? key.name.toLowerCase() : ''
  return isForwardingField(lower) || TOLD_ADDRESS.has(lower) ? 'is a header in which any client can write any address; write "client-ip", and the proxies in front in "trustedProxies"' : undefined
}
