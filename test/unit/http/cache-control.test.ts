import { describe, expect, test } from 'vitest'
import { deltaSeconds, namedFields, parseCacheControl } from '../../../src/http/cache-control.js'

describe('parseCacheControl', () => {
  test.each<[string | undefined, Record<string, string | true>]>([
    [undefined, {}],
    ['', {}],
    ['no-store', { 'no-store': true }],
    ['Max-Age=60, PUBLIC', { 'max-age': '60', public: true }],
    ['max-age="60"', { 'max-age': '60' }],
    ['max-age = 60', { 'max-age': ' 60' }],
    ['x="a \\"b\\" c"', { x: 'a "b" c' }],
    ['private="set-cookie, x-a", max-age=1', { private: 'set-cookie, x-a', 'max-age': '1' }],
    ['max-age=1, max-age=2', { 'max-age': '1' }],
    ['ext="no-store"', { ext: 'no-store' }],
    [',, no-cache ,', { 'no-cache': true }],
    ['x="never closed, no-store', { x: '"never closed', 'no-store': true }],
  ])('reads %j', (value, directives) => {
    expect(Object.fromEntries(parseCacheControl(value))).toEqual(directives)
  })
})

test.each<[string, number | undefined]>([
  ['max-age=60', 60],
  ['max-age=0', 0],
  ['public', undefined],
  ['max-age', 0],
  ['max-age=', 0],
  ['max-age=-1', 0],
  ['max-age=1.5', 0],
  ['max-age=1e3', 0],
  ['max-age=soon', 0],
  ['max-age= 60', 0],
  ["max-age='60'", 0],
  ['max-age="60"', 60],
  ['max-age=0060', 60],
  ['ext="max-age=60"', undefined],
  ['max-age=99999999999999999999', 2 ** 31],
])('%s lasts %j seconds', (value, seconds) => {
  expect(deltaSeconds(parseCacheControl(value), 'max-age')).toBe(seconds)
})

test.each<[string, string[] | undefined]>([
  ['no-cache', undefined],
  ['max-age=1', undefined],
  ['no-cache=""', undefined],
  ['no-cache="A, b"', ['a', 'b']],
  ['no-cache=Set-Cookie', ['set-cookie']],
])('the fields that %j names are %j', (value, names) => {
  const named = namedFields(parseCacheControl(value), 'no-cache')
  expect(named && [...named]).toEqual(names)
})
