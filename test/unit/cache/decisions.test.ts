import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { markerFor, openEntry, sealEntry, type StoredAnswer } from '../../../src/cache/entry.js'
import { currentAgeSeconds, lifetimeSeconds } from '../../../src/cache/freshness.js'
import { invalidates } from '../../../src/cache/invalidate.js'
import { primaryKey, variantKey, varyNames } from '../../../src/cache/key.js'
import { mayServe } from '../../../src/cache/reuse.js'
import { hitAnswer } from '../../../src/cache/serve.js'
import { type Candidate, mayStore } from '../../../src/cache/storable.js'
import { parseCacheControl } from '../../../src/http/cache-control.js'
import type { Fields } from '../../../src/http/fields.js'
import { BytesPayload } from '../../../src/http/payload.js'
import { exchangeOf } from '../../support/exchange.js'

const candidate = (rest: Partial<Candidate> = {}): Candidate => ({ method: 'GET', requestFields: [], status: 200, fields: ['Cache-Control', 'max-age=60'], bytes: 5, ...rest })

describe('mayStore', () => {
  test.each<[string, Partial<Candidate>, number]>([
    ['a lifetime', {}, 60],
    ['a lifetime for shared caches before the other', { fields: ['Cache-Control', 'max-age=60, s-maxage=5'] }, 5],
    ['a body of unknown length', { bytes: undefined }, 60],
    ['an error with a lifetime', { status: 404 }, 60],
    ['a redirect with a lifetime', { status: 301 }, 60],
    ['Authorization, when the answer is public', { requestFields: ['Authorization', 'x'], fields: ['Cache-Control', 'public, max-age=60'] }, 60],
    ['Authorization, when the answer is for shared caches', { requestFields: ['Authorization', 'x'], fields: ['Cache-Control', 's-maxage=60'] }, 60],
    ['Authorization, when the answer must be revalidated', { requestFields: ['Authorization', 'x'], fields: ['Cache-Control', 'max-age=60, must-revalidate'] }, 60],
    ['Cache-Control in two lines', { fields: ['Cache-Control', 'public', 'cache-control', 'max-age=7'] }, 7],
  ])('stores what has %s', (_, rest, lifetime) => {
    expect(mayStore(candidate(rest), 100)).toEqual({ kind: 'store', lifetimeSeconds: lifetime })
  })

  test.each<[string, Partial<Candidate>]>([
    ['request method', { method: 'HEAD' }],
    ['request method', { method: 'POST' }],
    ['status', { status: 206 }],
    ['status', { status: 304 }],
    ['status', { status: 101 }],
    ['request no-store', { requestFields: ['Cache-Control', 'no-store'] }],
    ['response no-store', { fields: ['Cache-Control', 'max-age=60, no-store'] }],
    ['response no-store', { fields: ['Cache-Control', 'max-age=60', 'Cache-Control', 'NO-STORE'] }],
    ['response private', { fields: ['Cache-Control', 'max-age=60, private'] }],
    ['response private', { fields: ['Cache-Control', 'max-age=60, private="x-a"'] }],
    ['response no-cache', { fields: ['Cache-Control', 'max-age=60, no-cache'] }],
    ['authorization', { requestFields: ['authorization', 'Basic x'] }],
    ['set-cookie', { fields: ['Cache-Control', 'max-age=60, public', 'set-cookie', 'a=1'] }],
    ['vary *', { fields: ['Cache-Control', 'max-age=60', 'Vary', 'accept, *'] }],
    ['vary *', { fields: ['Cache-Control', 'max-age=60', 'Vary', 'X-Forwarded-For'] }],
    ['vary *', { fields: ['Cache-Control', 'max-age=60', 'Vary', 'accept, x-forwarded-proto'] }],
    ['vary *', { fields: ['Cache-Control', 'max-age=60', 'Vary', 'Forwarded'] }],
    ['vary *', { fields: ['Cache-Control', 'max-age=60', 'Vary', 'accept', 'vary', 'X-Real-IP'] }],
    ['no lifetime', { fields: [] }],
    ['no lifetime', { fields: ['Cache-Control', 'max-age=0'] }],
    ['no lifetime', { fields: ['Cache-Control', 'max-age=60, s-maxage=0'] }],
    ['no lifetime', { fields: ['Cache-Control', 'max-age=soon'] }],
    ['too large', { bytes: 101 }],
  ])('passes for the reason "%s": %j', (reason, rest) => {
    expect(mayStore(candidate(rest), 100)).toEqual({ kind: 'pass', reason })
  })

  test('nothing that is private or carries a cookie is ever stored', () => {
    const directive = fc.constantFrom('public', 'max-age=60', 's-maxage=60', 'must-revalidate', 'immutable', 'x="a, b"')
    fc.assert(
      fc.property(fc.array(directive), fc.constantFrom<Fields>(['Cache-Control', 'private'], ['Cache-Control', 'no-store'], ['Set-Cookie', 'a=1'], ['Vary', '*']), fc.boolean(), (directives, forbidding, first) => {
        const allowing = ['Cache-Control', directives.join(', ')]
        expect(mayStore(candidate({ fields: first ? [...forbidding, ...allowing] : [...allowing, ...forbidding] }), 100).kind).toBe('pass')
      }),
    )
  })
})

