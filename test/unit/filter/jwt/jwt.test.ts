// jwt through a whole gateway: which tokens pass, what attacks meet, and what an issuer is asked.
import { SignJWT, type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'
import { describe, expect, test } from 'vitest'
import type { Rule } from '../../../../src/filter/verdict.js'
import { type Answer, type Config, GatewayError, type OutboundRequest } from '../../../../src/index.js'
import { exchangeOf } from '../../../support/exchange.js'
import { rulesOf } from '../../../support/filters.js'
import { text, worldOf } from '../../../support/gateway.js'

type Settings = NonNullable<Extract<NonNullable<Config['filters']>[number], { jwt?: unknown }>['jwt']>

const rsa = await generateKeyPair('RS256')
const other = await generateKeyPair('RS256')
const pss = await generateKeyPair('PS256')
const ec = await generateKeyPair('ES256')
const ed = await generateKeyPair('EdDSA')
const publicJwk = async (key: CryptoKey, rest: Partial<JWK>): Promise<JWK> => ({ ...(await exportJWK(key)), ...rest })
const RSA_JWK = await publicJwk(rsa.publicKey, { kid: 'r1', use: 'sig' })
const JWKS = { keys: [RSA_JWK, await publicJwk(pss.publicKey, { kid: 'p1' }), await publicJwk(ec.publicKey, { kid: 'e1' }), await publicJwk(ed.publicKey, { kid: 'd1', alg: 'EdDSA' })] }
const SECRET = 'a secret of thirty-two bytes or so'

/** The worlds' clocks stand there when they are made. */
const NOW_S = 1000
const CLAIMS = { iss: 'https://issuer.example', aud: 'app', sub: 'ann', exp: NOW_S + 300 }

const signed = (claims: object = {}, header: object = {}, key: CryptoKey | Uint8Array = rsa.privateKey): Promise<string> =>
  new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'r1', ...header }).sign(key)
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const bearer = (token: string): string[] => ['Authorization', `Bearer ${token}`]

const SETTINGS: Settings = { jwks: JWKS, issuer: 'https://issuer.example', audience: 'app' }
const filters = (rest: Partial<Settings> = {}): NonNullable<Config['filters']> => [{ jwt: { ...SETTINGS, ...rest } }]
const detailOf = (world: ReturnType<typeof worldOf>) => world.events.flatMap((event) => (event.kind === 'request' ? [event.detail] : [])).at(-1)

describe('a token passes', () => {
  test.each<[string, () => Promise<string>, Partial<Settings>]>([
    ['by RSA', () => signed(), {}],
    ['by RSA-PSS', () => signed({}, { alg: 'PS256', kid: 'p1' }, pss.privateKey), { algorithms: ['PS256'] }],
    ['by ECDSA', () => signed({}, { alg: 'ES256', kid: 'e1' }, ec.privateKey), {}],
    ['by EdDSA', () => signed({}, { alg: 'EdDSA', kid: 'd1' }, ed.privateKey), {}],
    ['by HMAC', () => signed({}, { alg: 'HS256' }, Buffer.from(SECRET)), { jwks: undefined, secret: SECRET }],
    ['without the name of its key', () => signed({}, { kid: undefined }), {}],
    ['for one of several', () => signed({ aud: ['x', 'app'], iss: 'b' }), { audience: ['web', 'app'], issuer: ['a', 'b'] }],
    ['whoever it is for, where that is said', () => signed({ aud: undefined, iss: undefined }), { audience: false, issuer: false }],
    ['just expired and not quite begun', () => signed({ exp: NOW_S - 59, nbf: NOW_S + 60 }), {}],
    ['of a type', () => signed({}, { typ: 'at+JWT' }), { type: 'at+jwt' }],
    ['with scopes and claims', () => signed({ scope: 'read write', roles: ['a', 'admin'], realm_access: { roles: ['x'] }, email_verified: true }), { scopes: ['write', 'read'], required: { roles: 'admin', 'realm_access.roles': ['x', 'y'], email_verified: true } }],
  ])('%s', async (_, token, rest) => {
    const world = worldOf({ filters: filters(rest) })
    const fields = bearer(await token())
    for (let i = 0; i < 2; i++) expect([(await world.ask('GET', '/', { fields })).status, detailOf(world)]).toEqual([200, undefined])
    expect(world.events.map((event) => event.kind === 'request' && event.user)).toEqual(['ann', 'ann'])
  })
})

