// challenge: lets pass who has shown some work, and asks browsers for it.
import type { FilterConfig } from '../../config/schema.js'
import type { Exchange } from '../../exchange.js'
import { cookieValue, withoutCookie } from '../../http/cookie.js'
import { fieldValue, fieldValues } from '../../http/fields.js'
import { BytesPayload } from '../../http/payload.js'
import { equalTexts } from '../equal-secrets.js'
import { Remembered } from '../remembered.js'
import { sha256 } from '../sha256/stage.js'
import { PASS, type Refusal, type Reply, type Rule, type Verdict } from '../verdict.js'
import { wantsPage } from '../../http/wants-page.js'
import type { RuleWorld } from '../world.js'
import { exemptions, isExempt } from './decision.js'
import { challengePage, pagePolicy } from './page.js'
import { bindingOf, challengeOf, challengeText, isSealed, leadingZeros, passText, readPass, readSolution, type ReadPass, stamp } from './token.js'

const COOKIE = 'fetchgate-pass'
const SOLUTION = 'fetchgate-solution'
const DEFAULT_DIFFICULTY = 16
const DEFAULT_TTL_MS = 86_400_000
/** Characters; a client may have a long name. */
const MAX_REMEMBERED = 4 * 1024 ** 2

/** Refuses with 403 who has no pass; a browser gets a page that earns one by some work. */
export function challengeRule(config: NonNullable<FilterConfig['challenge']>, { ports, kept }: RuleWorld): Rule {
  const { difficulty = DEFAULT_DIFFICULTY, secret, ttl: ttlMs = DEFAULT_TTL_MS } = config
  const exempt = exemptions(config)
  /** Passes that were verified, so that most requests wait for no signature. */
  const verified = kept(() => new Remembered<true>(MAX_REMEMBERED))
  const { clock, sign, newId } = ports

  const ask = async (exchange: Exchange, binding: string, why: string): Promise<Verdict> => {
    if (!wantsPage(exchange)) return refusal(why, 'A browser has to load a page of this site first.')
    const issued = stamp(clock.nowMs())
    const nonce = newId()
    const page = new TextEncoder().encode(challengePage(challengeOf(issued, await sign(secret, challengeText(issued, binding))), difficulty, nonce))
    return pageReply(page, exchange.method, nonce, why)
  }

  const solve = async ({ client }: Exchange, binding: string, text: string): Promise<Verdict> => {
    const solution = readSolution(text, clock.nowMs())
    if (!solution || !isSealed(solution, await sign(secret, challengeText(solution.issued, binding)))) return refusal('a solution that is late, or of another challenge')
    const digest = await sha256(solution.hashed)
    if (leadingZeros(digest) < difficulty) return refusal('a wrong solution')
    // Counted from the challenge: who sends a solution again gains no time by it.
    const expires = stamp(solution.issuedMs + ttlMs)
    const pass = `${expires}.${await sign(secret, passText(expires, binding))}`
    return { kind: 'reply', answer: { status: 204, fields: ['Set-Cookie', `${COOKIE}=${pass}; Path=/; Max-Age=${Math.floor(ttlMs / 1000)}; HttpOnly; SameSite=Lax${client.scheme === 'https' ? '; Secure' : ''}`, 'Cache-Control', 'no-store'], body: undefined } }
  }

  const verify = async (exchange: Exchange, binding: string, text: string, { expires, expiresMs, signature }: ReadPass): Promise<Verdict> => {
    if (!equalTexts(signature, await sign(secret, passText(expires, binding)))) return ask(exchange, binding, 'a pass of somebody else')
    const key = `${text}\n${binding}`
    verified.set(key, true, expiresMs, key.length)
    return passing(exchange)
  }

  return (exchange) => {
    const { fields, host, client } = exchange
    if (isExempt(exchange, exempt)) return PASS
    const binding = bindingOf({ host: host.name, difficulty, address: client.address, userAgent: fieldValues(fields, 'user-agent').join(', ') })
    const solution = fieldValue(fields, SOLUTION)
    if (solution !== undefined) return solve(exchange, binding, solution)
    const cookie = cookieValue(fields, COOKIE)
    const nowMs = clock.nowMs()
    const pass = cookie === undefined ? undefined : readPass(cookie, ttlMs, nowMs)
    if (!pass) return ask(exchange, binding, cookie === undefined ? 'no pass' : 'a pass that is over')
    return verified.get(`${cookie!}\n${binding}`, nowMs) ? passing(exchange) : verify(exchange, binding, cookie!, pass)
  }
}

/** The pass is the gateway's and no business of the server's; the cache is not to take it for a user's cookie either. */
function passing({ fields }: Exchange): Verdict {
  return { kind: 'pass', fields: withoutCookie(fields, COOKIE) }
}

function refusal(why: string, detail?: string): Refusal {
  return { kind: 'refuse', code: 'http_request_denied', reason: `challenge: ${why}`, ...(detail === undefined ? {} : { detail }) }
}

function pageReply(page: Uint8Array, method: string, nonce: string, why: string): Reply {
  const fields = [
    'Content-Type', 'text/html; charset=utf-8', 'Content-Length', String(page.byteLength), 'Cache-Control', 'no-store', 'X-Robots-Tag', 'noindex, nofollow',
    'Content-Security-Policy', pagePolicy(nonce), 'X-Content-Type-Options', 'nosniff',
  ]
  return { kind: 'reply', answer: { status: 403, fields, body: method === 'HEAD' ? undefined : new BytesPayload(page) }, reason: `challenge: ${why}` }
}
