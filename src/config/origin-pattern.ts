// The origins an operator may write: an exact one, `https://*.example.com` for every host below it, `:*` for any port, or `null`.
import { ownPort, parseOrigin } from '../http/origin.js'

/** What is wrong with an origin pattern, or undefined. */
export function originPatternFault(pattern: string): string | undefined {
  if (pattern === 'null') return undefined
  const origin = parseOrigin(plain(pattern))
  if (!origin) return pattern === pattern.toLowerCase() ? 'is not an origin such as "https://app.example.com" or "https://*.example.com", without a path' : 'has capital letters; browsers send origins in lower case'
  if (origin.host.endsWith('.')) return 'ends with a dot, as no browser writes it'
  if (Number(origin.port) > 65535) return 'has a port above 65535'
  if (pattern.includes('://*.') && !origin.host.includes('.')) return 'takes in a whole top-level domain'
  return origin.port !== '' && origin.port === ownPort(origin.scheme) ? `is never matched as written; browsers leave the port ${origin.port} out` : undefined
}

/** Whether one of the patterns takes an origin in the form that browsers send. Nothing is searched for in a text: each part is compared. */
export function originMatcher(patterns: readonly string[]): (origin: string) => boolean {
  const exact = new Set(patterns)
  const open = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => {
    const { scheme, host, port } = parseOrigin(plain(pattern))!
    return { scheme, host: pattern.includes('://*.') ? `.${host}` : host, below: pattern.includes('://*.'), port: pattern.endsWith(':*') ? undefined : port }
  })
  return (text) => {
    if (exact.has(text)) return !text.includes('*')
    const origin = open.length === 0 ? undefined : parseOrigin(text)
    if (!origin) return false
    return open.some(({ scheme, host, below, port }) => origin.scheme === scheme && (port === undefined || origin.port === port) && (below ? origin.host.length > host.length && origin.host.endsWith(host) : origin.host === host))
  }
}

/** The pattern without what stands for many. */
function plain(pattern: string): string {
  const port = pattern.endsWith(':*') ? pattern.slice(0, -2) : pattern
  return port.replace('://*.', '://')
}
