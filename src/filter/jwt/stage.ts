// jwt: lets requests pass that carry a token which somebody has signed whom the operator trusts.
import { KEY_ALGORITHMS, keySetOf, type PublicKey, SECRET_ALGORITHMS } from '../../config/key-set.js'
import { parseRequestKey, type RequestKey } from '../../config/request-key.js'
import type { FilterConfig } from '../../config/schema.js'
import type { Exchange } from '../../exchange.js'
import { withoutCookie } from '../../http/cookie.js'
import { editFields, type Fields } from '../../http/fields.js'
import type { ErrorCode } from '../../errors.js'
import { claimLines, type Claims } from '../claims.js'
import { Remembered } from '../remembered.js'
import { PASS, type Pass, type Refusal, type Rule, type Verdict } from '../verdict.js'
import { vouchedFields } from '../vouched-fields.js'
import type { RuleWorld } from '../world.js'
import { identityOf, unmetDemand } from './claims.js'
import { fixedKeys, PublishedKeys } from './keys/stage.js'
import { sentToken } from './token.js'
import { type Expectations, type Trust, verify } from './verify/stage.js'

type JwtConfig = NonNullable<FilterConfig['jwt']>

/** What was found out about a token that is right: who has it and what servers are told, or that more is asked for than it has. */
type Outcome = { readonly pass: Pass; readonly lines: Fields } | { readonly refusal: Refusal }

/** The same, by which version of the keys. */
interface Known {
  readonly outcome: Outcome
  readonly version: number
}

interface Memory {
  readonly trust: Trust
  readonly known: Remembered<Known>
}

const MAX_REMEMBERED_CHARACTERS = 4 * 1024 * 1024
/** What the claims weigh beside their token, and the rest of an entry. */
const WEIGHT_FACTOR = 3
const ENTRY_WEIGHT = 500

/** Refuses with 401 who has no token that is right, and with 403 whose token does not say enough. */
export function jwtRule(config: JwtConfig, { ports, kept }: RuleWorld): Rule {
  const { realm = 'restricted', forward = {}, scopes = [], required = {}, optional = false, stripCredentials = false, clockSkew = 60_000 } = config
  const from = placeOf(config)
  const memory = kept((): Memory => ({ trust: trustOf(config, ports), known: new Remembered(MAX_REMEMBERED_CHARACTERS) }))
  const expected: Expectations = { algorithms: algorithmsOf(config), issuer: config.issuer, audience: config.audience, type: config.type, clockSkewMs: clockSkew }
  const headers = Object.values(forward)
  const vouched = headers.length === 0 ? undefined : vouchedFields(headers)
  const changes = stripCredentials || vouched !== undefined

  const refusal = (code: ErrorCode, reason: string, parameters: string): Refusal => ({ kind: 'refuse', code, reason: `jwt: ${reason}`, fields: ['WWW-Authenticate', `Bearer realm="${realm}"${parameters}`] })
  const missing = refusal('authentication_required', 'no token', '')
  const invalid = (reason: string, told?: string): Refusal => refusal('authentication_required', reason, `, error="invalid_token"${told === undefined ? '' : `, error_description="${told}"`}`)
  const insufficient = (reason: string): Refusal => refusal('http_request_denied', `no ${reason}`, `, error="insufficient_scope"${scopes.length === 0 ? '' : `, scope="${scopes.join(' ')}"`}`)

  const fieldsOf = ({ fields }: Exchange, lines: Fields): Fields => {
    const remaining = stripCredentials ? withoutToken(fields, from) : fields
    return vouched ? vouched(remaining, lines) : remaining
  }
  const verdictOf = (exchange: Exchange, outcome: Outcome): Verdict => {
    if ('refusal' in outcome) return outcome.refusal
    return changes ? { ...outcome.pass, fields: fieldsOf(exchange, outcome.lines) } : outcome.pass
  }
  const judge = (claims: Claims): Outcome => {
    const unmet = unmetDemand(claims, { scopes, required })
    return unmet === undefined ? { pass: { kind: 'pass', identity: identityOf(claims) }, lines: claimLines(claims, forward) } : { refusal: insufficient(unmet) }
  }
  const verified = async (exchange: Exchange, token: string): Promise<Verdict> => {
    const nowMs = ports.clock.nowMs()
    const found = await verify(token, memory.trust, expected, exchange, nowMs)
    if (found.kind === 'no-keys') return { kind: 'refuse', code: 'destination_unavailable', reason: 'jwt: the keys could not be had', retryAfterSeconds: 5 }
    if (found.kind === 'invalid') return invalid(found.reason, found.told)
    const outcome = judge(found.claims)
    memory.known.set(token, { outcome, version: found.version }, (found.claims['exp'] as number) * 1000 + clockSkew, token.length * WEIGHT_FACTOR + ENTRY_WEIGHT)
    return verdictOf(exchange, outcome)
  }

  return (exchange) => {
    const sent = sentToken(exchange.fields, from)
    if (sent.kind === 'fault') return invalid(sent.reason)
    if (sent.kind === 'none') return !optional ? missing : vouched ? { ...PASS, fields: vouched(exchange.fields, NO_LINES) } : PASS
    const known = recall(memory, sent.token, exchange, ports.clock.nowMs())
    return known ? verdictOf(exchange, known) : verified(exchange, sent.token)
  }
}

const NO_LINES: Fields = []

/** What is known of a token, as long as the keys are those that it was verified with. */
function recall({ trust, known }: Memory, token: string, exchange: Exchange, nowMs: number): Outcome | undefined {
  const found = known.get(token, nowMs)
  if (!found || trust.kind === 'secret') return found?.outcome
  trust.source.tend(exchange)
  return found.version === trust.source.version() ? found.outcome : undefined
}

function placeOf({ from = 'header:authorization' }: JwtConfig): RequestKey & { readonly name: string } {
  const place = parseRequestKey(from) as RequestKey & { readonly name: string }
  return place.kind === 'header' ? { kind: 'header', name: place.name.toLowerCase() } : place
}

function withoutToken(fields: Fields, { kind, name }: RequestKey & { readonly name: string }): Fields {
  return kind === 'cookie' ? withoutCookie(fields, name) : editFields(fields, { remove: new Set([name]) })
}

function trustOf({ jwksUrl, jwks, secret, refresh = 600_000 }: JwtConfig, ports: RuleWorld['ports']): Trust {
  if (secret !== undefined) return { kind: 'secret', bytes: new TextEncoder().encode(secret) }
  return { kind: 'keys', source: jwksUrl === undefined ? fixedKeys(keySetOf(jwks) as readonly PublicKey[]) : new PublishedKeys(jwksUrl, refresh, ports) }
}

function algorithmsOf({ algorithms, secret }: JwtConfig): readonly string[] {
  if (algorithms) return algorithms
  if (secret === undefined) return KEY_ALGORITHMS
  const { byteLength } = new TextEncoder().encode(secret)
  return [...SECRET_ALGORITHMS].flatMap(([name, least]) => (byteLength >= least ? name : []))
}
