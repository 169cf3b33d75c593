import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DeviationSettings, type Outcomes, outliersOf } from '../../../../src/balance/health/deviation.js'
import { DEFAULT_PASSIVE } from '../../../../src/balance/health/settings.js'

const SETTINGS: DeviationSettings = DEFAULT_PASSIVE.deviation!

/** Targets a, b, c … that had so many bad outcomes of 100. */
const ofHundred = (...bads: number[]): Outcomes[] => bads.map((bad, i) => ({ origin: String.fromCharCode(97 + i), goods: 100 - bad, bads: bad }))
const origins = (outcomes: readonly Outcomes[], settings = SETTINGS): string[] => outliersOf(outcomes, settings).map(({ origin }) => origin)

test.each<[string, Outcomes[], string[]]>([
  ['one fails always', ofHundred(0, 0, 0, 0, 100), ['e']],
  ['one fails half of the time', ofHundred(0, 1, 0, 50, 0), ['d']],
  ['one fails once', ofHundred(0, 0, 0, 0, 1), []],
  ['one fails a little more often than the others', ofHundred(2, 1, 3, 2, 6), []],
  ['two of ten fail', ofHundred(0, 0, 0, 0, 0, 0, 0, 0, 65, 66), ['j', 'i']],
  ['all fail alike', ofHundred(90, 91, 90, 89, 90), []],
  ['nobody fails', ofHundred(0, 0, 0, 0, 0), []],
  ['there are too few of them', ofHundred(0, 0, 0, 100), []],
  ['too few had enough requests', [...ofHundred(0, 0, 0, 100), { origin: 'e', goods: 99, bads: 0 }], []],
  ['who fails had too few requests', [...ofHundred(0, 0, 0, 0, 0), { origin: 'f', goods: 0, bads: 99 }], []],
  ['there is nobody', [], []],
])('when %s', (_, outcomes, expected) => {
  expect(origins(outcomes)).toEqual(expected)
})

test('who had no request at all spoils no comparison of the others', () => {
  expect(origins([...ofHundred(0, 0, 0, 0, 100), { origin: 'f', goods: 0, bads: 0 }], { ...SETTINGS, minRequests: 0 })).toEqual(['e'])
})

test('tells the rate and what would have been well', () => {
  const { rate, threshold } = outliersOf(ofHundred(0, 0, 0, 0, 50), SETTINGS)[0]!
  expect(rate).toBe(0.5)
  // Mean 0.9, deviation 0.2.
  expect(threshold).toBeCloseTo(0.9 - 1.9 * 0.2)
})

test('never finds the best of them, nor all, and the worst first', () => {
  const outcomes = fc.array(fc.record({ goods: fc.nat(500), bads: fc.nat(500) }), { maxLength: 20, size: 'max' }).map((rows) => rows.map((row, i) => ({ ...row, origin: `${i}` })))
  const settings = fc.record({ factor: fc.double({ min: 0, max: 3, noNaN: true }), minHosts: fc.nat(6), minRequests: fc.nat(300), minGapPercent: fc.integer({ min: 0, max: 20 }) })
  fc.assert(
    fc.property(outcomes, settings, (rows, chosen) => {
      const found = outliersOf(rows, chosen)
      const judged = rows.filter(({ goods, bads }) => goods + bads > 0 && goods + bads >= chosen.minRequests)
      const best = Math.max(...judged.map(({ goods, bads }) => goods / (goods + bads)))
      for (const { rate, threshold } of found) {
        expect(rate).toBeLessThan(threshold)
        expect(rate).toBeLessThan(best)
      }
      expect(found.map(({ rate }) => rate)).toEqual(found.map(({ rate }) => rate).sort((a, b) => a - b))
    }),
  )
})
