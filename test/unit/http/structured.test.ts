import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Member, parseDictionary, parseList, stringsOf } from '../../../src/http/structured.js'

describe('a dictionary', () => {
  test.each<[string, Record<string, Member>]>([
    ['', {}],
    ['  ', {}],
    ['max-age=60', { 'max-age': 60 }],
    [' max-age=60 , no-store', { 'max-age': 60, 'no-store': true }],
    ['a=?0,\tb=?1', { a: false, b: true }],
    ['a="x, \\"y\\\\"', { a: 'x, "y\\' }],
    ['a=tok/en:1', { a: { token: 'tok/en:1' } }],
    ['a=1.5', { a: { other: '1.5' } }],
    ['a=-0', { a: -0 }],
    ['a=:AQI=:, b=@12, c=%"x"', { a: { other: ':AQI=:' }, b: { other: '@12' }, c: { other: '%"x"' } }],
    ['a=(1 "x"  y), b=()', { a: [1, 'x', { token: 'y' }], b: [] }],
    ['a=1;x=2;y, b;z="q"', { a: 1, b: true }],
    ['a=(1;q=1 2);z', { a: [1, 2] }],
    ['a=1, a=2', { a: 2 }],
    ['*a.b_c-d=1', { '*a.b_c-d': 1 }],
  ])('%j is read', (text, members) => {
    expect(Object.fromEntries(parseDictionary(text) ?? [['none', true]])).toEqual(members)
  })

  test.each(['max-age =60', 'max-age= 60', 'Max-Age=60', 'a=1,', ',a', 'a,,b', 'a=', '=1', 'a=&', 'max-age=10000, &&&&&', 'a="x', 'a="\\x"', 'a="é"', 'a=1.', 'a=1.2345', 'a=1234567890123456', 'a=(1', 'a=(1"x")', 'a=1 b', 'a=1;', 'a=1;X', '1a=1', 'a=?2', 'a=--1'])('%j is void', (text) => {
    expect(parseDictionary(text)).toBeUndefined()
  })
})

test.each<[string, string[] | undefined]>([
  ['"a", "b"', ['a', 'b']],
  ['"a", b, 1', ['a']],
  ['', []],
  ['"a" "b"', undefined],
  ['"a",', undefined],
])('the strings in the list %j are %j', (text, strings) => {
  const members = parseList(text)
  expect(members && stringsOf(members)).toEqual(strings)
})

test('no text makes the reader fail or hang', () => {
  const alphabet = fc.constantFrom('a', 'A', '1', '-', '.', '"', '\\', '(', ')', ' ', ',', ';', '=', '?', ':', '@', '%', '*', '\t', 'é')
  fc.assert(fc.property(fc.array(alphabet, { maxLength: 60, size: 'max' }).map((chars) => chars.join('')), (text) => {
    parseDictionary(text)
    parseList(text)
  }), { numRuns: 2000 })
})
