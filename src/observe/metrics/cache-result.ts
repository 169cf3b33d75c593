// What a cache said of a request, in one word (RFC 9211 §2).

/** In the order of how often they come. */
const FORWARDS: readonly string[] = ['uri-miss', 'stale', 'bypass', 'method', 'vary-miss', 'request', 'partial', 'miss']

/** Without allocation: the value differs with each request, by its ttl. */
export function cacheResult(status: string): string {
  const at = status.indexOf('; fwd=')
  if (at < 0) return status.includes('; hit') ? 'hit' : 'other'
  return FORWARDS.find((word) => status.startsWith(word, at + 6)) ?? 'other'
}
