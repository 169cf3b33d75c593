// When certificates are renewed, and how failures are followed.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { retryAfterMs } from '../../../../runtimes/acme/fault.js'
import { afterEarly, askAgainAt, dueFor, endsSoon, isEarly, mayOrder, type NameState, retryDelayMs, timeInWindow } from '../../../../runtimes/acme/renewal.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const held = { fromMs: 0, toMs: 90 * DAY, id: 'one' }

describe('what is due for a name', () => {
  test.each<[string, number, typeof held | undefined, NameState, boolean, unknown]>([
    ['none yet', 0, undefined, {}, true, { kind: 'order' }],
    ['none yet, after a failure', 5, undefined, { failures: 1, notBeforeMs: 10 }, true, { kind: 'wait', untilMs: 10 }],
    ['young, and nobody tells', DAY, held, {}, false, { kind: 'wait', untilMs: 60 * DAY }],
    ['two thirds over', 60 * DAY, held, {}, false, { kind: 'order' }],
    ['over', 91 * DAY, held, {}, false, { kind: 'order' }],
    ['young, and not asked yet', DAY, held, {}, true, { kind: 'ask' }],
    ['another was asked about', DAY, held, { ari: { id: 'other', askAtMs: 99 * DAY, renewAtMs: 0 } }, true, { kind: 'ask' }],
    ['asked lately', DAY, held, { ari: { id: 'one', askAtMs: 2 * DAY, renewAtMs: 50 * DAY } }, true, { kind: 'wait', untilMs: 2 * DAY }],
    ['to be asked again', 2 * DAY, held, { ari: { id: 'one', askAtMs: 2 * DAY, renewAtMs: 50 * DAY } }, true, { kind: 'ask' }],
    ['told to wait beyond two thirds', 65 * DAY, held, { ari: { id: 'one', askAtMs: 70 * DAY, renewAtMs: 75 * DAY } }, true, { kind: 'wait', untilMs: 70 * DAY }],
    ['told that it is time', DAY, held, { ari: { id: 'one', askAtMs: 2 * DAY, renewAtMs: DAY } }, true, { kind: 'order' }],
    ['asked without an answer, old', 61 * DAY, held, { ari: { id: 'one', askAtMs: 62 * DAY } }, true, { kind: 'order' }],
    ['time, but it failed', 61 * DAY, held, { failures: 2, notBeforeMs: 62 * DAY }, false, { kind: 'wait', untilMs: 62 * DAY }],
  ])('%s', (_, nowMs, certificate, state, asks, due) => {
    expect(dueFor(nowMs, certificate, state, asks)).toEqual(due)
  })

  test('waits for something that is still to come, and is not due before', () => {
    fc.assert(fc.property(fc.nat(100 * DAY), fc.option(fc.nat(100 * DAY)), fc.option(fc.nat(100 * DAY)), fc.boolean(), (nowMs, notBeforeMs, renewAtMs, asks) => {
      const state = { ...(notBeforeMs === null ? {} : { notBeforeMs }), ari: { id: 'one', askAtMs: nowMs + 1, ...(renewAtMs === null ? {} : { renewAtMs }) } }
      const due = dueFor(nowMs, held, state, asks)
      return due.kind !== 'wait' || (due.untilMs > nowMs && dueFor(due.untilMs, held, state, asks).kind !== 'wait')
        || (notBeforeMs !== null && notBeforeMs > nowMs)
    }))
  })
})

test('a time in the window is in it, and the beginning of one without length', () => {
  expect([0, 0.5, 1].map((roll) => timeInWindow({ fromMs: 10, toMs: 20 }, roll))).toEqual([10, 15, 20])
  expect(timeInWindow({ fromMs: 10, toMs: 10 }, 0.9)).toBe(10)
})

test('an authority that asks for one early renewal after another is followed slower and slower', () => {
  expect([isEarly(29 * DAY, held), isEarly(31 * DAY, held)]).toEqual([true, false])
  expect([0, 1, 2, 3, 4, 20].map((early) => afterEarly(early, 0) / HOUR)).toEqual([0, 0, 1, 2, 4, 24])
})

test('the authority is asked between once a minute and once a day', () => {
  expect([undefined, 0, HOUR, 90 * DAY].map((ms) => askAgainAt(0, ms))).toEqual([6 * HOUR, 60_000, HOUR, DAY])
})

describe('after failures', () => {
  test('the wait grows up to a limit, and is never shorter than the authority asks', () => {
    expect([1, 2, 3, 20].map((n) => retryDelayMs(n, 'away', undefined, 0))).toEqual([4000, 8000, 16_000, HOUR])
    expect([1, 2, 3, 20].map((n) => retryDelayMs(n, 'refused', undefined, 0) / 60_000)).toEqual([2, 6, 18, 360])
    expect(retryDelayMs(1, 'refused', DAY, 0.3)).toBe(DAY)
    fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), fc.constantFrom('away' as const, 'refused' as const), fc.nat(DAY), fc.double({ min: 0, max: 1, noNaN: true }), (failures, kind, askedMs, roll) => {
      const delay = retryDelayMs(failures, kind, askedMs, roll)
      return delay >= askedMs && delay >= 4000 && delay <= Math.max(askedMs, 9 * HOUR)
    }))
  })

  test('five refusals take more than an hour, which is what Let\'s Encrypt counts by', () => {
    const delays = [1, 2, 3, 4].map((n) => retryDelayMs(n, 'refused', undefined, 0))
    expect(delays.reduce((sum, each) => sum + each)).toBeGreaterThan(HOUR)
  })

  test('Retry-After is seconds or a date', () => {
    const nowMs = Date.parse('2026-11-25T12:00:00Z')
    expect(['5', 'Wed, 25 Nov 2026 12:01:00 GMT', 'Wed, 25 Nov 2026 11:00:00 GMT', 'soon', undefined].map((value) => retryAfterMs(value, nowMs))).toEqual([5000, 60_000, 0, undefined, undefined])
  })
})

test('an end is near in the last fifth of a life, or two weeks before it', () => {
  expect([75, 77].map((day) => endsSoon(day * DAY, held))).toEqual([false, true])
  expect([4, 5].map((day) => endsSoon(day * DAY, { fromMs: 0, toMs: 6 * DAY }))).toEqual([false, true])
})

test('orders on demand are counted by the hour', () => {
  expect(mayOrder(2 * HOUR, [0, HOUR, HOUR + 1], 2)).toBe(true)
  expect(mayOrder(2 * HOUR, [HOUR + 1, HOUR + 2], 2)).toBe(false)
  // Of a clock that was ahead.
  expect(mayOrder(2 * HOUR, [9 * HOUR, 9 * HOUR], 2)).toBe(true)
})
