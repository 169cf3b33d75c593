import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Candidate, mayStore, renewedTerms } from '../../../src/cache/storable.js'
import { formatHttpDate } from '../../../src/http/date.js'
import type { Fields } from '../../../src/http/fields.js'
import { POLICY } from '../../support/cache-policy.js'

const NOW = Date.UTC(2026, 0, 6, 12)
const at = (seconds: number): string => formatHttpDate(NOW + seconds * 1000)
const candidate = (rest: Partial<Candidate> = {}): Candidate => ({
  method: 'GET', requestFields: [], identified: false, status: 200, fields: ['Cache-Control', 'max-age=60'], bytes: 5, times: { requestMs: NOW, responseMs: NOW }, generation: 3, describesTarget: false, ...rest,
})
const cc = (value: string, ...more: string[]): Partial<Candidate> => ({ fields: ['Cache-Control', value, ...more] })

describe('mayStore keeps', () => {
  test.each<[string, Partial<Candidate>, number]>([
    ['what has a lifetime', {}, 60],
    ['a lifetime for shared caches before the other', cc('max-age=60, s-maxage=5'), 5],
    ['a lifetime of Expires', { fields: ['Expires', at(60), 'Date', at(10)] }, 50],
    ['Expires without a Date', { fields: ['Expires', at(60)] }, 60],
    ['Expires with a Date that is none', { fields: ['Expires', at(60), 'Date', 'foo'] }, 60],
    ['max-age before Expires', cc('max-age=7', 'Expires', at(-60)), 7],
    ['a tenth of the time since the last change', { fields: ['Last-Modified', at(-1000), 'Date', at(0)] }, 100],
    ['a day at most', { fields: ['Last-Modified', at(-1e8)] }, 86_400],
    ['an odd status that says public, by the same guess', { status: 299, ...cc('public', 'Last-Modified', at(-1000)) }, 100],
    ['a body of unknown length', { bytes: undefined }, 60],
    ['an error with a lifetime', { status: 599 }, 60],
    ['a redirect with a lifetime', { status: 302 }, 60],
    ['nothing fresh that can be validated by a tag', { fields: ['ETag', '"a"'] }, 0],
    ['a part with a strong tag', { status: 206, ...cc('max-age=60', 'ETag', '"a"', 'Content-Range', 'bytes 0-4/10') }, 60],
    ['what must be validated each time', cc('no-cache', 'ETag', '"a"'), 0],
    ['what is stale and was changed once', { fields: ['Expires', at(-5), 'Last-Modified', at(-1000)] }, 0],
    ['what is used while it is validated', cc('max-age=0, stale-while-revalidate=9'), 0],
    ['Authorization, when the answer is public', { requestFields: ['Authorization', 'x'], ...cc('public, max-age=60') }, 60],
    ['Authorization, when the answer is for shared caches', { requestFields: ['Authorization', 'x'], ...cc('s-maxage=60') }, 60],
    ['Authorization, when the answer must be revalidated', { requestFields: ['Authorization', 'x'], ...cc('max-age=60, must-revalidate') }, 60],
    ['no-store that must be understood, of a status that is', cc('max-age=60, no-store, must-understand'), 60],
    ['a field that is private, without it', cc('max-age=60, private="x-a"', 'X-A', '1'), 60],
    ['a cookie that must not be reused, without it', cc('max-age=60, no-cache="set-cookie"', 'Set-Cookie', 'a=1'), 60],
    ['a POST that tells what stands at its target', { method: 'POST', describesTarget: true }, 60],
    ['what a targeted field says, whatever Cache-Control does', cc('no-store', 'CDN-Cache-Control', 'max-age=9'), 9],
    ['our own targeted field before others', cc('max-age=1', 'CDN-Cache-Control', 'max-age=9', 'Fetchgate-Cache-Control', 'max-age=7'), 7],
    ['Cache-Control, when the targeted field is malformed', cc('max-age=1', 'CDN-Cache-Control', 'max-age=9, &&'), 1],
    ['Cache-Control, when the targeted field is empty', cc('max-age=1', 'CDN-Cache-Control', ''), 1],
    ['Cache-Control in two lines', cc('public', 'cache-control', 'max-age=7'), 7],
    ['a request with a cookie and a lifetime', { requestFields: ['Cookie', 'a=1'] }, 60],
  ])('%s', (_, rest, lifetime) => {
    expect(mayStore(candidate(rest), POLICY)).toMatchObject({ kind: 'store', terms: { lifetimeSeconds: lifetime } })
  })

  test('what no-cache and private name is not among the fields, nor is the age', () => {
    const kept = mayStore(candidate(cc('max-age=60, no-cache="X-A, x-b", private=x-c', 'X-A', '1', 'X-B', '2', 'x-c', '3', 'X-D', '4', 'Age', '5', 'Date', at(0))), POLICY)
    expect(kept).toMatchObject({ fields: ['Cache-Control', 'max-age=60, no-cache="X-A, x-b", private=x-c', 'X-D', '4', 'Date', at(0)] })
  })

  test.each(['foo', undefined])('with the time of receipt, when the Date is %j', (date) => {
    const kept = mayStore(candidate({ fields: ['Cache-Control', 'max-age=60', ...(date === undefined ? [] : ['Date', date])] }), POLICY)
    expect(kept).toMatchObject({ fields: ['Cache-Control', 'max-age=60', 'Date', at(0)] })
  })

  test('cookies where the operator wants it', () => {
    expect(mayStore(candidate(cc('max-age=60', 'Set-Cookie', 'a=1')), { ...POLICY, storesCookies: true })).toMatchObject({ kind: 'store', fields: expect.arrayContaining(['Set-Cookie', 'a=1']) as unknown })
  })
})

