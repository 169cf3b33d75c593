import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { admittedShare, type Priority, sheds } from '../../../../src/balance/protect/shed.js'

const LOWEST_FIRST = ['background', 'normal', 'critical'] as const
const utilisation = fc.double({ min: 0, max: 2, noNaN: true })

describe('the share that is let in', () => {
  test.each<[number, number, number, number]>([
    [0, 1, 1, 1],
    [0.79, 1, 1, 1],
    [0.8, 1, 1, 1],
    [0.875, 0.5, 1, 1],
    [0.94, 0.0667, 1, 1],
    [0.95, 0, 1, 1],
    [0.975, 0, 0.5, 1],
    [0.999, 0, 0.02, 1],
    [1, 0, 0, 0],
    [1.5, 0, 0, 0],
  ])('at %d is %d of the background, %d of the normal, %d of the critical', (at, ...shares) => {
    for (const [i, priority] of LOWEST_FIRST.entries()) expect(admittedShare(priority, at)).toBeCloseTo(shares[i]!, 3)
  })

  test('falls with utilisation and rises with priority, and no class loses any while a lower one is let in', () => {
    fc.assert(
      fc.property(utilisation, utilisation, (a, b) => {
        for (const [i, priority] of LOWEST_FIRST.entries()) {
          expect(admittedShare(priority, Math.min(a, b))).toBeGreaterThanOrEqual(admittedShare(priority, Math.max(a, b)))
          const lower = LOWEST_FIRST[i - 1]
          if (!lower) continue
          expect(admittedShare(priority, a)).toBeGreaterThanOrEqual(admittedShare(lower, a))
          if (admittedShare(priority, a) < 1) expect(admittedShare(lower, a)).toBe(0)
        }
      }),
    )
  })
})

describe('a request', () => {
  test.each<[Priority, number, number, boolean]>([
    ['background', 79, 0.999, false],
    ['background', 87, 0.5, false],
    ['background', 88, 0.5, true],
    ['background', 95, 0, true],
    ['normal', 94, 0.999, false],
    ['normal', 98, 0.3, false],
    ['normal', 98, 0.5, true],
    ['critical', 99, 0.999, false],
    ['critical', 100, 0, true],
  ])('that is %s, at %d of 100 and a roll of %d: turned away %s', (priority, inFlight, roll, shed) => {
    expect(sheds(priority, inFlight, 100, roll)).toBe(shed)
  })

  test('has no chance where nothing may be under way', () => {
    expect(sheds('critical', 0, 0, 0)).toBe(true)
  })
})
