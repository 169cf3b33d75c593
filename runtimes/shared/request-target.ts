// The request target in the URL of a runtime that writes it as text: scheme, Host as sent, target as sent.

/**
 * Cuts the target out of `http://<host><target>`. Never parses: a malformed Host could move the place where the path
 * begins. Where the text does not begin with the Host field, the target named a host of its own and is given in that
 * absolute form, for the gateway to compare.
 */
export function targetIn(url: string, method: string, host: string): string {
  const start = url.indexOf('://') + 3
  if (start < 3) return url
  const rest = url.slice(start)
  if (!rest.startsWith(host)) return url
  const target = rest.slice(host.length)
  if (target === '') return '/'
  // "OPTIONS *" is written as if "*" were a path.
  if (method === 'OPTIONS' && (target === '/*' || target === '*')) return '*'
  return /^[/?]/.test(target) ? (target.startsWith('?') ? `/${target}` : target) : url
}

/** The authority in such a text; empty where there is none. */
export function authorityIn(url: string): string {
  return /^\w+:\/\/([^/?#]*)/.exec(url)?.[1] ?? ''
}