describe('mayStore passes', () => {
  test.each<[string, Partial<Candidate>]>([
    ['request method', { method: 'HEAD' }],
    ['request method', { method: 'POST' }],
    ['request method', { method: 'PUT', describesTarget: true }],
    ['part', { status: 206 }],
    ['part', { status: 206, ...cc('max-age=60', 'ETag', 'W/"a"', 'Content-Range', 'bytes 0-4/10') }],
    ['part', { status: 206, ...cc('max-age=60', 'ETag', '"a"', 'Content-Range', 'bytes 0-4/*') }],
    ['part', { status: 206, ...cc('max-age=60', 'ETag', '"a"', 'Content-Range', 'bytes 4-9/10') }],
    ['status', { status: 304 }],
    ['status', { status: 101 }],
    ['request no-store', { requestFields: ['Cache-Control', 'no-store'] }],
    ['response no-store', cc('max-age=60, no-store')],
    ['response no-store', cc('max-age=60', 'Cache-Control', 'NO-STORE')],
    ['response no-store', cc('max-age=60', 'CDN-Cache-Control', 'no-store')],
    ['response no-store', cc('no-store', 'CDN-Cache-Control', 'max-age=10000, &&&&&')],
    ['response private', cc('max-age=60, private')],
    ['response private', cc('max-age=60, private=""')],
    ['must-understand', { status: 599, ...cc('max-age=60, must-understand') }],
    ['authorization', { requestFields: ['authorization', 'Basic x'] }],
    ['authorization', { identified: true }],
    ['authorization', { requestFields: ['authorization', 'Basic x'], ...cc('max-age=60, proxy-revalidate') }],
    ['set-cookie', cc('max-age=60, public', 'set-cookie', 'a=1')],
    ['cookie', { requestFields: ['Cookie', 'a=1'], fields: ['Last-Modified', at(-1000)] }],
    ['cookie', { requestFields: ['Cookie', 'a=1'], fields: ['ETag', '"a"'] }],
    ['vary *', cc('max-age=60', 'Vary', 'accept, *')],
    ['vary *', cc('max-age=60', 'Vary', '', 'Vary', '*')],
    ['vary *', cc('max-age=60', 'Vary', 'X-Forwarded-For')],
    ['vary *', cc('max-age=60', 'Vary', 'accept, x-forwarded-proto')],
    ['vary *', cc('max-age=60', 'Vary', 'Forwarded')],
    ['vary *', cc('max-age=60', 'Vary', 'accept', 'vary', 'X-Real-IP')],
    ['no lifetime or validator', { fields: [] }],
    ['no lifetime or validator', cc('max-age=0')],
    ['no lifetime or validator', cc('no-cache, max-age=60')],
    ['no lifetime or validator', cc('max-age=60, s-maxage=0')],
    ['no lifetime or validator', cc('max-age=soon')],
    ['no lifetime or validator', { fields: ['Expires', '0'] }],
    ['no lifetime or validator', { fields: ['Expires', at(60), 'Expires', at(60)] }],
    ['no lifetime or validator', { fields: ['Expires', 'Thu, 18 Aug 2050 02:01:18 AEST'] }],
    ['no lifetime or validator', { status: 201, fields: ['Last-Modified', at(-1000), 'ETag', '"a"'] }],
    ['no lifetime or validator', { status: 599, fields: ['Last-Modified', at(-1000)] }],
    ['no lifetime or validator', { method: 'POST', describesTarget: true, fields: ['ETag', '"a"'] }],
    ['no lifetime or validator', { fields: ['CDN-Cache-Control', 'max-age="60"'] }],
    ['no lifetime or validator', { fields: ['CDN-Cache-Control', 'max-age=1.5', 'Expires', at(60)] }],
    ['too large', { bytes: 101 }],
  ])('for the reason "%s": %j', (reason, rest) => {
    expect(mayStore(candidate(rest), POLICY)).toEqual({ kind: 'pass', reason })
  })

  test('whatever is private, varies by everything or carries a cookie', () => {
    const directive = fc.constantFrom('public', 'max-age=60', 's-maxage=60', 'must-revalidate', 'immutable', 'x="a, b"')
    fc.assert(
      fc.property(fc.array(directive), fc.constantFrom<Fields>(['Cache-Control', 'private'], ['Cache-Control', 'no-store'], ['Set-Cookie', 'a=1'], ['Vary', '*']), fc.boolean(), (directives, forbidding, first) => {
        const allowing = ['Cache-Control', directives.join(', ')]
        expect(mayStore(candidate({ fields: first ? [...forbidding, ...allowing] : [...allowing, ...forbidding] }), POLICY).kind).toBe('pass')
      }),
    )
  })

  test('guesses where the operator wants none', () => {
    expect(mayStore(candidate({ fields: ['Last-Modified', at(-1000)] }), { ...POLICY, heuristics: false })).toMatchObject({ kind: 'store', terms: { lifetimeSeconds: 0 } })
  })
})

