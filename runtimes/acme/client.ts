// Speaks with an authority in an account's name (RFC 8555): signed requests, their nonces, and what is wrong when they fail.
import { FlattenedSign } from 'jose/jws/flattened/sign'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { AcmeError, problemOf } from './fault.js'
import { type Reply, send, type Sending } from './request.js'

/** The private key of an account, as a JWK of P-256. */
export type AccountKey = { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string; readonly d: string }

export interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
  /** Where the authority tells when to renew (RFC 9773); absent where it does not. */
  readonly renewalInfo?: string
}

export interface Binding {
  readonly kid: string
  readonly hmacKey: string
}

/** An answer to a signed request. */
export interface Signed {
  readonly reply: Reply
  /** Its JSON; undefined where it is none. */
  readonly json: unknown
}

/** A nonce may be used up by the time it is used. */
const NONCE_ATTEMPTS = 8

export class AcmeClient {
  readonly #url: string
  readonly #key: AccountKey
  readonly #how: Pick<Sending, 'ca' | 'signal'>
  #directory: Promise<Directory> | undefined
  #nonce: string | undefined
  #account: string | undefined

  constructor(directoryUrl: string, key: AccountKey, account: string | undefined, how: Pick<Sending, 'ca' | 'signal'>) {
    this.#url = directoryUrl
    this.#key = key
    this.#account = account
    this.#how = how
  }

  /** What the authority offers, asked once. */
  directory(): Promise<Directory> {
    this.#directory ??= this.#readDirectory().catch((error: unknown) => {
      this.#directory = undefined
      throw error
    })
    return this.#directory
  }

  /** Makes the account, or finds it again. Returns its URL. */
  async register(email: string, binding: Binding | undefined): Promise<string> {
    const { newAccount } = await this.directory()
    const externalAccountBinding = binding && (await this.#bind(newAccount, binding))
    const { reply } = await this.post(newAccount, { termsOfServiceAgreed: true, contact: [`mailto:${email}`], ...(externalAccountBinding && { externalAccountBinding }) }, 'key')
    const account = reply.header('location')
    if (account === undefined) throw new AcmeError('away', 'the authority has made an account without an address')
    this.#account = account
    return account
  }

  /** What proves that whoever answers a challenge has the key of the account (RFC 8555 §8.1). */
  async keyAuthorization(token: string): Promise<string> {
    return `${token}.${await calculateJwkThumbprint(this.#publicKey)}`
  }

  /** Asks for something public. */
  get(url: string): Promise<Reply> {
    return send(url, { method: 'GET', accept: 'application/json', ...this.#how })
  }

  /** Sends something signed; without a payload it is a way to read (POST-as-GET). Rejects for whatever is no success. */
  async post(url: string, payload?: unknown, by: 'account' | 'key' = 'account', accept?: string): Promise<Signed> {
    for (let attempt = 1; ; attempt++) {
      const nonce = await this.#takeNonce()
      const identity = by === 'account' ? { kid: this.#account! } : { jwk: this.#publicKey }
      const body = JSON.stringify(await sign(payload, { alg: 'ES256', nonce, url, ...identity }, this.#key))
      const reply = await send(url, { method: 'POST', body, ...(accept === undefined ? {} : { accept }), ...this.#how })
      this.#nonce = reply.header('replay-nonce')
      const json = jsonOf(reply)
      if (reply.status >= 200 && reply.status < 300) return { reply, json }
      const problem = problemOf(reply.status, json, reply.retryAfterMs)
      if (problem.type !== 'badNonce') throw problem
      if (attempt === NONCE_ATTEMPTS) throw new AcmeError('away', `the authority takes none of its nonces: ${problem.message}`)
    }
  }

  async #readDirectory(): Promise<Directory> {
    const reply = await this.get(this.#url)
    const read = jsonOf(reply) as Partial<Directory> | undefined
    if (reply.status !== 200) throw problemOf(reply.status, read, reply.retryAfterMs)
    const { newNonce, newAccount, newOrder, renewalInfo } = read ?? {}
    if (typeof newNonce !== 'string' || typeof newAccount !== 'string' || typeof newOrder !== 'string') throw new AcmeError('away', `${this.#url} is no directory of ACME`)
    return { newNonce, newAccount, newOrder, ...(typeof renewalInfo === 'string' ? { renewalInfo } : {}) }
  }

  async #takeNonce(): Promise<string> {
    const kept = this.#nonce
    this.#nonce = undefined
    if (kept !== undefined) return kept
    const { newNonce } = await this.directory()
    const nonce = (await send(newNonce, { method: 'HEAD', ...this.#how })).header('replay-nonce')
    if (nonce === undefined) throw new AcmeError('away', 'the authority gives no nonce')
    return nonce
  }

  get #publicKey(): { kty: string; crv: string; x: string; y: string } {
    const { kty, crv, x, y } = this.#key
    return { kty, crv, x, y }
  }

  /** RFC 8555 §7.3.4: the account's public key, signed with the key that the authority gave to its customer. */
  #bind(url: string, { kid, hmacKey }: Binding): Promise<object> {
    return sign(this.#publicKey, { alg: 'HS256', kid, url }, Buffer.from(hmacKey, 'base64url'))
  }
}

function sign(payload: unknown, header: { readonly alg: string; readonly [name: string]: unknown }, key: AccountKey | Uint8Array): Promise<object> {
  const bytes = payload === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(payload))
  return new FlattenedSign(bytes).setProtectedHeader(header).sign(key)
}

function jsonOf({ text }: Reply): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