describe('age and freshness', () => {
  test.each([
    [{ requestMs: 0, responseMs: 0, ageSeconds: 0 }, 0, 0],
    [{ requestMs: 0, responseMs: 0, ageSeconds: 7 }, 0, 7],
    [{ requestMs: 0, responseMs: 2000, ageSeconds: 7 }, 2000, 9],
    [{ requestMs: 0, responseMs: 2000, ageSeconds: 7 }, 5999, 12],
    [{ requestMs: 0, responseMs: 2000, ageSeconds: 7 }, 6000, 13],
    [{ requestMs: 5000, responseMs: 5000, ageSeconds: 1 }, 0, 1],
    [{ requestMs: 5000, responseMs: 0, ageSeconds: 1 }, 0, 1],
  ])('of %j at %d is %d seconds', (times, nowMs, age) => {
    expect(currentAgeSeconds(times, nowMs)).toBe(age)
  })

  test.each<[number, 'serve' | 'ask']>([
    [0, 'serve'],
    [59_999, 'serve'],
    [60_000, 'ask'],
    [1e9, 'ask'],
  ])('an answer for a minute, asked for at %d: %s', (nowMs, kind) => {
    const entry: StoredAnswer = { kind: 'answer', answer: { status: 200, fields: [], body: undefined }, times: { requestMs: 0, responseMs: 0, ageSeconds: 0 }, lifetimeSeconds: 60 }
    expect(mayServe(entry, nowMs).kind).toBe(kind)
  })

  test('no lifetime is made up', () => {
    expect(lifetimeSeconds(parseCacheControl('public'))).toBeUndefined()
  })
})

describe('keys', () => {
  const trust = { kind: 'hops', hops: 1, source: 'either' } as const
  const asked = fc.record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.constantFrom('a.test', 'b.test', 'a.test:80', 'a.test:8080'),
    told: fc.constantFrom('a.test', 'b.test'),
    upstream: fc.constantFrom('app', 'next', 'app"'),
    sent: fc.constantFrom('/', '/a', '/x'),
    target: fc.constantFrom('/', '/?', '/a', '/a?b', '/a?b=1&c', '/%61', '/a"],["b', '/a%22', '/&variant='),
  })
  const keyOf = ({ scheme, host, told, target, upstream, sent }: { scheme: string; host: string; told: string; target: string; upstream: string; sent: string }): string =>
    primaryKey(exchangeOf({ host, target, trust, fields: ['X-Forwarded-Proto', scheme, 'X-Forwarded-Host', told] }), { upstream, target: sent })

  test('requests share a key only if scheme, both hosts, target and destination are the same', () => {
    fc.assert(fc.property(asked, asked, (a, b) => void expect(keyOf(a) === keyOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b))), { numRuns: 500 })
  })

  test('a host is one in any case, and a key is a URL', () => {
    const to = { upstream: 'app', target: '/' }
    expect(primaryKey(exchangeOf({ host: 'A.test' }), to)).toBe(primaryKey(exchangeOf({ host: 'a.test' }), to))
    expect(new URL(primaryKey(exchangeOf({ target: '/a%20b' }), { ...to, upstream: 'a b' })).hostname).toBe('fetchgate.invalid')
  })

  test('variants share a key only if every named field has the same value', () => {
    const value = fc.option(fc.constantFrom('', 'a', 'a, b', 'b', 'null', '"', '],['), { nil: undefined })
    const pair = fc.record({ accept: value, lang: value })
    const fieldsOf = ({ accept, lang }: { accept: string | undefined; lang: string | undefined }): Fields => [...(accept === undefined ? [] : ['Accept', accept]), ...(lang === undefined ? [] : ['Accept-Language', lang]), 'X-Other', String(Math.PI)]
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const marker = { generation: 'g', names: ['accept', 'accept-language'] }
        expect(variantKey('p', marker, fieldsOf(a)) === variantKey('p', marker, fieldsOf(b))).toBe(a.accept === b.accept && a.lang === b.lang)
      }),
      { numRuns: 500 },
    )
  })

  test('a variant is never under a primary key, and those of two are apart', () => {
    const by = (...names: string[]): { generation: string; names: string[] } => ({ generation: 'g', names })
    expect(variantKey('p', by(), [])).not.toBe('p')
    expect(variantKey('p', by('a'), [])).not.toBe(variantKey('q', by('a'), []))
    expect(variantKey('p', by('a'), [])).not.toBe(variantKey('p', by('b'), []))
  })

  test('a variant of another generation is another', () => {
    const of = (generation: string): string => variantKey('p', { generation, names: ['a'] }, ['A', '1'])
    expect(of('g')).toBe(of('g'))
    expect(of('g')).not.toBe(of('h'))
  })

  test.each<[Fields, string[]]>([
    [[], []],
    [['Vary', 'Accept'], ['accept']],
    [['Vary', 'B, a', 'vary', 'A,c'], ['a', 'b', 'c']],
    [['Vary', '*'], ['*']],
    [['Vary', ''], []],
  ])('the names in %j are %j', (fields, names) => {
    expect(varyNames(fields)).toEqual(names)
  })
})

