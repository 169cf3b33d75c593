// The request target: its four forms, and the one canonical view every stage decides by (RFC 9112 §3.2, RFC 3986 §6).
import { type Host, parseHost } from './host.js'
import { hidesDotSegment, pathReadings } from './path-readings.js'
import { normalEscapes } from './percent.js'
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
  /** Every way in which the path, as sent or in canonical form, can be read; undefined when that is one. */
  readonly readings: ReadonlySet<string> | undefined
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
    return { kind: 'target', target: { raw: '*', rawPath: '*', query: undefined, path: '*', readings: undefined, authority: undefined } }
  }
  if (text.startsWith('/')) return originForm(text, undefined)
  const absolute = /^(https?):\/\/([^/?]*)(.*)$/i.exec(text)
  if (!absolute) return fault('neither a path nor an http URL')
  const host = parseHost(absolute[2]!)
  if (!host) return fault('a malformed host in an absolute URL')
  const rest = absolute[3]!
  return originForm(rest.startsWith('/') ? rest : `/${rest}`, { ...host, port: host.port ?? (absolute[1]!.length === 5 ? '443' : '80') })
}

const ODDITIES = /[%;]|\/(?:\/|\.\.?(?:\/|$))/

function originForm(raw: string, authority: Host | undefined): ParsedTarget {
  const mark = raw.indexOf('?')
  const rawPath = mark < 0 ? raw : raw.slice(0, mark)
  const query = mark < 0 ? undefined : raw.slice(mark + 1)
  if (!ODDITIES.test(rawPath)) return { kind: 'target', target: { raw, rawPath, query, path: rawPath, readings: undefined, authority } }
  const path = canonicalPath(rawPath)
  if (path === undefined) return fault('a malformed escape, or an escaped NUL, tab or line break, in the path')
  if (hidesDotSegment(path)) return fault('a dot segment, NUL, tab or line break behind another encoding in the path')
  const readings = allReadings(rawPath, path)
  if (!readings) return fault('a path that can be read in too many ways')
  return { kind: 'target', target: { raw, rawPath, query, path, readings: readings.size > 1 ? readings : undefined, authority } }
}

function allReadings(rawPath: string, path: string): ReadonlySet<string> | undefined {
  const canonical = pathReadings(path)
  if (path === rawPath || !canonical) return canonical
  const sent = pathReadings(rawPath)
  return sent && new Set([...canonical, ...sent])
}

/**
 * The canonical form of a path: escapes of unreserved characters decoded, other escapes in upper case, dot segments
 * resolved and never above the root, then repeated slashes merged (RFC 3986 §6.2.2). Escaped slashes and backslashes stay
 * escaped, so they never divide segments. Undefined when an escape is malformed or hides a NUL, a tab or a line break.
 */
export function canonicalPath(rawPath: string): string | undefined {
  const normal = normalEscapes(rawPath)
  return normal === undefined || !ODDITIES.test(normal) ? normal : resolveSegments(normal)
}

/** The target with its path in canonical form. */
export function canonicalTarget(target: Target): Target {
  const { path, query } = target
  return { ...target, raw: query === undefined ? path : `${path}?${query}`, rawPath: path }
}

function fault(detail: string): ParsedTarget {
  return { kind: 'fault', detail }
}
