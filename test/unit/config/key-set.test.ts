// Which keys of a key set verify what.
import { expect, test } from 'vitest'
import { keysFor, keySetOf, type PublicKey } from '../../../src/config/key-set.js'

const RSA = { kty: 'RSA', n: 'AQAB', e: 'AQAB' }
const EC = { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }
const keys = (...list: unknown[]): readonly PublicKey[] => keySetOf({ keys: [EC, ...list] }) as readonly PublicKey[]

test.each<[string, unknown, readonly string[] | undefined]>([
  ['RSA', RSA, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['RSA for one algorithm', { ...RSA, alg: 'PS256' }, ['PS256']],
  ['RSA for an algorithm of others', { ...RSA, alg: 'HS256' }, undefined],
  ['RSA for encryption', { ...RSA, use: 'enc' }, undefined],
  ['RSA for signing', { ...RSA, key_ops: ['sign'] }, undefined],
  ['RSA for verifying', { ...RSA, use: 'sig', key_ops: ['verify'] }, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['a private key', { ...RSA, d: 'x' }, undefined],
  ['half a key', { kty: 'RSA', n: 'AQAB' }, undefined],
  ['P-521', { ...EC, crv: 'P-521' }, ['ES512']],
  ['a curve that is not known', { ...EC, crv: 'secp256k1' }, undefined],
  ['Ed25519', { kty: 'OKP', crv: 'Ed25519', x: 'a' }, ['EdDSA', 'Ed25519']],
  ['X25519', { kty: 'OKP', crv: 'X25519', x: 'a' }, undefined],
  ['a symmetric key', { kty: 'oct', k: 'x' }, undefined],
  ['a property of all objects', { kty: '__proto__' }, undefined],
  ['no object', 'key', undefined],
])('%s', (_, key, algorithms) => {
  expect(keys(key)[1]?.algorithms).toEqual(algorithms)
})

test('a key is found by its name and algorithm, or by algorithm where the token names none', () => {
  const set = keys({ ...RSA, kid: 'a' }, { ...RSA, kid: 'b', x5u: 'https://evil.test/' }, { ...RSA, kid: 7 })
  const ids = (algorithm: string, id?: string) => keysFor(set, algorithm, id).map((key) => key.id)
  expect([ids('RS256', 'a'), ids('ES256', 'a'), ids('RS256', '7'), ids('RS256'), ids('ES256')]).toEqual([['a'], [], [], ['a', 'b', undefined], [undefined]])
  expect(set[2]!.jwk).toEqual(RSA)
})

test.each([null, [], {}, { keys: {} }, { keys: [] }, { keys: [{ kty: 'oct', k: 'x' }] }, { keys: Array.from({ length: 101 }, () => EC) }])('%j is no key set', (set) => {
  expect(keySetOf(set)).toEqual(expect.any(String))
})
