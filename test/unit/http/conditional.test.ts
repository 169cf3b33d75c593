import { expect, test } from 'vitest'
import type { Fields } from '../../../src/http/fields.js'
import { allowsRange, isForOrigin, isNotModified } from '../../../src/http/conditional.js'

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
  ['a date in another of the three formats', ['If-Modified-Since', 'Tuesday, 06-Jan-26 12:00:00 GMT'], ['Last-Modified', NOON], true],
  ['a date of no format', ['If-Modified-Since', 'Tue, 06 Jan 2027 12:00:00'], ['Last-Modified', NOON], false],
  ['a date after that of the answer, where no other is stored', ['If-Modified-Since', LATER], ['Date', NOON], true],
  ['a date before that of the answer', ['If-Modified-Since', EARLIER], ['Date', NOON], false],
  ['a date where none is stored', ['If-Modified-Since', NOON], ['ETag', '"a"'], false],
])('%s', (_, request, stored, expected) => {
  expect(isNotModified(request, stored, Date.parse(LATER))).toBe(expected)
})

test.each<[string, Fields, Fields, boolean]>([
  ['without a condition a range may be sent', [], [], true],
  ['the stored tag', ['If-Range', '"a"'], ['ETag', '"a"'], true],
  ['another tag', ['If-Range', '"b"'], ['ETag', '"a"'], false],
  ['a weak tag', ['If-Range', 'W/"a"'], ['ETag', 'W/"a"'], false],
  ['the stored date, a second before the answer', ['If-Range', EARLIER], ['Last-Modified', EARLIER, 'Date', NOON], true],
  ['the stored date, when it may have changed in the same second', ['If-Range', NOON], ['Last-Modified', NOON, 'Date', NOON], false],
  ['a later date is not the same', ['If-Range', LATER], ['Last-Modified', NOON, 'Date', LATER], false],
  ['a date where none is stored', ['If-Range', NOON], ['ETag', '"a"'], false],
])('If-Range: %s', (_, request, stored, expected) => {
  expect(allowsRange(request, stored, 0)).toBe(expected)
})

test.each<[Fields, boolean]>([
  [['If-Match', '"a"'], true],
  [['if-unmodified-since', NOON], true],
  [['If-None-Match', '"a"', 'If-Modified-Since', NOON, 'If-Range', '"a"'], false],
])('whether %j is for the origin alone: %s', (fields, expected) => {
  expect(isForOrigin(fields)).toBe(expected)
})
