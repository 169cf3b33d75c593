import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Active, afterProbe, DEFAULT_ACTIVE as SETTINGS, firstProbeDelayMs, nextProbeDelayMs, UNPROBED } from '../../../../src/balance/health/active.js'
import type { ProbeVerdict } from '../../../../src/balance/health/probe-verdict.js'

const VERDICTS: Record<string, ProbeVerdict> = { '+': { kind: 'pass' }, '-': { kind: 'fail', reason: 'refused' }, '0': { kind: 'void', reason: 'no sockets' } }

/** The states after each of the probes, `+` passed, `-` failed, `0` void; the n-th is at n seconds. */
const afterProbes = (probes: string, settings = SETTINGS, start: Active = UNPROBED): Active =>
  [...probes].reduce((state, probe, i) => afterProbe(state, VERDICTS[probe]!, (i + 1) * 1000, settings), start)

describe('the status of a target', () => {
  test.each<[string, Active['status']]>([
    ['', 'unknown'],
    ['+', 'unknown'],
    ['++', 'healthy'],
    ['--', 'unknown'],
    ['---', 'unhealthy'],
    ['--+--', 'unknown'],
    ['+-+', 'unknown'],
    ['++--', 'healthy'],
    ['++--+--', 'healthy'],
    ['++---', 'unhealthy'],
    ['---+', 'unhealthy'],
    ['---+-+', 'unhealthy'],
    ['---++', 'healthy'],
    ['0000', 'unknown'],
    ['+0+', 'healthy'],
    ['-0-0-', 'unhealthy'],
    ['++000', 'healthy'],
    ['---000', 'unhealthy'],
  ])('after %j is %s', (probes, status) => {
    expect(afterProbes(probes).status).toBe(status)
  })

  test('is decided by one probe where one is enough', () => {
    const settings = { ...SETTINGS, rise: 1, fall: 1 }
    expect(['+', '-', '-+', '+-'].map((probes) => afterProbes(probes, settings).status)).toEqual(['healthy', 'unhealthy', 'healthy', 'unhealthy'])
  })

  test('tells since when, but not of a target that never was away', () => {
    expect([afterProbes('++').sinceMs, afterProbes('++---').sinceMs, afterProbes('++---++').sinceMs]).toEqual([undefined, 5000, 7000])
  })

  test('tells why a target fails or begins to, and forgets it when it is well', () => {
    expect(['-', '---', '---+', '++-+', '---++'].map((probes) => afterProbes(probes).reason)).toEqual(['refused', 'refused', 'refused', undefined, undefined])
  })

  test('is the same object when a probe says what is known', () => {
    for (const [before, probe] of [['++', '+'], ['---', '-'], ['', '0'], ['++-', '0']]) {
      const state = afterProbes(before!)
      expect(afterProbes(probe!, SETTINGS, state)).toBe(state)
    }
  })

  test('changes only by as many probes in a row as it takes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('+', '-', '0'), { maxLength: 60, size: 'max' }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (probes, rise, fall) => {
        let state = UNPROBED
        const telling: string[] = []
        for (const probe of probes) {
          const before = state
          if (probe !== '0') telling.push(probe)
          state = afterProbe(before, VERDICTS[probe]!, 0, { ...SETTINGS, rise, fall })
          if (state.status === before.status) continue
          const [mark, needed] = state.status === 'healthy' ? ['+', rise] : ['-', fall]
          expect(telling.slice(-needed)).toEqual(new Array(needed).fill(mark))
        }
      }),
    )
  })

  test('can become healthy from any state', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('+', '-', '0'), { maxLength: 60, size: 'max' }), (probes) => {
        expect(afterProbes('++', SETTINGS, afterProbes(probes.join(''))).status).toBe('healthy')
      }),
    )
  })

  test('is plain values', () => {
    const state = afterProbes('++---+')
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  })
})

describe('the next probe', () => {
  test.each<[string, number]>([
    ['', 1000],
    ['+', 1000],
    ['++', 10_000],
    ['++-', 1000],
    ['++-+', 10_000],
    ['---', 10_000],
    ['---+', 1000],
    ['---+-', 10_000],
  ])('after %j is in %d ms', (probes, delayMs) => {
    expect(nextProbeDelayMs(afterProbes(probes), SETTINGS, 0.5)).toBe(delayMs)
  })

  test('is never later than the interval says when the fast one is set longer', () => {
    expect(nextProbeDelayMs(UNPROBED, { ...SETTINGS, intervalMs: 500 }, 0.5)).toBe(500)
  })

  test('is within the jitter, and the first one within an interval', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (roll) => {
        const delayMs = nextProbeDelayMs(afterProbes('++'), SETTINGS, roll)
        expect(delayMs).toBeGreaterThanOrEqual(9000)
        expect(delayMs).toBeLessThanOrEqual(11_000)
        expect(firstProbeDelayMs(SETTINGS, roll)).toBeGreaterThanOrEqual(0)
        expect(firstProbeDelayMs(SETTINGS, roll)).toBeLessThan(1000)
      }),
    )
  })
})
