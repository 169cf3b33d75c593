// The host patterns an operator may write: an exact name, or `*.` and a name for every name below it.
import { parseHost } from '../http/host.js'

/** What is wrong with a host pattern, or undefined. */
export function hostPatternFault(pattern: string): string | undefined {
  const name = pattern.startsWith('*.') ? pattern.slice(2) : pattern
  const host = parseHost(name)
  if (!host) return name.includes('*') ? 'has a "*" that is not the whole first label' : 'is not a host name'
  if (host.port !== undefined) return 'has a port; routes match the name only'
  if (name.endsWith('.')) return 'ends with a dot; hosts are compared without it'
  return host.name === name.toLowerCase() ? undefined : `is never matched as written; write "${host.name}"`
}

/** Whether a canonical host name (lower case, no port) fits the pattern; `*.example.com` takes any depth, not `example.com`. */
export function hostMatches(pattern: string, name: string): boolean {
  const lower = pattern.toLowerCase()
  return lower.startsWith('*.') ? name.length > lower.length - 1 && name.endsWith(lower.slice(1)) : name === lower
}
