import { describe, expect, test } from 'vitest'
import { deltaSeconds, parseCacheControl } from '../../../src/http/cache-control.js'

describe('parseCacheControl', () => {
  test.each<[string | undefined, Record<string, string | true>]>([
    [undefined, {}],
    ['', {}],
    ['no-store', { 'no-store': true }],
    ['Max-Age=60, PUBLIC', { 'max-age': '60', public: true }],
    ['max-age="60"', { 'max-age': '60' }],
    ['max-age = 60', { 'max-age': '60' }],
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
  ['max-age=99999999999999999999', 2 ** 31],
])('%s lasts %j seconds', (value, seconds) => {
  expect(deltaSeconds(parseCacheControl(value), 'max-age')).toBe(seconds)
})
