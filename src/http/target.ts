// The request target: its four forms, and the one canonical view every stage decides by (RFC 9112 §3.2, RFC 3986 §6).
import { type Host, parseHost } from './host.js'
import { hidesDotSegment } from './path-readings.js'
import { resolveSegments } from './segments.js'

/** What a request asks for. `raw` goes upstream; `path` is what routes, filters and cache keys look at. */
export interface Target {
  /** Path and query exactly as sent, or `*`. */
  readonly raw: string
  /** The path of `raw`, undecoded. */
  readonly rawPath: string
  /** The query of `raw` without its `?`; undefined when there is none. */
  readonly query: string | undefined
  /** Canonical path: see {@link canonicalPath}. */
  readonly path: string
  /** The authority of an absolute-form target, its port always told; it must agree with Host. */
  readonly authority: Host | undefined
}

export type ParsedTarget = { readonly kind: 'target'; readonly target: Target } | { readonly kind: 'fault'; readonly detail: string }

// Outside RFC 3986's grammar, yet sent by real clients and harmless to pass on: | ^ ` { } " < >. Spaces, controls,
// non-ASCII bytes, backslashes and fragments are not: parsers disagree about where they end or what they mean.
const TARGET_BYTES = /^[\x21\x22\x24-\x5b\x5d-\x7e]*$/

/** Reads a request target as it stood on the request line. `CONNECT` has no meaning for a gateway and is refused. */
export function parseTarget(method: string, text: string): ParsedTarget {
  if (method === 'CONNECT') return fault('CONNECT is for forward proxies')
  if (!TARGET_BYTES.test(text)) return fault('a byte that may not stand in a request target')
  if (text === '*') {
    if (method !== 'OPTIONS') return fault('"*" is for OPTIONS only')
    return { kind: 'target', target: { raw: '*', rawPath: '*', query: undefined, path: '*', authority: undefined } }
  }
  if (text.startsWith('/')) return originForm(text, undefined)
  const absolute = /^(https?):\/\/([^/?]*)(.*)$/i.exec(text)
  if (!absolute) return fault('neither a path nor an http URL')
  const host = parseHost(absolute[2]!)
  if (!host) return fault('a malformed host in an absolute URL')
  const rest = absolute[3]!
  return originForm(rest.startsWith('/') ? rest : `/${rest}`, { ...host, port: host.port ?? (absolute[1]!.length === 5 ? '443' : '80') })
}

function originForm(raw: string, authority: Host | undefined): ParsedTarget {
  const mark = raw.indexOf('?')
  const rawPath = mark < 0 ? raw : raw.slice(0, mark)
  const path = canonicalPath(rawPath)
  if (path === undefined) return fault('a malformed percent-encoding or an encoded NUL in the path')
  if (hidesDotSegment(path)) return fault('a dot segment or NUL behind another encoding in the path')
  return { kind: 'target', target: { raw, rawPath, query: mark < 0 ? undefined : raw.slice(mark + 1), path, authority } }
}

const ODDITIES = /%|\/\.|\/\//
const UNRESERVED = /[A-Za-z0-9\-._~]/

/**
 * The canonical form of a path: escapes of unreserved characters decoded, other escapes in upper case, repeated slashes
 * merged, dot segments resolved and never above the root (RFC 3986 §6.2.2). Escaped slashes and backslashes stay escaped,
 * so they never divide segments. Undefined when an escape is malformed or hides a NUL.
 */
export function canonicalPath(rawPath: string): string | undefined {
  if (!ODDITIES.test(rawPath)) return rawPath
  let malformed = false
  const decoded = rawPath.replace(/%(..?)?/g, (escape, digits: string | undefined) => {
    if (!digits || !/^[0-9A-Fa-f]{2}$/.test(digits) || digits === '00') {
      malformed = true
      return escape
    }
    const char = String.fromCharCode(parseInt(digits, 16))
    return UNRESERVED.test(char) ? char : escape.toUpperCase()
  })
  return malformed ? undefined : resolveSegments(decoded)
}

function fault(detail: string): ParsedTarget {
  return { kind: 'fault', detail }
}