describe('the terms', () => {
  test.each<[string, Partial<Candidate>, object]>([
    ['of a fresh answer', {}, { bornMs: NOW, validates: false, strict: false, whileRevalidateSeconds: 0, ifErrorSeconds: undefined }],
    ['with an age', cc('max-age=60', 'Age', '7'), { bornMs: NOW - 7000 }],
    ['with an age of several, the first', cc('max-age=60', 'Age', '7, 9'), { bornMs: NOW - 7000 }],
    ['with an age that is none', cc('max-age=60', 'Age', '7.0'), { bornMs: NOW }],
    ['with an age of more than a lifetime', cc('max-age=60', 'Age', '99999999999'), { bornMs: NOW - 2 ** 31 * 1000 }],
    ['with a Date in the past', cc('max-age=60', 'Date', at(-30)), { bornMs: NOW - 30_000 }],
    ['with a Date in the future', cc('max-age=60', 'Date', at(30)), { bornMs: NOW }],
    ['with a Date and a greater age', cc('max-age=60', 'Date', at(-3), 'Age', '7'), { bornMs: NOW - 7000 }],
    ['with a delay on the way', { times: { requestMs: NOW - 4000, responseMs: NOW }, ...cc('max-age=60', 'Age', '7') }, { bornMs: NOW - 11_000 }],
    ['of no-cache', cc('no-cache', 'ETag', '"a"'), { validates: true, strict: true }],
    ['of no-cache for a field', cc('no-cache="x-a", max-age=60'), { validates: false, strict: false }],
    ['of must-revalidate', cc('max-age=60, must-revalidate'), { strict: true }],
    ['of proxy-revalidate', cc('max-age=60, proxy-revalidate'), { strict: true }],
    ['of s-maxage', cc('s-maxage=60'), { strict: true }],
    ['of RFC 5861', cc('max-age=60, stale-while-revalidate=5, stale-if-error=9'), { whileRevalidateSeconds: 5, ifErrorSeconds: 9 }],
  ])('%s', (_, rest, terms) => {
    expect(mayStore(candidate(rest), POLICY)).toMatchObject({ kind: 'store', terms })
  })

  test('are renewed from the fields that a validation left', () => {
    expect(renewedTerms(200, ['Cache-Control', 'max-age=9'], { requestMs: NOW, responseMs: NOW }, 4, POLICY)).toMatchObject({ bornMs: NOW, lifetimeSeconds: 9, generation: 4 })
  })
})
