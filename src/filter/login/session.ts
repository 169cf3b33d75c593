// A session: how it begins and is renewed, and how its cookie holds it.
import type { Identity } from '../../exchange.js'
import { claimOf, type Claims } from '../claims.js'

export interface Session {
  readonly subject: string
  /** The claims that are forwarded, and the one that names the user. */
  readonly claims: Claims
  readonly expiresMs: number
  readonly refreshToken: string | undefined
  /** When to refresh; undefined for never. */
  readonly refreshMs: number | undefined
}

/** What a session takes from the provider's answer. */
export interface Tokens {
  readonly claims: Claims
  readonly refreshToken: string | undefined
  readonly expiresInSeconds: number | undefined
}

/** Refreshed so long before the end, or after three quarters of a short life. */
const EARLY_MS = 60_000

/** The session that a login begins. `names` are the claims to keep. */
export function begin({ claims, refreshToken, expiresInSeconds }: Tokens, names: readonly string[], ttlMs: number, nowMs: number): Session {
  return { subject: String(claims['sub']), claims: picked(claims, names), expiresMs: nowMs + ttlMs, refreshToken, refreshMs: refreshToken === undefined ? undefined : refreshAt(expiresInSeconds, nowMs) }
}

/** The session with new tokens; its end stays. Undefined when they are somebody else's. */
export function renew(session: Session, { claims, refreshToken = session.refreshToken, expiresInSeconds }: Tokens, names: readonly string[], nowMs: number): Session | undefined {
  const { sub } = claims
  if (sub !== undefined && sub !== session.subject) return undefined
  return { ...session, claims: sub === undefined ? session.claims : picked(claims, names), refreshToken, refreshMs: refreshAt(expiresInSeconds, nowMs) }
}

function refreshAt(expiresInSeconds: number | undefined, nowMs: number): number | undefined {
  return expiresInSeconds === undefined ? undefined : nowMs + Math.max(expiresInSeconds * 1000 - EARLY_MS, expiresInSeconds * 750)
}

function picked(claims: Claims, names: readonly string[]): Claims {
  return Object.fromEntries(names.flatMap((name) => {
    const value = claimOf(claims, name)
    return value === undefined ? [] : [[name, value]]
  }))
}

export function writeSession({ subject, claims, expiresMs, refreshToken, refreshMs }: Session): string {
  return JSON.stringify([subject, claims, expiresMs, refreshToken ?? null, refreshMs ?? null])
}

/** The text is ours: nobody else could have encrypted it. */
export function readSession(text: string): Session {
  const [subject, claims, expiresMs, refreshToken, refreshMs] = JSON.parse(text) as [string, Session['claims'], number, string | null, number | null]
  return { subject, claims, expiresMs, refreshToken: refreshToken ?? undefined, refreshMs: refreshMs ?? undefined }
}

export function identityOf({ subject, claims }: Session, user: string): Identity {
  const name = claims[user]
  return { by: 'login', name: typeof name === 'string' && name !== '' ? name : subject, claims }
}
