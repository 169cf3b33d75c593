import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortedByPoint } from '../../../../src/balance/hash/sorted.js'

test('points stand in order, each with its owner, and equal ones in the order in which they came', () => {
  const point = fc.oneof(fc.nat(3), fc.nat(2 ** 32 - 1), fc.integer({ min: 2 ** 32 - 4, max: 2 ** 32 - 1 }), fc.integer({ min: 2046, max: 2050 }))
  fc.assert(
    fc.property(fc.array(point, { maxLength: 300, size: 'max' }), (given) => {
      const { points, owners } = sortedByPoint({ points: Uint32Array.from(given), owners: Uint32Array.from(given.keys()) })
      const expected = given.map((each, owner) => [each, owner] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1])
      expect(Array.from(points, (each, i) => [each, owners[i]])).toEqual(expected)
    }),
  )
})
