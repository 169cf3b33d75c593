// Which fields end at this hop and must not be passed on (RFC 9110 §7.6.1).
import { type Fields, isNamed } from './fields.js'
import { listMembers } from './tokens.js'

/**
 * Fields of the connection, not of the message. `Expect` is among them because the gateway answers it itself
 * (RFC 9110 §10.1.1), `HTTP2-Settings` because the h2c upgrade it belongs to is never taken (RFC 9113 §3.1).
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection', 'proxy-connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade',
  'proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization', 'expect', 'http2-settings',
])

/** What `Connection` may never name away: a client could otherwise take off fields that the route's safety rests on. */
const NEVER_NOMINATED: ReadonlySet<string> = new Set(['host', 'content-length', 'cookie', 'authorization', 'cache-control'])

const FIRST_LETTERS = new Set([...HOP_BY_HOP].flatMap((name) => [name[0]!, name[0]!.toUpperCase()]))

/** The fields without those of this hop, those that `Connection` names included. */
export function endToEnd(fields: Fields): string[] {
  const nominated = nominatedFields(fields)
  const out: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    // Of TE, only the readiness for trailers is passed on; they are the message's own (RFC 9110 §10.1.4).
    if (isNamed(name, 'te') && takesTrailers(fields[i + 1]!)) {
      out.push(name, 'trailers')
      continue
    }
    if (nominated || FIRST_LETTERS.has(name[0]!)) {
      const lower = name.toLowerCase()
      if (HOP_BY_HOP.has(lower) || nominated?.has(lower)) continue
    }
    out.push(name, fields[i + 1]!)
  }
  return out
}

function takesTrailers(te: string): boolean {
  return te.length >= 8 && /(^|,)\s*trailers\s*(,|$)/i.test(te)
}

/** The names in `Connection` that a fixed list would not catch; undefined in the usual case of `keep-alive` or `close`. */
function nominatedFields(fields: Fields): Set<string> | undefined {
  let names: Set<string> | undefined
  for (let i = 0; i < fields.length; i += 2) {
    if (!isNamed(fields[i]!, 'connection')) continue
    const value = fields[i + 1]!
    if (value === 'keep-alive' || value === 'close') continue
    for (const member of listMembers(value)) {
      const lower = member.toLowerCase()
      if (lower !== 'close' && !HOP_BY_HOP.has(lower) && !NEVER_NOMINATED.has(lower)) (names ??= new Set()).add(lower)
    }
  }
  return names
}
