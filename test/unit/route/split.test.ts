import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRequestKey } from '../../../src/config/request-key.js'
import { keyPoint, requestKey } from '../../../src/request-key.js'
import { chooseArm } from '../../../src/route/split.js'
import { exchangeOf } from '../../support/exchange.js'

const ARMS = [{ upTo: 0.9, forward: 'app' }, { upTo: 1, forward: 'next' }]

test.each([[0, 'app'], [0.899, 'app'], [0.9, 'next'], [0.9999, 'next']])('the point %d is in %s', (point, arm) => {
  expect(chooseArm(ARMS, point)).toBe(arm)
})

describe('the point of a key', () => {
  test('is in [0, 1) and always the same', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        const point = keyPoint(key)
        expect(point).toBeGreaterThanOrEqual(0)
        expect(point).toBeLessThan(1)
        expect(keyPoint(key)).toBe(point)
      }),
    )
  })

  test('spreads clients evenly: of 10,000 addresses a tenth falls into a tenth', () => {
    const points = Array.from({ length: 10_000 }, (_, i) => keyPoint(`10.0.${i >> 8}.${i & 255}`))
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = points.filter((point) => Math.floor(point * 10) === tenth).length
      expect(share).toBeGreaterThan(900)
      expect(share).toBeLessThan(1100)
    }
  })
})

describe('the key of a request', () => {
  const exchange = exchangeOf({ target: '/a/../b?user=7&user=8', fields: ['X-User', 'u1', 'Cookie', 'a=1; session=s=1', 'Cookie', 'late=2'], info: { peer: { address: '192.0.2.1' } } })

  test.each([
    ['client-ip', '192.0.2.1'],
    ['path', '/b'],
    ['header:X-User', 'u1'],
    ['header:x-none', undefined],
    ['cookie:session', 's=1'],
    ['cookie:late', '2'],
    ['cookie:none', undefined],
    ['query:user', '7'],
    ['query:none', undefined],
  ])('%s is %j', (text, expected) => {
    expect(requestKey(exchange, parseRequestKey(text)!)).toBe(expected)
  })

  test.each(['', 'ip', 'header:', 'header', 'cookie:a b', 'body:x'])('%j is no key', (text) => {
    expect(parseRequestKey(text)).toBeUndefined()
  })
})
