import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterAnswer, afterFailure, latencyAt, type LatencyEstimate, sinceBack } from '../../../src/balance/latency.js'

const estimate = fc.option(fc.record({ latencyMs: fc.double({ min: 1, max: 600_000, noNaN: true }), atMs: fc.nat(100_000) }), { nil: undefined })
const known = (latencyMs: number, atMs = 0): LatencyEstimate => ({ latencyMs, atMs })

describe('latencyAt', () => {
  test('falls to a third in ten seconds', () => {
    expect(latencyAt(known(300), 0)).toBe(300)
    expect(latencyAt(known(300), 10_000)).toBeCloseTo(300 / Math.E)
  })

  test('is never so small that requests under way would not count', () => {
    expect(latencyAt(known(300), 1e9)).toBe(1)
  })

  test('a clock that was set back makes nothing slower', () => {
    expect(latencyAt(known(300, 5000), 0)).toBe(300)
  })
})

describe('afterAnswer', () => {
  test('the first answer is believed', () => {
    expect(afterAnswer(undefined, 25, 7)).toEqual(known(25, 7))
    expect(afterAnswer(undefined, 0, 7)).toEqual(known(1, 7))
  })

  test('a slower one counts at once', () => {
    expect(afterAnswer(known(10), 500, 100)).toEqual(known(500, 100))
  })

  test('a faster one counts by and by', () => {
    const soon = afterAnswer(known(500), 10, 100)
    expect(soon.latencyMs).toBeGreaterThan(490)
    const later = afterAnswer(known(500), 10, 20_000)
    expect(later.latencyMs).toBeLessThan(80)
  })

  test('many answers of the same time make it that time', () => {
    let state: LatencyEstimate | undefined = known(800)
    for (let nowMs = 0; nowMs < 100_000; nowMs += 50) state = afterAnswer(state, 20, nowMs)
    expect(state.latencyMs).toBeCloseTo(20, 0)
  })

  test('a target as fast as the clock can tell stays so', () => {
    expect(afterAnswer(known(1), 1, 1)).toEqual(known(1, 1))
  })

  test('it lies between what was thought and what was seen, wherever the clock stands', () => {
    fc.assert(
      fc.property(estimate, fc.nat(60_000), fc.nat(200_000), (before, sampleMs, nowMs) => {
        const { latencyMs } = afterAnswer(before, sampleMs, nowMs)
        expect(latencyMs).toBeGreaterThanOrEqual(1)
        expect(latencyMs).toBeLessThanOrEqual(Math.max(1, sampleMs, before?.latencyMs ?? 0) * 1.000001)
        if (before && nowMs > before.atMs) expect(latencyMs).toBeGreaterThanOrEqual(Math.min(sampleMs, before.latencyMs) * 0.999999)
      }),
    )
  })
})

describe('afterFailure', () => {
  test.each([
    ['a fast failure of an unknown target', undefined, 1, 100],
    ['a fast failure of a fast target', known(10), 1, 100],
    ['a fast failure where answers take seconds', known(4000), 1, 8000],
    ['a failure that took long', known(10), 5000, 5000],
    ['a fast failure of one that takes minutes', known(90_000), 1, 90_000],
    ['the last of many', known(50_000), 1, 60_000],
  ])('%s makes it slow', (_, before, sampleMs, expected) => {
    expect(afterFailure(before, sampleMs, 0).latencyMs).toBe(expected)
  })

  test('it never makes a target look faster than it did', () => {
    fc.assert(
      fc.property(estimate, fc.nat(60_000), fc.nat(200_000), (before, sampleMs, nowMs) => {
        expect(afterFailure(before, sampleMs, nowMs).latencyMs).toBeGreaterThanOrEqual(before ? latencyAt(before, nowMs) : 100)
      }),
    )
  })
})

describe('sinceBack', () => {
  test.each<[string, LatencyEstimate | undefined, boolean, number | undefined, LatencyEstimate | undefined]>([
    ['one that never was away keeps its estimate', known(10, 5), false, undefined, known(10, 5)],
    ['one on trial starts anew', known(10, 5), true, undefined, undefined],
    ['what was learnt before the return is forgotten', known(10, 5), false, 6, undefined],
    ['what was learnt since is kept', known(10, 6), false, 6, known(10, 6)],
    ['nothing stays nothing', undefined, false, 6, undefined],
  ])('%s', (_, estimate, onTrial, backMs, expected) => {
    expect(sinceBack(estimate, onTrial, backMs)).toEqual(expected)
  })
})
