// Users prove to an OpenID provider who they are, and keep a session in an encrypted cookie.
import type { FilterConfig } from '../../../config/schema.js'
import { GatewayError } from '../../../errors.js'
import type { Exchange, Identity } from '../../../exchange.js'
import { fieldValue, type Fields } from '../../../http/fields.js'
import { BytesPayload } from '../../../http/payload.js'
import type { Ports } from '../../../ports.js'
import { claimLines } from '../../claims.js'
import { Flights } from '../../flights/stage.js'
import { withCookies } from '../../privately.js'
import { Remembered } from '../../remembered.js'
import type { Pass, Refusal, Reply, Verdict } from '../../verdict.js'
import { vouchedFields } from '../../vouched-fields.js'
import { wantsPage } from '../../../http/wants-page.js'
import { dropCookies, loginCookie, ownCookies, readCookie, sessionCookies, setCookies, staleLogins, withoutOwnCookies } from '../cookies.js'
import { returnPath } from '../return-path.js'
import { type Begun, Provider } from '../provider/stage.js'
import { Seal } from '../seal/stage.js'
import { begin, identityOf, readSession, renew, type Session, writeSession } from '../session.js'

type Config = NonNullable<FilterConfig['login']>

const DEFAULT_TTL_MS = 8 * 3_600_000
const DEFAULT_TIMEOUT_MS = 5000
/** For how long a login may take. */
const LOGIN_MS = 600_000
/** For how long those who come with a cookie of before a refresh get what came of it. */
const REFRESHED_MS = 60_000
/** After which a provider that failed is asked again for the same session. */
const RETRY_MS = 30_000
/** Characters of cookies whose sessions are kept open. */
const MAX_OPEN = 4 * 1024 ** 2
const MAX_REFRESHED = 10_000

/** A session with what is made of it. */
interface Known {
  readonly session: Session
  readonly identity: Identity
  readonly lines: Fields
}

/** What came of a refresh: a session, with the text of its new cookie where there is one; or its end. */
interface Refreshed {
  readonly known: Known | undefined
  readonly sealed: string | undefined
}

/** What outlives a request. */
export class Memory {
  /** By the text of their cookies. */
  readonly sessions = new Remembered<Known>(MAX_OPEN)
  /** By their refresh tokens, which some providers take but once. */
  readonly refreshed = new Remembered<Refreshed>(MAX_REFRESHED)
  readonly flights: Flights<Refreshed>
  provider: Provider | undefined

  constructor(clock: Ports['clock']) {
    this.flights = new Flights(clock)
  }
}

export class Login {
  readonly #config: Config
  readonly #ports: Ports
  readonly #memory: Memory
  readonly #name: string
  readonly #callback: string
  readonly #logout: string
  readonly #forward: Readonly<Record<string, string>>
  readonly #user: string
  readonly #claims: readonly string[]
  readonly #put: (fields: Fields, lines: Fields) => Fields
  readonly #seal: Seal

  constructor(config: Config, ports: Ports, memory: Memory) {
    const { issuer, clientId, secret, cookieName = '__Host-session', redirectPath = '/.auth/callback', logoutPath = '/.auth/logout', forward = {}, user = 'sub' } = config
    this.#config = config
    this.#ports = ports
    this.#memory = memory
    this.#name = cookieName
    this.#callback = redirectPath
    this.#logout = logoutPath
    this.#forward = forward
    this.#user = user
    this.#claims = [...new Set([user, ...Object.keys(forward)])]
    this.#put = vouchedFields(Object.values(forward))
    this.#seal = new Seal([secret].flat(), `${issuer} ${clientId} ${cookieName}`)
  }