describe('attacks', () => {
  const none = `${encoded({ alg: 'none', kid: 'r1' })}.${encoded(CLAIMS)}.`
  const hmacBy = async (secret: string): Promise<string> => signed({}, { alg: 'HS256' }, Buffer.from(secret))
  test.each<[string, () => string | Promise<string>, RegExp]>([
    ['no signature', () => none, /algorithm "none" is not taken/],
    ['no signature, by another spelling', () => none.replace(encoded({ alg: 'none', kid: 'r1' }), encoded({ alg: 'nOnE' })), /is not taken/],
    ['a signature that is cut off', async () => (await signed()).replace(/[^.]+$/, ''), /wrong/],
    ['HMAC with the public key for a secret, as PEM', async () => hmacBy(`-----BEGIN PUBLIC KEY-----\n${Buffer.from(await crypto.subtle.exportKey('spki', rsa.publicKey)).toString('base64')}\n-----END PUBLIC KEY-----`), /HS256" is not taken/],
    ['HMAC with the public key for a secret, as JSON', () => hmacBy(JSON.stringify(RSA_JWK)), /HS256" is not taken/],
    ['an algorithm of another kind than the key\'s', () => signed({}, { alg: 'ES256', kid: 'r1' }, ec.privateKey), /no key "r1" for ES256/],
    ['another\'s key', () => signed({}, {}, other.privateKey), /signature that is wrong/],
    ['a key that the token brings along', async () => signed({}, { jwk: await exportJWK(other.publicKey) }, other.privateKey), /signature that is wrong/],
    ['a key that the token says where to find', () => signed({}, { kid: 'evil', jku: 'https://evil.test/jwks', x5u: 'https://evil.test/x5u', x5c: ['MIIB'] }, other.privateKey), /no key "evil"/],
    ['a key named by a path', () => signed({}, { kid: '../../../../dev/null' }, other.privateKey), /no key/],
    ['a key named by SQL', () => signed({}, { kid: "x' UNION SELECT 'k" }, other.privateKey), /no key/],
    ['a key named by a property of all objects', () => signed({}, { kid: '__proto__' }, other.privateKey), /no key/],
    ['a key with a huge name', () => signed({}, { kid: 'k'.repeat(9000) }, other.privateKey), /no key "k{79} for/],
    ['a key whose name is no text', async () => `${encoded({ alg: 'RS256', kid: ['r1'] })}.${(await signed()).split('.').slice(1).join('.')}`, /no text/],
    ['another payload under the signature', async () => (await signed()).replace(/\.[^.]+\./, `.${encoded({ ...CLAIMS, sub: 'root' })}.`), /signature that is wrong/],
    ['what must be understood and is not', async () => (await signed()).replace(/^[^.]+/, encoded({ alg: 'RS256', kid: 'r1', crit: ['x'], x: 1 })), /cannot be verified/],
    ['expired', () => signed({ exp: NOW_S - 60 }), /expired/],
    ['never to expire', () => signed({ exp: undefined }), /claim exp/],
    ['expiring in words', () => signed({ exp: 'never' }), /claim exp/],
    ['not yet good', () => signed({ nbf: NOW_S + 61 }), /claim nbf/],
    ['for others', () => signed({ aud: ['web', 'App'] }), /claim aud/],
    ['for nobody', () => signed({ aud: [] }), /claim aud/],
    ['for an object', () => signed({ aud: { app: 1 } }), /claim aud/],
    ['of several issuers', () => signed({ iss: ['https://issuer.example'] }), /claim iss/],
    ['of another issuer', () => signed({ iss: 'https://issuer.example/' }), /claim iss/],
    ['claims that are a list', async () => `${encoded({ alg: 'RS256', kid: 'r1' })}.${encoded([CLAIMS])}.${(await signed()).split('.')[2]}`, /wrong/],
    ['a header that is no JSON', () => `${Buffer.from('{alg').toString('base64url')}.e30.`, /header/],
    ['an encrypted token', () => 'a.b.c.d.e', /not a signed token/],
    ['oversized', () => `${encoded({ alg: 'RS256' })}.${'A'.repeat(16_384)}.x`, /16384 characters/],
  ])('%s: 401', async (_, token, reason) => {
    const world = worldOf({ filters: filters() })
    const sent = await token()
    const answer = await world.ask('GET', '/', { fields: bearer(sent) })
    expect([answer.status, world.sent.length]).toEqual([401, 0])
    expect(answer.value('www-authenticate')).toMatch(/^Bearer realm="restricted", error="invalid_token"(, error_description="The token has expired")?$/)
    expect(detailOf(world)).toMatch(reason)
    expect(`${detailOf(world)}${answer.text}`).not.toContain(sent)
  })

  test('a public key is no secret, whichever algorithms are allowed', async () => {
    expect(() => rulesOf(filters({ algorithms: ['RS256', 'HS256'] }))).toThrow('HS256')
    expect(() => rulesOf(filters({ jwks: undefined, secret: SECRET, algorithms: ['HS256', 'RS256'] }))).toThrow('RS256')
    const world = worldOf({ filters: filters({ jwks: undefined, secret: SECRET }) })
    for (const token of [await signed(), none]) expect((await world.ask('GET', '/', { fields: bearer(token) })).status).toBe(401)
  })

  test('an ID token is no access token where the type is asked for', async () => {
    const world = worldOf({ filters: filters({ type: 'at+jwt' }) })
    for (const header of [{ typ: 'JWT' }, {}]) expect((await world.ask('GET', '/', { fields: bearer(await signed({}, header)) })).status).toBe(401)
  })
})

const TOKEN = await signed()

describe('where the token is', () => {
  const token = TOKEN
  test.each<[string, Partial<Settings>, string[], number, string]>([
    ['nowhere', {}, [], 401, 'Bearer realm="restricted"'],
    ['in another scheme', {}, ['Authorization', 'Basic YTpi'], 401, 'Bearer realm="restricted"'],
    ['in two fields', {}, [...bearer(token), ...bearer(token)], 401, 'Bearer realm="restricted", error="invalid_token"'],
    ['in one field twice', {}, ['Authorization', `Bearer ${token}, Bearer ${token}`], 401, 'Bearer realm="restricted", error="invalid_token"'],
    ['in places that are not asked for', {}, ['Cookie', `authorization=${token}`, 'X-Token', token], 401, 'Bearer realm="restricted"'],
    ['in a header', { from: 'header:X-Token' }, ['x-token', token], 200, ''],
    ['in a cookie', { from: 'cookie:session' }, ['Cookie', `a=b; session=${token}`], 200, ''],
    ['in two cookies of that name', { from: 'cookie:session' }, ['Cookie', `session=${token}`, 'Cookie', `session=${token}`], 401, 'Bearer realm="restricted", error="invalid_token"'],
    ['in a cookie of another name', { from: 'cookie:session' }, ['Cookie', `Session=${token}; sessionx`, ...bearer(token)], 401, 'Bearer realm="restricted"'],
  ])('%s', async (_, rest, fields, status, challenge) => {
    const world = worldOf({ filters: filters(rest) })
    const answer = await world.ask('GET', `/?access_token=${token}`, { fields })
    expect([answer.status, answer.value('www-authenticate') ?? '']).toEqual([status, challenge])
  })
})

describe('what servers get', () => {
  const sent = async (rest: Partial<Settings>, claims: object | undefined, fields: readonly string[] = []) => {
    const world = worldOf({ filters: filters(rest), normalization: { profile: '2026-11', oddHeaders: 'keep' } })
    const token = claims && (await signed(claims))
    for (let i = 0; i < 2; i++) expect((await world.ask('GET', '/', { fields: [...(token ? bearer(token) : []), ...fields] })).status).toBe(200)
    const [first, second] = world.sent.map((request) => request.fields.filter((_, j, all) => j % 2 === 1 && /^(x.user|x-mail|x-roles|authorization|cookie)$/i.test(all[j - 1]!)))
    expect(second).toEqual(first)
    return first
  }
  const forward = { sub: 'X-User', email: 'X-Mail', 'realm.roles': 'X-Roles' }
  const spoof = ['X-User', 'root', 'x_user', 'root', 'X-ROLES', 'admin', 'Connection', 'X-User']

  test('claims, encoded so that no line breaks, and not what clients say', async () => {
    expect(await sent({ forward, stripCredentials: true }, { sub: 'Zoë\r\nX-Admin: 1', email: 'a@b.example', realm: { roles: ['a,b', 'c', 7] } }, spoof)).toEqual(['Zo%C3%AB%0D%0AX-Admin: 1', 'a@b.example', 'a%2Cb,c,7'])
  })

  test('nothing for claims that are not there', async () => {
    expect(await sent({ forward, stripCredentials: true }, { sub: undefined, email: null, realm: 'x' }, spoof)).toEqual([])
  })

  test('nothing where a token is not asked for and there is none', async () => {
    expect(await sent({ forward, optional: true }, undefined, spoof)).toEqual([])
  })

  test('the token, or not; of a cookie the rest stays', async () => {
    expect((await sent({}, {}))![0]).toMatch(/^Bearer /)
    expect(await sent({ stripCredentials: true }, {})).toEqual([])
    expect(await sent({ stripCredentials: true, from: 'cookie:t' }, undefined, ['Cookie', `a=1; t=${await signed()}; b=2`])).toEqual(['a=1; b=2'])
  })
})

test('a token that is right and says too little: 403, at once the second time', async () => {
  const world = worldOf({ filters: filters({ scopes: ['read', 'write'], required: { role: 'admin' } }) })
  for (const [claims, reason] of [[{ scope: 'read' }, 'jwt: no scope write'], [{ scp: ['read', 'write'], role: 'user' }, 'jwt: no claim role'], [{ scope: 'readwrite write' }, 'jwt: no scope read'], [{ scope: 'read write', role: ['administrator'] }, 'jwt: no claim role']] as const) {
    const token = await signed(claims)
    for (let i = 0; i < 2; i++) {
      const answer = await world.ask('GET', '/', { fields: bearer(token) })
      expect([answer.status, answer.value('www-authenticate'), detailOf(world)]).toEqual([403, 'Bearer realm="restricted", error="insufficient_scope", scope="read write"', reason])
    }
  }
})

test('a wrong token is refused also where none is needed', async () => {
  const world = worldOf({ filters: filters({ optional: true }) })
  expect((await world.ask('GET', '/', { fields: bearer(await signed({}, {}, other.privateKey)) })).status).toBe(401)
})

// Servers that split the value at white space, or look for the scheme in a list, would take such a token for one that was verified.
test.each(['Bearer\t', 'bearer \t', 'Bearer:', 'Bearer=', 'Basic eDp5, Bearer ', ', bearer '])('a wrong token behind %j is not taken for none', async (scheme) => {
  const world = worldOf({ filters: filters({ optional: true }) })
  expect((await world.ask('GET', '/', { fields: ['Authorization', `${scheme}${await signed({}, {}, other.privateKey)}`] })).status).toBe(401)
  expect((await world.ask('GET', '/', { fields: ['Authorization', 'Bearerless x, b="bearer"'] })).status).toBe(200)
})

test('a token is verified once, synchronously known from then on, and until it expires', async () => {
  let nowMs = NOW_S * 1000
  const [rule] = rulesOf(filters(), { clock: { nowMs: () => nowMs, sleep: () => Promise.resolve() } }) as [Rule]
  const fields = bearer(await signed())
  const first = await rule(exchangeOf({ fields }))
  expect(first).toMatchObject({ kind: 'pass', identity: { by: 'jwt', name: 'ann', claims: CLAIMS } })
  nowMs += 359_999
  expect(rule(exchangeOf({ fields }))).toBe(first)
  nowMs += 1
  expect(await rule(exchangeOf({ fields }))).toMatchObject({ kind: 'refuse' })
})

describe('keys that are published', () => {
  /** A gateway whose issuer is a function; `asked` counts. */
  const issued = (answer: (number: number) => Answer | Promise<Answer>, rest: Partial<Settings> = {}) => {
    let asked = 0
    let nowMs = NOW_S * 1000
    const questions: OutboundRequest[] = []
    const world = worldOf({ filters: filters({ jwks: undefined, jwksUrl: 'https://issuer.example/keys?v=1', ...rest }) }, (request) => {
      if (request.server.origin !== 'https://issuer.example') return text('ok')
      questions.push(request)
      return answer(++asked)
    }, { clock: { nowMs: () => nowMs, sleep: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())) } })
    const ask = async (token: string): Promise<number> => (await world.ask('GET', '/', { fields: bearer(token) })).status
    const failures = () => world.events.flatMap((event) => (event.kind === 'service-failed' ? [event.detail] : []))
    return { world, ask, questions, asked: () => asked, failures, wait: (ms: number) => void (nowMs += ms), nowS: () => nowMs / 1000 }
  }
  const keys = (...list: JWK[]): Answer => text(JSON.stringify({ keys: list }))
  const refused = (): never => {
    throw new GatewayError('connection_refused', { message: 'refused' })
  }

  test('are asked for with the first token, once for all that come meanwhile', async () => {
    const { ask, asked, questions } = issued(() => keys(RSA_JWK))
    const token = await signed()
    expect(asked()).toBe(0)
    expect(await Promise.all([1, 2, 3].map((i) => (i === 1 ? signed({ jti: 'other' }).then(ask) : ask(token))))).toEqual([200, 200, 200])
    expect([asked(), questions[0]!.target, questions[0]!.method]).toEqual([1, '/keys?v=1', 'GET'])
  })

  test('are asked for again in the background before they are too old, and first after a silence', async () => {
    const { ask, asked, wait } = issued((number) => (number < 3 ? keys(RSA_JWK) : keys({ ...RSA_JWK, kid: 'r2' })))
    const token = await signed({ exp: NOW_S + 9999 })
    expect(await ask(token)).toBe(200)
    wait(599_999)
    expect([await ask(token), asked()]).toEqual([200, 1])
    wait(1)
    expect([await ask(token), asked()]).toEqual([200, 2])
    wait(1_200_000)
    expect([await ask(await signed({ exp: NOW_S + 9999, jti: '2' })), asked()], 'a key that was taken back').toEqual([401, 3])
    expect(await ask(token), 'a token that was known by that key').toBe(401)
  })

  test('an unknown name has them asked for at once, but a flood of them only every 30 seconds', async () => {
    const { ask, asked, wait } = issued((number) => (number === 1 ? keys(RSA_JWK) : keys(RSA_JWK, { ...RSA_JWK, kid: 'r2' })))
    const rotated = await signed({}, { kid: 'r2' })
    expect(await ask(await signed())).toBe(200)
    expect([await ask(rotated), asked()], 'just asked').toEqual([401, 1])
    wait(30_000)
    expect([await ask(rotated), asked()]).toEqual([200, 2])
    const flood = await Promise.all(Array.from({ length: 50 }, (_, i) => signed({}, { kid: `x${i}` }, other.privateKey).then(ask)))
    expect([new Set(flood), asked()]).toEqual([new Set([401]), 2])
    wait(30_000)
    await Promise.all(Array.from({ length: 50 }, (_, i) => signed({}, { kid: `y${i}` }, other.privateKey).then(ask)))
    expect(asked()).toBe(3)
  })

  test('all who come with a new key wait for the same question', async () => {
    const { ask, asked, wait } = issued((number) => (number === 1 ? keys(RSA_JWK) : keys({ ...RSA_JWK, kid: 'r2' })))
    await ask(await signed())
    wait(30_000)
    const rotated = await Promise.all([1, 2, 3].map((jti) => signed({ jti: String(jti) }, { kid: 'r2' })))
    expect([await Promise.all(rotated.map(ask)), asked()]).toEqual([[200, 200, 200], 2])
  })

  test('tokens that can be refused without keys have nobody asked', async () => {
    const { ask, asked } = issued(() => keys(RSA_JWK))
    for (const token of [`${encoded({ alg: 'none' })}.e30.`, await signed({}, { alg: 'HS256' }, Buffer.from(SECRET)), 'a.b.c', 'x'.repeat(20_000)]) expect(await ask(token)).toBe(401)
    expect(asked()).toBe(0)
  })

  test('a start without the issuer is a start: 503 until it answers, asked every 5 seconds', async () => {
    const { ask, asked, world, failures, wait } = issued((number) => (number < 3 ? refused() : keys(RSA_JWK)))
    const token = await signed()
    expect(await Promise.all([ask(token), ask(token)])).toEqual([503, 503])
    expect([asked(), failures()]).toEqual([1, ['refused; there are no keys']])
    wait(4_999)
    expect([await ask(token), asked()]).toEqual([503, 1])
    wait(1)
    expect([await ask(token), asked()]).toEqual([503, 2])
    wait(5_000)
    expect([await ask(token), asked()]).toEqual([200, 3])
    expect(world.sent.filter(({ server }) => server.origin !== 'https://issuer.example')).toHaveLength(1)
  })

  test('the last keys stand in for an issuer that is down, for a day, and that is told', async () => {
    const { ask, asked, failures, wait, nowS } = issued((number) => (number === 1 ? keys(RSA_JWK) : refused()))
    const fresh = () => signed({ exp: nowS() + 60, jti: String(nowS()) }).then(ask)
    expect(await fresh()).toBe(200)
    for (let minutes = 0; minutes < 60; minutes += 10) {
      wait(600_000)
      expect(await fresh()).toBe(200)
    }
    expect([asked(), new Set(failures())]).toEqual([7, new Set(['refused; the last keys stay'])])
    wait(86_400_000)
    expect(await fresh()).toBe(503)
  })

  test.each<[string, () => Answer]>([
    ['another status', () => text('{"keys":[]}', [], 500)],
    ['a redirect', () => text('', ['Location', 'https://evil.test/'], 302)],
    ['no JSON', () => text('<html>')],
    ['no keys', () => text('{"keys":[]}')],
    ['symmetric and private keys only', () => keys({ kty: 'oct', k: 'c2VjcmV0' }, { ...RSA_JWK, d: 'x' })],
    ['too many keys', () => keys(...Array.from({ length: 101 }, () => RSA_JWK))],
    ['more than 512 KiB', () => text(JSON.stringify({ keys: [RSA_JWK], x: 'x'.repeat(524_288) }))],
  ])('%s is no key set', async (_, answer) => {
    const { ask, failures } = issued(answer)
    expect(await ask(await signed())).toBe(503)
    expect(failures()).toHaveLength(1)
  })

  test('many tokens, right and wrong, leave bounded memory behind', async () => {
    const token = await signed({ pad: 'x'.repeat(8000) })
    const [rule] = rulesOf(filters(), { clock: { nowMs: () => NOW_S * 1000, sleep: () => Promise.resolve() } }) as [Rule]
    const verdict = (sent: string) => rule(exchangeOf({ fields: bearer(sent) }))
    const known = async (sent: string): Promise<boolean> => {
      const found = verdict(sent)
      const isKnown = !(found instanceof Promise)
      await found
      return isKnown
    }
    await known(token)
    const wrong = token.replace(/.{4}$/, 'AAAA')
    for (let i = 0; i < 2; i++) expect(await known(wrong)).toBe(false)
    expect(await known(token)).toBe(true)
    for (let i = 0; i < 140; i++) await verdict(await signed({ pad: 'x'.repeat(8000), jti: String(i) }))
    expect(await known(token), 'the first is forgotten').toBe(false)
  })
})

test.each<[string, object, string]>([
  ['no source of keys', { issuer: 'a', audience: 'b' }, 'exactly one of'],
  ['two sources', { ...SETTINGS, secret: SECRET }, 'exactly one of'],
  ['no audience', { jwks: JWKS, issuer: 'a' }, 'audience'],
  ['a short secret', { secret: 'short', issuer: 'a', audience: 'b' }, 'at least 32 bytes'],
  ['a secret too short for its algorithm', { secret: SECRET, issuer: 'a', audience: 'b', algorithms: ['HS512'] }, 'at least 64 bytes'],
  ['the algorithm none', { ...SETTINGS, algorithms: ['none'] }, 'algorithms'],
  ['no algorithm', { ...SETTINGS, algorithms: [] }, 'at least one member'],
  ['keys that are none', { ...SETTINGS, jwks: { keys: [] } }, 'has no public key'],
  ['a URL that is none', { ...SETTINGS, jwks: undefined, jwksUrl: 'file:///etc/passwd' }, 'is not an http(s) URL'],
  ['a claim in a header that is the gateway\'s own', { ...SETTINGS, forward: { sub: 'X-Forwarded-For' } }, 'is a header that the gateway writes itself'],
  ['another place', { ...SETTINGS, from: 'query:token' }, 'is not a place'],
])('%s is a fault at start, which does not tell secrets', (_, settings, message) => {
  expect(() => rulesOf([{ jwt: settings as Settings }])).toThrow(message)
  expect(() => rulesOf([{ jwt: settings as Settings }])).not.toThrow(SECRET)
})
