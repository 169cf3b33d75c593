import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatHttpDate, parseHttpDate } from '../../../src/http/date.js'

const NOW = Date.UTC(2026, 8, 1)
const NOON = Date.UTC(1994, 10, 6, 8, 49, 37)

test.each<[string, number]>([
  ['Sun, 06 Nov 1994 08:49:37 GMT', NOON],
  ['Sunday, 06-Nov-94 08:49:37 GMT', NOON],
  ['Sun Nov  6 08:49:37 1994', NOON],
  ['SUN, 06 NOV 1994 08:49:37 gmt', NOON],
  ['Thursday, 18-Aug-50 02:01:18 GMT', Date.UTC(2050, 7, 18, 2, 1, 18)],
  ['Monday, 01-Jan-77 00:00:00 GMT', Date.UTC(1977, 0, 1)],
  ['Wednesday, 01-Jan-76 00:00:00 GMT', Date.UTC(2076, 0, 1)],
  ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
  ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
])('%j is a time', (text, ms) => {
  expect(parseHttpDate(text, NOW)).toBe(ms)
})

test.each([
  '', '0', '-1', 'now', '2026-09-01T00:00:00Z', 'Thu, 18 Aug 2050 02:01:18 AEST', 'Thu, 18 Aug 2050 02:01:18 +0000', 'Thu, 18 Aug 2050 02:01:18', 'Thu, 18 Aug 50 02:01:18 GMT',
  'Thu 18 Aug 2050 02:01:18 GMT', 'Thu, 18  Aug  2050 02:01:18 GMT', 'Thu, 18-Aug-2050 02:01:18 GMT', 'Thu, 18 Aug 2050 02.01.18 GMT', 'Thu, 18 Aug 2050 2:01:18 GMT',
  'Thu, 8 Aug 2050 02:01:18 GMT', 'Thu Aug 8 02:01:18 2050', 'Thu Aug 08 02:01:18 2050 GMT', 'Thu, 18 Aug 2050 24:00:00 GMT', 'Thu, 18 Aug 2050 00:60:00 GMT', 'Thu, 18 Aug 2050 00:00:61 GMT',
  'Fri, 30 Feb 2024 00:00:00 GMT', 'Thu, 00 Feb 2024 00:00:00 GMT', 'Thu, 18 Aug 2050 02:01:18 GMT ', ' Thu, 18 Aug 2050 02:01:18 GMT', 'Thurs, 18 Aug 2050 02:01:18 GMT',
])('%j is none', (text) => {
  expect(parseHttpDate(text, NOW)).toBeUndefined()
})

test('what is written is read as what it was', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => void expect(parseHttpDate(formatHttpDate(seconds * 1000), NOW)).toBe(seconds * 1000)))
})
