// Keys that signatures are verified with, as a JSON Web Key Set (RFC 7517 §5), and the algorithms that go with them.

/** Those of shared secrets, with the least bytes that a secret must have for them (RFC 7518 §3.2). */
export const SECRET_ALGORITHMS: ReadonlyMap<string, number> = new Map([['HS256', 32], ['HS384', 48], ['HS512', 64]])

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const EDWARDS = ['EdDSA', 'Ed25519']
const BY_CURVE: Readonly<Record<string, readonly string[]>> = { 'EC P-256': ['ES256'], 'EC P-384': ['ES384'], 'EC P-521': ['ES512'], 'OKP Ed25519': EDWARDS }

/** Those of pairs of keys. */
export const KEY_ALGORITHMS: readonly string[] = [...RSA, 'ES256', 'ES384', 'ES512', ...EDWARDS]

/** A public key with its parameters. */
export interface PublicKey {
  readonly id: string | undefined
  /** What it may verify. */
  readonly algorithms: readonly string[]
  readonly jwk: Readonly<Record<string, string>> & { readonly kty: string }
}

const PARAMETERS: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] }
const MAX_KEYS = 100

/**
 * The keys of a set that can verify signatures, or what is wrong with it. Others are left out: those for encryption, of kinds that are not known, private and
 * symmetric ones, which have no place where everybody can read them.
 */
export function keySetOf(set: unknown): readonly PublicKey[] | string {
  const list = isRecord(set) ? set['keys'] : undefined
  if (!Array.isArray(list)) return 'is not a key set such as { "keys": […] }'
  if (list.length > MAX_KEYS) return `has more than ${MAX_KEYS} keys`
  const keys = list.flatMap((key) => publicKey(key) ?? [])
  return keys.length === 0 ? 'has no public key that verifies signatures' : keys
}

function publicKey(key: unknown): PublicKey | undefined {
  if (!isRecord(key)) return undefined
  const { kty, kid, use, alg, crv, key_ops: uses } = key
  if (typeof kty !== 'string' || !Object.hasOwn(PARAMETERS, kty) || 'd' in key) return undefined
  if ((use !== undefined && use !== 'sig') || (Array.isArray(uses) && !uses.includes('verify'))) return undefined
  const fitting = kty === 'RSA' ? RSA : (BY_CURVE[`${kty} ${String(crv)}`] ?? [])
  const algorithms = typeof alg === 'string' ? fitting.filter((name) => name === alg) : fitting
  const jwk: Record<string, string> & { kty: string } = { kty }
  for (const name of PARAMETERS[kty]!) {
    const value = key[name]
    if (typeof value !== 'string') return undefined
    jwk[name] = value
  }
  return algorithms.length === 0 ? undefined : { id: typeof kid === 'string' ? kid : undefined, algorithms, jwk }
}

/** Those that may have made a signature by this algorithm: the one of that id, or any where the token names none. */
export function keysFor(keys: readonly PublicKey[], algorithm: string, id: string | undefined): readonly PublicKey[] {
  return keys.filter((key) => key.algorithms.includes(algorithm) && (id === undefined || key.id === id))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
