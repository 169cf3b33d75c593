// The host of a request: its grammar and its canonical form (RFC 9110 §7.2, RFC 3986 §3.2.2).
import { parseAddress } from './address.js'

/** A host as asked for: `name` in lower case, without a trailing dot, IPv6 in brackets and in its shortest form, `port` as digits or undefined. */
export interface Host {
  readonly name: string
  readonly port: string | undefined
}

const NAMED = /^([A-Za-z0-9](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?\.?)(?::(\d{0,5}))?$/
const BRACKETED = /^(\[[0-9A-Fa-f:.]+\])(?::(\d{0,5}))?$/

/**
 * Reads `host[:port]`, or returns undefined when the text is anything else. Userinfo, paths, spaces, percent signs and
 * ports above 65535 are refused: on some runtimes such a Host would rewrite the path of the URL built from it.
 */
export function parseHost(text: string): Host | undefined {
  const bracketed = text.startsWith('[')
  const match = (bracketed ? BRACKETED : NAMED).exec(text)
  if (!match) return undefined
  const [, written, port] = match
  if (port && Number(port) > 65535) return undefined
  if (bracketed && (!written!.includes(':') || !parseAddress(written!.slice(1, -1)))) return undefined
  // One address has several spellings, of which the URL standard knows one.
  const lower = bracketed ? new URL(`http://${written}`).hostname : written!.toLowerCase()
  return { name: lower.endsWith('.') ? lower.slice(0, -1) : lower, port: port || undefined }
}
