// The cookies of a login: how they are written, found again in pieces, and kept from the origin (RFC 6265 §4).
import { type Fields, fieldValues, isNamed } from '../../http/fields.js'

/** Most characters of a value: browsers take 4096 for name, value and attributes. */
const PIECE = 3800
const MAX_PIECES = 4
/** Logins that a browser may have begun at the same time, as in several tabs. */
const MAX_LOGINS = 6

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/** Lines that set a value, in as many cookies as it takes; undefined when that would be too many. */
export function setCookies(name: string, value: string, maxAgeMs: number): Fields | undefined {
  const pieces = value.match(new RegExp(`.{1,${PIECE}}`, 'g')) ?? []
  if (pieces.length > MAX_PIECES) return undefined
  return pieces.flatMap((piece, i) => ['Set-Cookie', `${pieceName(name, i)}=${i === 0 ? `${pieces.length}~` : ''}${piece}; Max-Age=${Math.max(0, Math.floor(maxAgeMs / 1000))}; ${ATTRIBUTES}`])
}

/** Lines that take cookies back. */
export function dropCookies(names: readonly string[]): Fields {
  return names.flatMap((name) => ['Set-Cookie', `${name}=; Max-Age=0; ${ATTRIBUTES}`])
}

/** A value that was set in one or more cookies; undefined when there is none, or a piece is missing. */
export function readCookie(cookies: ReadonlyMap<string, string>, name: string): string | undefined {
  const [, count, first] = /^([1-4])~(.*)$/.exec(cookies.get(name) ?? '') ?? []
  if (first === undefined) return undefined
  let value = first
  for (let i = 1; i < Number(count); i++) {
    const piece = cookies.get(pieceName(name, i))
    if (piece === undefined) return undefined
    value += piece
  }
  return value
}

function pieceName(name: string, index: number): string {
  return index === 0 ? name : `${name}.${index}`
}

/** Those of the client's cookies that are a login's: the session, its pieces, and logins under way. The first of a name counts. */
export function ownCookies(fields: Fields, name: string): Map<string, string> {
  const own = new Map<string, string>()
  for (const line of fieldValues(fields, 'cookie')) {
    if (!line.includes(name)) continue
    for (const pair of line.split(';')) {
      const key = cookieName(pair)
      if (isOwn(key, name) && !own.has(key)) own.set(key, pair.slice(pair.indexOf('=') + 1).trim())
    }
  }
  return own
}

/** The fields without those cookies: an origin has no use for them, and could only lose them. */
export function withoutOwnCookies(fields: Fields, name: string): Fields {
  return fields.flatMap((text, i) => {
    if (i % 2 === 1) return []
    const value = fields[i + 1]!
    if (!isNamed(text, 'cookie') || !value.includes(name)) return [text, value]
    const kept = value.split(';').filter((pair) => !isOwn(cookieName(pair), name)).map((pair) => pair.trim()).filter((pair) => pair !== '')
    return kept.length === 0 ? [] : [text, kept.join('; ')]
  })
}

/** The cookie that binds a login to its browser: one for each, so that tabs do not take each other's. */
export function loginCookie(name: string, state: string): string {
  return `${name}.login.${state.slice(0, 16)}`
}

/** Logins that a browser has begun and not ended, when there are so many that they have to go. */
export function staleLogins(own: ReadonlyMap<string, string>, name: string): string[] {
  const logins = [...own.keys()].filter((key) => key.startsWith(`${name}.login.`))
  return logins.length < MAX_LOGINS ? [] : logins
}

/** The cookies of a session among them. */
export function sessionCookies(own: ReadonlyMap<string, string>, name: string): string[] {
  return [...own.keys()].filter((key) => !key.startsWith(`${name}.login.`))
}

function cookieName(pair: string): string {
  const equals = pair.indexOf('=')
  return (equals < 0 ? pair : pair.slice(0, equals)).trim()
}

function isOwn(key: string, name: string): boolean {
  return key === name || key.startsWith(`${name}.`)
}
