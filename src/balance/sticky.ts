// Sticky sessions: which target a client's cookie names, and the cookie that names one.
import type { Server } from '../ports.js'
import { type Candidate, isTried } from './policy.js'

export interface StickyCookie {
  /** A token (RFC 6265 §4.1.1). `__Host-` and `__Secure-` names are kept by browsers only where clients come by TLS. */
  readonly name: string
  /** How long a browser keeps it; undefined until it is closed. */
  readonly maxAgeSeconds?: number | undefined
}

/** Sessions of a pool, as its targets now are. */
export interface StickySessions {
  readonly cookie: StickyCookie
  /** The opaque text that stands for each origin. */
  readonly tokens: ReadonlyMap<string, string>
  /** Whom a token names, of those who may go on with a session. */
  readonly holders: ReadonlyMap<string, Candidate>
}

/**
 * Prepared whenever `holders` change: all who may go on with a session, also those that get no new ones because they drain,
 * stand by or are in another zone.
 *
 * `tokens` maps origins to texts of `A-Za-z0-9-_`, made once where the pool is compiled, such as a keyed digest (HMAC) of the
 * origin: so it tells a client nothing, is the same at every gateway that has the key, and is verified by being found here.
 */
export function stickySessions(cookie: StickyCookie, tokens: ReadonlyMap<string, string>, holders: readonly Candidate[]): StickySessions {
  const named = holders.flatMap((holder) => {
    const token = tokens.get(holder.target.origin)
    return token === undefined ? [] : [[token, holder] as const]
  })
  return { cookie, tokens, holders: new Map(named) }
}

/** The target that the client's cookie names; undefined when it has none, or its target is gone, down or was tried. The policy picks then. */
export function stuckTo({ holders }: StickySessions, value: string | undefined, tried: readonly Server[]): Candidate | undefined {
  const holder = value === undefined ? undefined : holders.get(value)
  return holder && isTried(holder, tried) ? undefined : holder
}

/**
 * The `Set-Cookie` that binds the client to the server which has answered it; undefined when its cookie names that one
 * already. It is out of reach of scripts and other sites' forms, and with `secure`, for clients that came by TLS, of plain HTTP.
 */
export function stickyField({ cookie, tokens }: StickySessions, served: Server, value: string | undefined, secure: boolean): string | undefined {
  const token = tokens.get(served.origin)
  if (token === undefined || token === value) return undefined
  const maxAge = cookie.maxAgeSeconds === undefined ? '' : `; Max-Age=${cookie.maxAgeSeconds}`
  return `${cookie.name}=${token}; Path=/${maxAge}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}