describe('entries', () => {
  test('what is sealed is opened as it was, its memory not among the fields', () => {
    const field = fc.tuple(fc.constantFrom('ETag', 'X-A', 'fetchgate-entry', 'FETCHGATE-ENTRY'), fc.string())
    fc.assert(
      fc.property(fc.array(field), fc.nat(), fc.nat(), fc.nat(), fc.nat(), (pairs, requestMs, responseMs, ageSeconds, lifetime) => {
        const entry: StoredAnswer = { kind: 'answer', answer: { status: 200, fields: pairs.flat(), body: undefined }, times: { requestMs, responseMs, ageSeconds }, lifetimeSeconds: lifetime }
        const kept = pairs.filter(([name]) => name.toLowerCase() !== 'fetchgate-entry').flat()
        expect(openEntry(sealEntry(entry))).toEqual({ ...entry, answer: { ...entry.answer, fields: kept } })
      }),
    )
  })

  test('a list of variants too', () => {
    expect(openEntry(sealEntry({ kind: 'vary', names: ['a', 'b'], generation: 'id-1 7' }))).toEqual({ kind: 'vary', names: ['a', 'b'], generation: 'id-1 7' })
  })

  test('a list of variants goes on where one by the same fields is found, and starts anew elsewhere', () => {
    const found = { kind: 'vary', names: ['a', 'b'], generation: 'old' } as const
    const answer: StoredAnswer = { kind: 'answer', answer: { status: 200, fields: [], body: undefined }, times: { requestMs: 0, responseMs: 0, ageSeconds: 0 }, lifetimeSeconds: 1 }
    expect(markerFor(['a', 'b'], found, 'new')).toBe(found)
    for (const [names, other] of [[['a'], found], [['a', 'c'], found], [['a', 'b', 'c'], found], [['a', 'b'], undefined], [['a', 'b'], answer]] as const) {
      expect(markerFor(names, other, 'new')).toEqual({ kind: 'vary', names, generation: 'new' })
    }
  })

  test.each([undefined, '', 'x', '{}', '[1,"answer",1,1,1,1]', '[1,"vary","accept"]', '[3,"answer",1,1,1,1]', '[2,"other"]', 'null'])('what another hand wrote is not opened: %j', (meta) => {
    expect(openEntry({ status: 200, fields: meta === undefined ? [] : ['fetchgate-entry', meta], body: undefined })).toBeUndefined()
  })
})

describe('a hit', () => {
  const body = new BytesPayload(new Uint8Array(2))
  const stored = { status: 200, fields: ['Content-Type', 'text/plain', 'ETag', '"a"', 'Age', '3', 'Content-Length', '2'], body }

  test.each<[string, string, boolean, object]>([
    ['is the answer with its age', 'GET', false, { ...stored, fields: ['Content-Type', 'text/plain', 'ETag', '"a"', 'Content-Length', '2', 'Age', '9'] }],
    ['has no body for HEAD', 'HEAD', false, { ...stored, fields: ['Content-Type', 'text/plain', 'ETag', '"a"', 'Content-Length', '2', 'Age', '9'], body: undefined }],
    ['is a 304 for who has it', 'GET', true, { status: 304, fields: ['ETag', '"a"', 'Age', '9'], body: undefined }],
  ])('%s', (_, method, notModified, expected) => {
    expect(hitAnswer(method, stored, 9, notModified)).toEqual(expected)
  })

  test('that is no 200 is sent whole', () => {
    expect(hitAnswer('GET', { ...stored, status: 404 }, 9, true)).toMatchObject({ status: 404, body })
  })
})

test.each([
  ['POST', 200, true],
  ['PUT', 201, true],
  ['DELETE', 204, true],
  ['PATCH', 302, true],
  ['FROB', 200, true],
  ['POST', 404, false],
  ['POST', 500, false],
  ['GET', 200, false],
  ['HEAD', 200, false],
  ['OPTIONS', 200, false],
])('whether %s with %d makes invalid what is stored: %s', (method, status, invalid) => {
  expect(invalidates(method, status)).toBe(invalid)
})
