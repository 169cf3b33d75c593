// When published keys are asked for again.
import { expect, test } from 'vitest'
import { type KeyTimes, keyUse, mayAskForUnknown } from '../../../../src/filter/jwt/freshness.js'

const LIMITS = { refreshMs: 600, coolDownMs: 30, retryMs: 5, staleMs: 10_000 }
const got = (gotMs: number | undefined, askedMs = gotMs, failed = false): KeyTimes => ({ gotMs, askedMs, failed })

test.each([
  ['never asked', got(undefined), 0, 'ask'],
  ['asked in vain just now', got(undefined, 0, true), 4, 'fail'],
  ['asked in vain a while ago', got(undefined, 0, true), 5, 'ask'],
  ['fresh', got(0), 599, 'use'],
  ['old', got(0), 600, 'use-and-ask'],
  ['very old', got(0), 1200, 'ask'],
  ['very old, and the issuer was down just now', got(0, 1198, true), 1200, 'use'],
  ['very old, and the issuer was down a while ago', got(0, 1190, true), 1200, 'use-and-ask'],
  ['too old', got(0, 9_990, true), 10_001, 'ask'],
  ['too old, and the issuer was down just now', got(0, 10_000, true), 10_001, 'fail'],
] as const)('%s', (_, times, nowMs, use) => {
  expect(keyUse(times, nowMs, LIMITS)).toBe(use)
})

test('a key that is not known is asked for once in a while', () => {
  expect([mayAskForUnknown(got(undefined), 0, LIMITS), mayAskForUnknown(got(0), 29, LIMITS), mayAskForUnknown(got(0), 30, LIMITS)]).toEqual([true, false, true])
})
