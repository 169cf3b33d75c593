import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../src/http/fields.js'
import { headFault, requestFraming, singleHost } from '../../../src/http/framing.js'

describe('requestFraming', () => {
  test.each<[Fields, ReturnType<typeof requestFraming>]>([
    [[], { kind: 'none' }],
    [['X-Length', '5'], { kind: 'none' }],
    [['Content-Length', '0'], { kind: 'length', bytes: 0 }],
    [['content-LENGTH', '42'], { kind: 'length', bytes: 42 }],
    [['Content-Length', '007'], { kind: 'length', bytes: 7 }],
    [['Transfer-Encoding', 'chunked'], { kind: 'chunked' }],
    [['TRANSFER-ENCODING', 'Chunked'], { kind: 'chunked' }],
  ])('of %j is %j', (fields, framing) => {
    expect(requestFraming(fields)).toEqual(framing)
  })

  test.each<[string, Fields]>([
    ['both framing fields', ['Content-Length', '5', 'Transfer-Encoding', 'chunked']],
    ['both, the other way round', ['transfer-encoding', 'chunked', 'content-length', '5']],
    ['two lengths', ['Content-Length', '5', 'Content-Length', '6']],
    ['one length twice', ['Content-Length', '5', 'content-length', '5']],
    ['a list of lengths', ['Content-Length', '5, 5']],
    ['a negative length', ['Content-Length', '-1']],
    ['a signed length', ['Content-Length', '+5']],
    ['a hexadecimal length', ['Content-Length', '0x5']],
    ['a length with a fraction', ['Content-Length', '5.0']],
    ['an exponent', ['Content-Length', '1e3']],
    ['an empty length', ['Content-Length', '']],
    ['a length with spaces', ['Content-Length', ' 5']],
    ['a length past what numbers hold', ['Content-Length', '99999999999999999999']],
    ['digits of another script', ['Content-Length', '\u0665']],
    ['two codings in a line', ['Transfer-Encoding', 'gzip, chunked']],
    ['chunked twice', ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
    ['chunked in two lines with identity', ['Transfer-Encoding', 'identity', 'Transfer-Encoding', 'chunked']],
    ['chunked before another', ['Transfer-Encoding', 'chunked, identity']],
    ['a coding with a parameter', ['Transfer-Encoding', 'chunked;q=1']],
    ['an obscured coding', ['Transfer-Encoding', 'xchunked']],
    ['a coding with a tab', ['Transfer-Encoding', '\tchunked']],
    ['an empty coding', ['Transfer-Encoding', '']],
  ])('refuses %s', (_, fields) => {
    expect(requestFraming(fields)).toEqual({ kind: 'fault', detail: expect.any(String) as string })
  })

  test('more than one framing line is a fault, whatever they say and wherever they stand', () => {
    const framing = fc.constantFrom(['Content-Length', '5'], ['content-length', '5'], ['Transfer-Encoding', 'chunked'], ['TRANSFER-encoding', 'chunked'])
    const other = fc.constantFrom(['Accept', '*/*'], ['X', 'chunked'])
    fc.assert(
      fc.property(fc.array(fc.oneof(framing, other, other, other), { maxLength: 20, size: 'max' }), (pairs) => {
        const count = pairs.filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name)).length
        expect(requestFraming(pairs.flat()).kind === 'fault').toBe(count > 1)
      }),
    )
  })
})

describe('headFault', () => {
  test.each<[string, Fields]>([
    ['GET', []],
    ['M-SEARCH', ['X-A', 'b']],
    ['GET', ['X', '']],
    ['GET', ['X', 'caf\u00e9 \t "']],
  ])('finds nothing wrong with %s %j', (method, fields) => {
    expect(headFault(method, fields)).toBeUndefined()
  })

  test.each<[string, Fields]>([
    ['', []],
    ['GE T', []],
    ['GET', ['X Y', 'a']],
    ['GET', ['X:', 'a']],
    ['GET', ['', 'a']],
    ['GET', ['X', 'a\nb']],
    ['GET', ['X', 'a\rb']],
    ['GET', ['X', 'a\0b']],
    ['GET', ['X', 'a\x01b']],
    ['GET', ['X', 'a\x0bb']],
    ['GET', ['X', 'a\x7fb']],
    ['GET', ['A', 'fine', 'X\r', 'a']],
    ['GET', ['A', 'fine', 'B', 'Content-Length: 5\r\n']],
  ])('finds a fault in %j %j', (method, fields) => {
    expect(headFault(method, fields)).toEqual(expect.any(String))
  })
})

test.each<[Fields, string | undefined]>([
  [[], ''],
  [['Host', ''], ''],
  [['host', 'a'], 'a'],
  [['Host', 'a', 'HOST', 'a'], undefined],
  [['Host', 'a', 'X', 'y', 'Host', 'b'], undefined],
])('the single Host of %j is %j', (fields, host) => {
  expect(singleHost(fields)).toBe(host)
})
