// basicAuth: asks for a user's name and password, and makes sure of them without letting guesses take the processor.
import { formatPasswordHash, parsePasswordHash, type PasswordHash } from '../../config/password-hash.js'
import type { FilterConfig } from '../../config/schema.js'
import type { Exchange } from '../../exchange.js'
import { type BasicCredentials, basicCredentials, ownForm } from '../../http/basic-credentials.js'
import { editFields, fieldValues } from '../../http/fields.js'
import type { Ports } from '../../ports.js'
import { requestKey } from '../../request-key.js'
import { equalBytes } from '../equal-secrets.js'
import { headerText } from '../header-text.js'
import { Remembered } from '../remembered.js'
import type { Pass, Refusal, Rule, Verdict } from '../verdict.js'
import { vouchedFields } from '../vouched-fields.js'
import type { RuleWorld } from '../world.js'
import { Gate, type Place } from './gate.js'

type BasicAuthConfig = NonNullable<FilterConfig['basicAuth']>

const LIMITS = { atOnce: 2, waiting: 32, ofOneClient: 8, lostMs: 30_000 }
const REMEMBER_MS = 300_000
const MAX_REMEMBERED = 10_000
const AUTHORIZATION: ReadonlySet<string> = new Set(['authorization'])
const HASH_BYTES = 32
const SALT_BYTES = 16

/** Refuses with 401 who does not prove to be one of the users. */
export function basicAuthRule(config: BasicAuthConfig, { ports, kept, fault }: RuleWorld): Rule {
  const { users, realm = 'restricted', stripCredentials = false, userHeader } = config
  const hashes = new Map(Object.entries(users).map(([name, text]) => [ownForm(name)!, parsePasswordHash(text)!]))
  for (const [name, text] of Object.entries(users)) {
    const { iterations } = parsePasswordHash(text)!
    if (iterations > (ports.maxHashIterations ?? Infinity)) fault(['users', name], text, `this runtime computes at most ${ports.maxHashIterations} iterations; make the hash with: fetchgate hash --iterations ${ports.maxHashIterations}`)
  }
  const passwords = kept(() => new Passwords(hashes, ports))
  const fields = ['WWW-Authenticate', `Basic realm="${realm}", charset="UTF-8"`]
  const refusal = (why: string): Refusal => ({ kind: 'refuse', code: 'authentication_required', reason: `basicAuth: ${why}`, fields })
  const missing = refusal('no credentials')
  const unreadable = refusal('credentials that cannot be read')
  const vouched = userHeader === undefined ? undefined : vouchedFields([userHeader])

  const passing = (exchange: Exchange, name: string): Pass => {
    const identity = { by: 'basic', name } as const
    if (!stripCredentials && !vouched) return { kind: 'pass', identity }
    const remaining = stripCredentials ? editFields(exchange.fields, { remove: AUTHORIZATION }) : exchange.fields
    return { kind: 'pass', identity, fields: vouched ? vouched(remaining, [userHeader!, headerText(name)]) : remaining }
  }
  const checked = async (exchange: Exchange, credentials: BasicCredentials): Promise<Verdict> => {
    const found = await passwords.check(credentials, requestKey(exchange, { kind: 'client-ip' }))
    if (found === 'busy') return { kind: 'refuse', code: 'too_many_requests', reason: 'basicAuth: too many passwords are being checked', retryAfterSeconds: 1 }
    return found === 'right' ? passing(exchange, credentials.user) : refusal(`wrong name or password of "${credentials.user}"`)
  }

  return (exchange) => {
    const sent = fieldValues(exchange.fields, 'authorization')
    if (sent.length === 0) return missing
    const credentials = sent.length === 1 ? basicCredentials(sent[0]!) : undefined
    return credentials ? checked(exchange, credentials) : unreadable
  }
}

/** The users' passwords, and which of them were right lately. */
class Passwords {
  readonly #hashes: ReadonlyMap<string, PasswordHash>
  readonly #decoy: PasswordHash
  readonly #clock: Ports['clock']
  readonly #gate = new Gate(LIMITS)
  /** By a digest that nobody can make who reads the memory but the key, which cannot be read. */
  readonly #right = new Remembered<true>(MAX_REMEMBERED)
  readonly #underWay = new Map<string, Promise<boolean>>()
  #key: Promise<CryptoKey> | undefined

  constructor(hashes: ReadonlyMap<string, PasswordHash>, { clock }: Ports) {
    this.#hashes = hashes
    this.#decoy = decoyOf([...hashes.values()])
    this.#clock = clock
  }

  async check(credentials: BasicCredentials, client: string | undefined): Promise<'right' | 'wrong' | 'busy'> {
    // Some platforms take no empty key; no user has an empty password.
    if (credentials.password === '') return 'wrong'
    const digest = await this.#digestOf(credentials)
    const nowMs = this.#clock.nowMs()
    if (this.#right.get(digest, nowMs)) return 'right'
    let outcome = this.#underWay.get(digest)
    if (!outcome) {
      const place = this.#gate.enter(client, nowMs)
      if (!place) return 'busy'
      outcome = this.#verify(credentials, digest, place).finally(() => this.#underWay.delete(digest))
      this.#underWay.set(digest, outcome)
    }
    return (await outcome) ? 'right' : 'wrong'
  }

  async #verify({ user, password }: BasicCredentials, digest: string, place: Promise<Place>): Promise<boolean> {
    const taken = await place
    try {
      // For a name that nobody has, the same work is done: else the time would tell which names there are.
      const known = this.#hashes.get(user)
      const { hash, salt, iterations } = known ?? this.#decoy
      const same = equalBytes(await derive(password, salt, iterations), hash)
      const right = same && known !== undefined
      if (right) this.#right.set(digest, true, this.#clock.nowMs() + REMEMBER_MS)
      return right
    } finally {
      this.#gate.leave(taken, this.#clock.nowMs())
    }
  }

  async #digestOf({ user, password }: BasicCredentials): Promise<string> {
    this.#key ??= crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const digest = await crypto.subtle.sign('HMAC', await this.#key, new TextEncoder().encode(`${user}:${password}`))
    return String.fromCharCode(...new Uint8Array(digest))
  }
}

/** A hash that takes as long as the longest of them, and that no password is right for. */
function decoyOf(hashes: readonly PasswordHash[]): PasswordHash {
  return { iterations: Math.max(...hashes.map(({ iterations }) => iterations)), salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) }
}

/** A hash for `users` of `basicAuth`. Throws a `TypeError` for a password that is empty or has control characters, which no client can send. */
export async function hashPassword(password: string, iterations: number): Promise<string> {
  const own = ownForm(password)
  if (own === undefined || own === '') throw new TypeError('a password is not empty and has no control characters')
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  return formatPasswordHash({ iterations, salt, hash: await derive(own, salt, iterations) })
}

async function derive(password: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveBits'])
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, HASH_BYTES * 8))
}