  verdict(exchange: Exchange): Verdict | Promise<Verdict> {
    const { path } = exchange.target
    const own = ownCookies(exchange.fields, this.#name)
    if (path === this.#callback) return this.#complete(exchange, own)
    if (path === this.#logout) return this.#end(exchange, own)
    const text = readCookie(own, this.#name)
    if (text === undefined) return this.#begin(exchange, own)
    const known = this.#memory.sessions.get(text, this.#ports.clock.nowMs())
    return known ? this.#go(exchange, own, known) : this.#open(exchange, own, text)
  }

  async #open(exchange: Exchange, own: ReadonlyMap<string, string>, text: string): Promise<Verdict> {
    const opened = await this.#seal.open('session', text)
    const session = opened === undefined ? undefined : readSession(opened)
    if (!session || session.expiresMs <= this.#ports.clock.nowMs()) return this.#begin(exchange, own)
    return this.#go(exchange, own, this.#keep(text, session))
  }

  #keep(text: string, session: Session): Known {
    const known = { session, identity: identityOf(session, this.#user), lines: claimLines(session.claims, this.#forward) }
    this.#memory.sessions.set(text, known, session.expiresMs, text.length)
    return known
  }

  #go(exchange: Exchange, own: ReadonlyMap<string, string>, known: Known): Verdict | Promise<Verdict> {
    const { refreshMs, refreshToken } = known.session
    if (refreshMs === undefined || refreshToken === undefined || refreshMs > this.#ports.clock.nowMs()) return this.#pass(exchange, known, [])
    const done = this.#memory.refreshed.get(refreshToken, this.#ports.clock.nowMs())
    return done ? this.#goOn(exchange, own, done) : this.#refresh(exchange, own, known, refreshToken)
  }

  #pass(exchange: Exchange, { identity, lines }: Known, cookies: Fields): Pass {
    const fields = this.#put(withoutOwnCookies(exchange.fields, this.#name), lines)
    return { kind: 'pass', fields, identity, ...(cookies.length === 0 ? {} : { after: (answer) => ({ ...answer, fields: withCookies(answer.fields, cookies) }) }) }
  }

  /** Requests of one session refresh it once. */
  async #refresh(exchange: Exchange, own: ReadonlyMap<string, string>, known: Known, refreshToken: string): Promise<Verdict> {
    const landed = await this.#memory.flights.share(refreshToken, () => this.#refreshed(exchange, known, refreshToken), exchange, this.#config.timeout ?? DEFAULT_TIMEOUT_MS)
    return landed ? this.#goOn(exchange, own, landed.result) : this.#pass(exchange, known, [])
  }

  /** Never rejects. While the provider does not answer, the session goes on: it has an end of its own. */
  async #refreshed(exchange: Exchange, known: Known, refreshToken: string): Promise<Refreshed> {
    const { clock } = this.#ports
    const ended = await this.#provider().refresh(refreshToken)
    const session = ended.kind === 'tokens' ? renew(known.session, ended.tokens, this.#claims, clock.nowMs()) : undefined
    let done: Refreshed = { known: undefined, sealed: undefined }
    if (ended.kind === 'failed') {
      this.#tell(ended.error, exchange.id)
      done = { known, sealed: undefined }
    } else if (session) {
      const sealed = await this.#seal.seal('session', writeSession(session))
      done = { known: this.#keep(sealed, session), sealed }
    }
    this.#memory.refreshed.set(refreshToken, done, clock.nowMs() + (ended.kind === 'failed' ? RETRY_MS : REFRESHED_MS))
    return done
  }

  #goOn(exchange: Exchange, own: ReadonlyMap<string, string>, { known, sealed }: Refreshed): Verdict | Promise<Verdict> {
    if (!known) return this.#begin(exchange, own)
    return this.#pass(exchange, known, sealed === undefined ? [] : (this.#sessionCookies(own, sealed, known.session) ?? []))
  }

  /** Lines that put a session's cookies in place of those before; undefined where it is too large for cookies. */
  #sessionCookies(own: ReadonlyMap<string, string>, sealed: string, { expiresMs }: Session): Fields | undefined {
    const cookies = setCookies(this.#name, sealed, expiresMs - this.#ports.clock.nowMs())
    const isSet = (name: string): boolean => cookies!.some((text) => text.startsWith(`${name}=`))
    return cookies && [...cookies, ...dropCookies(sessionCookies(own, this.#name).filter((name) => !isSet(name)))]
  }

  async #begin(exchange: Exchange, own: ReadonlyMap<string, string>): Promise<Verdict> {
    if (!wantsPage(exchange)) return { kind: 'refuse', code: 'authentication_required', reason: 'login: no session', fields: ['WWW-Authenticate', 'Cookie realm="login"'] }
    try {
      const { url, begun } = await this.#provider().begin(this.#redirectUri(exchange))
      const { state, nonce, verifier } = begun
      const sealed = await this.#seal.seal('login', JSON.stringify([state, nonce, verifier, returnPath(exchange.target), this.#ports.clock.nowMs() + LOGIN_MS]))
      return redirect(302, url, [...setCookies(loginCookie(this.#name, state), sealed, LOGIN_MS)!, ...dropCookies(staleLogins(own, this.#name))], 'login: no session')
    } catch (error) {
      return this.#failed(error instanceof GatewayError ? error : new GatewayError('proxy_internal_error', { message: String(error), cause: error }), exchange.id, [])
    }
  }

  /** What the provider sent a browser with counts only in the browser that began the login, and once. */
  async #complete(exchange: Exchange, own: ReadonlyMap<string, string>): Promise<Verdict> {
    const query = exchange.target.query ?? ''
    const state = new URLSearchParams(query).get('state') ?? ''
    const name = loginCookie(this.#name, state)
    const sealed = readCookie(own, name)
    const kept = sealed === undefined || exchange.method !== 'GET' ? undefined : await this.#seal.open('login', sealed)
    if (kept === undefined) return refusal('http_request_denied', 'login: no such login of this browser', 'This login was not begun in this browser, or is over.', [])
    const gone = dropCookies([name])
    const [begunState, nonce, verifier, to, untilMs] = JSON.parse(kept) as [string, string, string, string, number]
    if (untilMs <= this.#ports.clock.nowMs()) return refusal('http_request_denied', 'login: it took too long', 'This login took too long.', gone)
    const begun: Begun = { state: begunState, nonce, verifier }
    const ended = await this.#provider().complete(query, this.#redirectUri(exchange), begun)
    if (ended.kind === 'failed') return this.#failed(ended.error, exchange.id, gone)
    if (ended.kind === 'denied') return refusal('http_request_denied', `login: ${ended.why}`, 'The login has not succeeded.', gone)
    const session = begin(ended.tokens, this.#claims, this.#config.sessionTtl ?? DEFAULT_TTL_MS, this.#ports.clock.nowMs())
    const text = await this.#seal.seal('session', writeSession(session))
    const cookies = this.#sessionCookies(own, text, session)
    if (!cookies) return refusal('proxy_internal_error', `login: a session of ${text.length} characters is too large for cookies; forward fewer claims`, undefined, gone)
    this.#keep(text, session)
    return redirect(303, to, [...cookies, ...gone])
  }

  #end({ fields }: Exchange, own: ReadonlyMap<string, string>): Verdict {
    if (fieldValue(fields, 'sec-fetch-site') === 'cross-site') return refusal('http_request_denied', 'login: logout by another site', undefined, [])
    const gone = dropCookies([...new Set([this.#name, ...own.keys()])])
    const { afterLogout } = this.#config
    if (afterLogout !== undefined) return redirect(303, afterLogout, gone)
    const bytes = new TextEncoder().encode('You are logged out.\n')
    return { kind: 'reply', answer: { status: 200, fields: ['Content-Type', 'text/plain', 'Content-Length', String(bytes.byteLength), 'Cache-Control', 'no-store', ...gone], body: new BytesPayload(bytes) } }
  }

  #redirectUri({ client: { scheme, host } }: Exchange): string {
    return `${this.#config.origin ?? `${scheme}://${host}`}${this.#callback}`
  }

  #provider(): Provider {
    const { issuer, clientId, clientSecret, clientAuth, scopes = [], parameters = {}, timeout = DEFAULT_TIMEOUT_MS } = this.#config
    return (this.#memory.provider ??= new Provider({ issuer, clientId, clientSecret, clientAuth, scopes, parameters, timeoutMs: timeout, stale: (error) => this.#tell(error, '') }, this.#ports))
  }

  #failed(error: GatewayError, id: string, cookies: Fields): Refusal {
    this.#tell(error, id)
    return { kind: 'refuse', code: error.code, reason: `login: ${error.message}`, fields: cookies }
  }

  #tell({ code, message }: GatewayError, id: string): void {
    this.#ports.observe({ kind: 'service-failed', id, filter: 'login', service: new URL(this.#config.issuer).origin, error: code, detail: message })
  }
}

function refusal(code: Refusal['code'], reason: string, detail: string | undefined, cookies: Fields): Refusal {
  return { kind: 'refuse', code, reason, fields: cookies, ...(detail === undefined ? {} : { detail }) }
}

function redirect(status: number, to: string, cookies: Fields, reason?: string): Reply {
  return { kind: 'reply', answer: { status, fields: ['Location', to, 'Content-Length', '0', 'Cache-Control', 'no-store', 'Referrer-Policy', 'no-referrer', ...cookies], body: undefined }, ...(reason === undefined ? {} : { reason }) }
}
