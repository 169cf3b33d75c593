import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_VARIANTS, type StoredAnswer, unvaried, type Variant, type VariantList, withVariant } from '../../../src/cache/entry.js'
import { primaryKey, variantKey } from '../../../src/cache/key.js'
import { selectingNames, selectingValues, selectVariant, varyNames } from '../../../src/cache/vary.js'
import type { Fields } from '../../../src/http/fields.js'
import { exchangeOf } from '../../support/exchange.js'

const stored = (partition: string): StoredAnswer => ({
  kind: 'answer', answer: { status: 200, fields: [], body: undefined }, terms: { bornMs: 0, lifetimeSeconds: 1, validates: false, strict: false, whileRevalidateSeconds: 0, ifErrorSeconds: undefined, generation: 0, costMs: 0, tags: [], groups: [] }, partition, bodyId: 'b',
})
const variant = (values: string, partition = 'p', names = ['a']): Variant => ({ partition, names, values })
const list = (...variants: Variant[]): VariantList => ({ kind: 'variants', generation: 'g', variants })

describe('keys', () => {
  const trust = { kind: 'hops', hops: 1, source: 'either' } as const
  const asked = fc.record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.constantFrom('a.test', 'b.test', 'a.test:80', 'a.test:8080'),
    told: fc.constantFrom('a.test', 'b.test'),
    target: fc.constantFrom('/', '/?', '/a', '/a?b', '/a?b=1&c', '/%61', '/a"],["b', '/a%22', '/&variant='),
  })
  const keyOf = ({ scheme, host, told, target }: { scheme: string; host: string; told: string; target: string }): string =>
    primaryKey(exchangeOf({ host, target, trust, fields: ['X-Forwarded-Proto', scheme, 'X-Forwarded-Host', told] }), target)

  test('requests share a key only if scheme, both hosts and target are the same', () => {
    fc.assert(fc.property(asked, asked, (a, b) => void expect(keyOf(a) === keyOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b))), { numRuns: 500 })
  })

  test('a host is one in any case', () => {
    expect(primaryKey(exchangeOf({ host: 'A.test' }), '/')).toBe(primaryKey(exchangeOf({ host: 'a.test' }), '/'))
  })

  test('a variant has a key of its own, in each generation and destination', () => {
    const keys = [
      'p',
      variantKey('p', { generation: 'g' }, variant('["1"]')), variantKey('p', { generation: 'h' }, variant('["1"]')), variantKey('p', { generation: 'g' }, variant('["2"]')),
      variantKey('p', { generation: 'g' }, variant('["1"]', 'q')), variantKey('p', { generation: 'g' }, variant('["1"]', 'p', ['b'])), variantKey('q', { generation: 'g' }, variant('["1"]')),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('what an answer differs by', () => {
  test.each<[Fields, string[]]>([
    [[], []],
    [['Vary', 'Accept'], ['accept']],
    [['Vary', 'B, a', 'vary', 'A,c'], ['a', 'b', 'c']],
    [['Vary', '*'], ['*']],
    [['Vary', ''], []],
  ])('the names in %j are %j', (fields, names) => {
    expect(varyNames(fields)).toEqual(names)
  })

  test('not by what the route sets to one text, and by nothing knowable where it sets another for each client', () => {
    const written = new Map([['x-tag', 'fixed'], ['x-client', 'varies']] as const)
    expect(selectingNames(['Vary', 'Accept, X-Tag'], { written, keyed: [] })).toEqual(['accept'])
    expect(selectingNames(['Vary', 'Accept, X-Client'], { written, keyed: [] })).toBeUndefined()
    expect(selectingNames(['Vary', 'X-Request-ID'], { written, keyed: [] })).toBeUndefined()
  })

  test('also by what the operator names', () => {
    expect(selectingNames(['Vary', 'B'], { written: new Map(), keyed: ['a', 'b'] })).toEqual(['a', 'b'])
  })

  test('values are the same only for the same members', () => {
    const value = fc.option(fc.constantFrom('', 'a', 'a, b', 'b', 'null', '"', '],[', '"a, b"', 'b, a'), { nil: undefined })
    const pair = fc.record({ one: value, two: value })
    const fieldsOf = ({ one, two }: { one: string | undefined; two: string | undefined }): Fields => [...(one === undefined ? [] : ['X-One', one]), ...(two === undefined ? [] : ['X-Two', two]), 'X-Other', '1']
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const same = selectingValues(['x-one', 'x-two'], fieldsOf(a)) === selectingValues(['x-one', 'x-two'], fieldsOf(b))
        expect(same).toBe(a.one === b.one && a.two === b.two)
      }),
      { numRuns: 500 },
    )
  })

  test.each<[string, Fields, Fields, boolean]>([
    ['white space between members', ['Foo', '1,2'], ['Foo', ' 1, 2 '], true],
    ['two lines and one', ['Foo', '1, 2'], ['Foo', '1', 'foo', '2'], true],
    ['the order of other members', ['Foo', '1, 2'], ['Foo', '2, 1'], false],
    ['letter case of others', ['Foo', 'a'], ['Foo', 'A'], false],
    ['absent and empty', ['Foo', ''], [], false],
    ['the order of languages', ['Accept-Language', 'en, de;q=0.5'], ['Accept-Language', 'DE; q=0.5,en'], true],
    ['the weight of languages', ['Accept-Language', 'en, de;q=0.5'], ['Accept-Language', 'en, de'], false],
    ['the order of codings', ['Accept-Encoding', 'gzip, br'], ['Accept-Encoding', 'br,GZIP'], true],
    ['other codings', ['Accept-Encoding', 'gzip, br'], ['Accept-Encoding', 'gzip'], false],
  ])('%s', (_, a, b, same) => {
    const names = ['foo', 'accept-language', 'accept-encoding']
    expect(selectingValues(names, a) === selectingValues(names, b)).toBe(same)
  })
})

