import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isToken, listMembers, quoted } from '../../../src/http/tokens.js'

test.each([
  ['GET', true],
  ["!#$%&'*+-.^_`|~", true],
  ['', false],
  ['a b', false],
  ['a:b', false],
  ['a\n', false],
  ['\u00e9', false],
  ['a,b', false],
  ['"a"', false],
])('whether %j is a token: %s', (text, token) => {
  expect(isToken(text)).toBe(token)
})

describe('listMembers', () => {
  test.each([
    ['', []],
    [' , ,', []],
    ['a', ['a']],
    ['a, b ,c', ['a', 'b', 'c']],
    ['a="1, 2", b', ['a="1, 2"', 'b']],
    ['a="\\", still", b', ['a="\\", still"', 'b']],
    ['"\\\\", b', ['"\\\\"', 'b']],
    ['a\\, b', ['a\\', 'b']],
  ])('of %j are %j', (value, members) => {
    expect(listMembers(value)).toEqual(members)
  })

  test.each([
    ['a, "b', ['a', '"b']],
    ['a, b="c\\', ['a', 'b="c\\']],
    ['no-store, x="y, private', ['no-store', 'x="y', 'private']],
    ['for=", for="[2001:db8::1]"', ['for="', 'for="[2001:db8::1]"']],
  ])('a quote that is never closed swallows no member: %j', (value, members) => {
    expect(listMembers(value)).toEqual(members)
  })

  test('quoted texts survive a list', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 40, size: 'max' }), (texts) => {
        expect(listMembers(texts.map(quoted).join(', '))).toEqual(texts.map(quoted))
      }),
    )
  })

  test('whatever stands before it, a member appended to the list is its last', () => {
    const head = fc.array(fc.constantFrom('"', '\\', ',', 'a', ' ', 'for=', ';'), { maxLength: 30, size: 'max' }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(head, fc.constantFrom('192.0.2.1', 'for=192.0.2.1', 'for="[2001:db8::1]:80";proto=https'), (before, appended) => {
        expect(listMembers(`${before}, ${appended}`).at(-1)).toBe(appended)
      }),
    )
  })
})
