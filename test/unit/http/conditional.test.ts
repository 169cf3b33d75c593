import { expect, test } from 'vitest'
import type { Fields } from '../../../src/http/fields.js'
import { isNotModified } from '../../../src/http/conditional.js'

const NOON = 'Tue, 06 Jan 2026 12:00:00 GMT'
const LATER = 'Tue, 06 Jan 2026 12:00:01 GMT'
const EARLIER = 'Tue, 06 Jan 2026 11:59:59 GMT'

test.each<[string, Fields, Fields, boolean]>([
  ['without a condition all is sent', [], ['ETag', '"a"', 'Last-Modified', NOON], false],
  ['the same tag', ['If-None-Match', '"a"'], ['ETag', '"a"'], true],
  ['another tag', ['If-None-Match', '"b"'], ['ETag', '"a"'], false],
  ['a tag in other case is another', ['If-None-Match', '"A"'], ['ETag', '"a"'], false],
  ['a weak tag sent for a strong one', ['If-None-Match', 'W/"a"'], ['ETag', '"a"'], true],
  ['a strong tag sent for a weak one', ['If-None-Match', '"a"'], ['ETag', 'W/"a"'], true],
  ['one tag of several', ['If-None-Match', '"x", "a,b" , "c"'], ['ETag', '"a,b"'], true],
  ['one tag in a second line', ['If-None-Match', '"x"', 'if-none-match', '"a"'], ['ETag', '"a"'], true],
  ['part of a tag with a comma', ['If-None-Match', '"a'], ['ETag', '"a,b"'], false],
  ['a star', ['If-None-Match', ' * '], ['ETag', '"a"'], true],
  ['a tag where none is stored', ['If-None-Match', '"a"'], ['Last-Modified', NOON], false],
  ['a tag that differs outweighs the date', ['If-None-Match', '"b"', 'If-Modified-Since', LATER], ['ETag', '"a"', 'Last-Modified', NOON], false],
  ['the same date', ['If-Modified-Since', NOON], ['Last-Modified', NOON], true],
  ['a later date', ['If-Modified-Since', LATER], ['Last-Modified', NOON], true],
  ['an earlier date', ['If-Modified-Since', EARLIER], ['Last-Modified', NOON], false],
  ['a date that cannot be read', ['If-Modified-Since', 'yesterday'], ['Last-Modified', NOON], false],
  ['a date where none is stored', ['If-Modified-Since', NOON], ['ETag', '"a"'], false],
])('%s', (_, request, stored, expected) => {
  expect(isNotModified(request, stored)).toBe(expected)
})
