import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { admit, type Admission, DEFAULT_LIMITS } from '../../../../src/balance/protect/limits.js'
import { queueDrainMs, retryAfterSeconds } from '../../../../src/balance/protect/retry-after.js'

const roll = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('a request', () => {
  test.each<[boolean, number, Admission]>([
    [true, 0, 'go'],
    [false, 0, 'wait'],
    [true, 1, 'wait'],
    [false, 127, 'wait'],
    [false, 128, 'refuse'],
    [true, 128, 'refuse'],
  ])('with a place free (%s) and %d waiting is to %s', (hasPlace, pending, admission) => {
    expect(admit(hasPlace, pending, DEFAULT_LIMITS)).toBe(admission)
  })

  test('never waits where nobody may', () => {
    expect([admit(true, 0, { maxPending: 0 }), admit(false, 0, { maxPending: 0 })]).toEqual(['go', 'refuse'])
  })
})

describe('Retry-After', () => {
  test.each([
    [0, 0, 1],
    [0, 0.99, 2],
    [1000, 0, 1],
    [1001, 0, 2],
    [10_000, 0, 10],
    [10_000, 0.5, 15],
    [10_000, 0.999, 20],
    [300_000, 0, 120],
    [Infinity, 0.5, 120],
  ])('for a wait of %d ms at %d is %d s', (waitMs, at, seconds) => {
    expect(retryAfterSeconds(waitMs, at)).toBe(seconds)
  })

  test('is whole seconds from 1 to 120, and no shorter than the wait as far as that goes', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true }), roll, (waitMs, at) => {
        const seconds = retryAfterSeconds(waitMs, at)
        expect(Number.isInteger(seconds)).toBe(true)
        expect(seconds).toBeGreaterThanOrEqual(Math.max(1, Math.min(120, waitMs / 1000)))
        expect(seconds).toBeLessThanOrEqual(120)
      }),
    )
  })

  test.each([
    [0, 10, 100, 0],
    [128, 1024, 80, 10],
    [128, 4, 1000, 32_000],
    [1, 0, 1000, Infinity],
  ])('goes by the queue: %d waiting for %d places of %d ms are served in %d ms', (pending, places, requestMs, drainMs) => {
    expect(queueDrainMs(pending, places, requestMs)).toBe(drainMs)
  })
})