describe('a list of variants', () => {
  test('gives the newest that is for the request', () => {
    const variants = list(variant('["1"]'), variant('["2"]'), variant('["x"]', 'p', ['b']), variant('["3"]', 'q'))
    expect(selectVariant(variants, 'p', ['A', '2'])).toEqual(variant('["2"]'))
    expect(selectVariant(variants, 'p', ['A', '9', 'B', 'x'])).toEqual(variant('["x"]', 'p', ['b']))
    expect(selectVariant(variants, 'p', ['A', '1', 'B', 'x'])).toEqual(variant('["1"]'))
    expect(selectVariant(variants, 'p', ['A', '3'])).toBeUndefined()
    expect(selectVariant(variants, 'q', ['A', '3'])).toEqual(variant('["3"]', 'q'))
  })

  test('takes one more in front, once', () => {
    const { list: after, evicted } = withVariant(list(variant('1'), variant('2')), variant('2'), 'new')
    expect([after, evicted]).toEqual([list(variant('2'), variant('1')), []])
  })

  test(`holds ${MAX_VARIANTS}, and tells which have to go`, () => {
    const many = Array.from({ length: MAX_VARIANTS }, (_, i) => variant(String(i)))
    const { list: after, evicted } = withVariant(list(...many), variant('new'), 'h')
    expect([after.variants.length, after.variants[0], evicted]).toEqual([MAX_VARIANTS, variant('new'), [many.at(-1)]])
  })

  test('is the newest variants by when they last came, whatever comes, and says once of each when it goes', () => {
    const asked = fc.record({ value: fc.nat(60), other: fc.boolean(), from: fc.constantFrom('p', 'q') })
    fc.assert(
      fc.property(fc.array(asked, { minLength: 30, maxLength: 150, size: 'max' }), (steps) => {
        let kept: VariantList | undefined
        let expected: Variant[] = []
        const there = new Set<string>()
        for (const { value, other, from } of steps) {
          const added = variant(JSON.stringify([String(value)]), from, [other ? 'b' : 'a'])
          const { list: after, evicted } = withVariant(kept, added, 'g')
          expected = [added, ...expected.filter((one) => JSON.stringify(one) !== JSON.stringify(added))].slice(0, MAX_VARIANTS)
          expect(after.variants).toEqual(expected)
          there.add(JSON.stringify(added))
          for (const gone of evicted) expect(there.delete(JSON.stringify(gone))).toBe(true)
          expect(there.size).toBe(expected.length)
          expect(selectVariant(after, from, [other ? 'B' : 'A', String(value)])).toEqual(added)
          kept = after
        }
      }),
      { numRuns: 50 },
    )
  })

  test('starts anew where there was none, in a generation of its own', () => {
    expect(withVariant(undefined, variant('1'), 'h')).toEqual({ list: { kind: 'variants', generation: 'h', variants: [variant('1')] }, moved: undefined, evicted: [] })
    expect(withVariant(stored('p'), variant('1'), 'h')).toMatchObject({ list: { generation: 'h', variants: [variant('1')] }, moved: undefined })
  })

  test('takes in what stood alone, when that came from elsewhere', () => {
    const other = stored('q')
    expect(withVariant(other, variant('1'), 'h')).toEqual({ list: { kind: 'variants', generation: 'h', variants: [variant('1'), unvaried('q')] }, moved: { variant: unvaried('q'), entry: other }, evicted: [] })
  })
})
