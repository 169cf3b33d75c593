// Verifies a token: its algorithm, its signature, and whether it is for us and now.
import type { JWK, JWTVerifyOptions } from 'jose'
import type { Exchange } from '../../../exchange.js'
import type { Claims } from '../../claims.js'
import type { KeySource } from '../keys/stage.js'

/** What a token must be, beside signed. */
export interface Expectations {
  readonly algorithms: readonly string[]
  readonly issuer: string | readonly string[] | false
  readonly audience: string | readonly string[] | false
  readonly type: string | undefined
  readonly clockSkewMs: number
}

/** What signatures are verified with. */
export type Trust = { readonly kind: 'keys'; readonly source: KeySource } | { readonly kind: 'secret'; readonly bytes: Uint8Array }

export type Verified =
  | { readonly kind: 'valid'; readonly claims: Claims; readonly version: number }
  /** `told` is what the client may know of it. */
  | { readonly kind: 'invalid'; readonly reason: string; readonly told?: string }
  | { readonly kind: 'no-keys' }

/** A token without the name of its key is tried with so many. */
const MAX_TRIED = 4

/**
 * The claims of a token that is as expected. Of its header nothing is believed but the algorithm, if it is one of ours, and the name of one of our keys: keys that it
 * brings along or says where to find (`jwk`, `jku`, `x5c`, `x5u`) are not looked at. What ends the token at once is looked at before keys are asked for.
 */
export async function verify(token: string, trust: Trust, expected: Expectations, exchange: Exchange, nowMs: number): Promise<Verified> {
  // Loaded with the first token: most gateways need none of it, and start sooner.
  const [{ jwtVerify }, { decodeProtectedHeader }] = await Promise.all([import('jose/jwt/verify'), import('jose/decode/protected_header')])
  const header = headerOf(token, decodeProtectedHeader)
  if (!header) return { kind: 'invalid', reason: 'a header that cannot be read' }
  const { alg, kid } = header
  if (typeof alg !== 'string' || !expected.algorithms.includes(alg)) return { kind: 'invalid', reason: `algorithm ${shown(alg)} is not taken` }
  const { issuer, audience, type, clockSkewMs } = expected
  const options: JWTVerifyOptions = {
    algorithms: [alg],
    requiredClaims: ['exp'],
    clockTolerance: Math.ceil(clockSkewMs / 1000),
    currentDate: new Date(nowMs),
    ...(issuer === false ? {} : { issuer: [issuer].flat() }),
    ...(audience === false ? {} : { audience: [audience].flat() }),
    ...(type === undefined ? {} : { typ: type }),
  }
  const attempt = async (key: Uint8Array | JWK, version: number): Promise<Exclude<Verified, { kind: 'no-keys' }>> => {
    try {
      return { kind: 'valid', claims: (await jwtVerify(token, key, options)).payload, version }
    } catch (error) {
      return invalid(error)
    }
  }
  if (trust.kind === 'secret') return attempt(trust.bytes, 0)
  if (kid !== undefined && typeof kid !== 'string') return { kind: 'invalid', reason: 'a key name that is no text' }
  const found = await trust.source.find(alg, kid, exchange)
  if (!found) return { kind: 'no-keys' }
  let last: Exclude<Verified, { kind: 'no-keys' }> = { kind: 'invalid', reason: `no key ${shown(kid)} for ${alg}` }
  for (const { jwk } of found.keys.slice(0, MAX_TRIED)) {
    last = await attempt(jwk, found.version)
    if (last.kind === 'valid' || last.reason !== WRONG_SIGNATURE) return last
  }
  return last
}

function headerOf(token: string, decode: (token: string) => { readonly alg?: unknown; readonly kid?: unknown }): { readonly alg?: unknown; readonly kid?: unknown } | undefined {
  try {
    return decode(token)
  } catch {
    return undefined
  }
}

const WRONG_SIGNATURE = 'a signature that is wrong'

function invalid(error: unknown): Extract<Verified, { kind: 'invalid' }> {
  const { code, claim } = error as { code?: string; claim?: string }
  if (code === 'ERR_JWT_EXPIRED') return { kind: 'invalid', reason: 'expired', told: 'The token has expired' }
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') return { kind: 'invalid', reason: `claim ${claim} is missing or not as expected` }
  if (code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') return { kind: 'invalid', reason: WRONG_SIGNATURE }
  return { kind: 'invalid', reason: `cannot be verified: ${String(error)}` }
}

/** A text of the token's, for the log. */
function shown(text: unknown): string {
  return (JSON.stringify(text) ?? 'without a name').slice(0, 80)
}
