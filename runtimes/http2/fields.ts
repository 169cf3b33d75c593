// Heads of HTTP/2 in the gateway's wire form, and back (RFC 9113 §8.2, §8.3).
import { type Fields, isNamed, parseHost } from '../../src/adapter.js'

/** The head of a request. */
export interface RequestHead {
  readonly method: string
  readonly target: string
  /** The protocol that an extended CONNECT asks for (RFC 8441 §4). */
  readonly protocol: string | undefined
  readonly fields: Fields
}

/**
 * Reads field lines with their pseudo-fields first, as nghttp2 has checked them: names in lower case, no field of a
 * connection, no forbidden byte. `:authority` becomes the Host; a `host` that names another one stays beside it, so that
 * the request is refused for having two. Crumbs of a cookie become one line (RFC 9113 §8.2.3).
 */
export function readHead(raw: Fields): RequestHead {
  let method = ''
  let target = ''
  let authority: string | undefined
  let protocol: string | undefined
  let at = 0
  for (; at < raw.length && raw[at]!.startsWith(':'); at += 2) {
    const value = raw[at + 1]!
    if (raw[at] === ':method') method = value
    else if (raw[at] === ':path') target = value
    else if (raw[at] === ':authority') authority = value
    else if (raw[at] === ':protocol') protocol = value
  }
  const fields: string[] = authority === undefined ? [] : ['host', authority]
  let cookieAt = 0
  for (; at < raw.length; at += 2) {
    const name = raw[at]!
    const value = raw[at + 1]!
    if (name === 'cookie') {
      if (cookieAt > 0) {
        fields[cookieAt] += `; ${value}`
        continue
      }
      cookieAt = fields.length + 1
    } else if (name === 'host' && authority !== undefined && isSameHost(value, authority)) continue
    fields.push(name, value)
  }
  return { method, target, protocol, fields }
}

function isSameHost(a: string, b: string): boolean {
  if (a === b) return true
  const [first, second] = [parseHost(a), parseHost(b)]
  return first !== undefined && second !== undefined && first.name === second.name && (first.port ?? '443') === (second.port ?? '443')
}

/** What node:http2 takes as field lines. */
export type Http2Lines = Record<string, string | string[]>

const LINE_END = /[\0\r\n]/
/** What belongs to a connection of HTTP/1.1 (RFC 9113 §8.2.2). Most of it has been taken off before. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'http2-settings'])

/** Field lines for node:http2. Those of one name are joined, but for Set-Cookie. Throws for what would be the end of a line in HTTP/1.1. */
export function http2Lines(fields: Fields): Http2Lines {
  const lines: Http2Lines = {}
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase()
    const value = fields[i + 1]!
    if (LINE_END.test(value)) throw new TypeError(`a forbidden character in the field ${name}`)
    if (CONNECTION_FIELDS.has(name)) continue
    const before = lines[name]
    if (before === undefined) lines[name] = name === 'set-cookie' ? [value] : value
    else if (typeof before === 'string') lines[name] = `${before}${isNamed(name, 'cookie') ? '; ' : ', '}${value}`
    else before.push(value)
  }
  return lines
}
