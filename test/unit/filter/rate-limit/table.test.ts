import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AlgorithmName, ALGORITHMS } from '../../../../src/filter/rate-limit/algorithms.js'
import { type Quota, UNUSED } from '../../../../src/filter/rate-limit/counter.js'
import { CounterTable } from '../../../../src/filter/rate-limit/table.js'

const QUOTA: Quota = { limit: 5, windowMs: 60_000, burst: 5 }
const NOW_MS = 1_700_000_000_000
const NAMES = Object.keys(ALGORITHMS) as AlgorithmName[]
const spend = (table: CounterTable, key: string, times: number, nowMs = NOW_MS): void => {
  for (let i = 0; i < times; i++) table.count(key, nowMs)
}

describe.each(NAMES)('counters of %s', (name) => {
  const algorithm = ALGORITHMS[name]

  test('are those of the algorithm for each key by itself, while there is room', () => {
    const steps = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), afterMs: fc.integer({ min: -1000, max: 20_000 }) }), { maxLength: 100 })
    fc.assert(fc.property(steps, (asked) => {
      const table = new CounterTable(algorithm, QUOTA, 100)
      const model = new Map<string, typeof UNUSED>()
      let nowMs = NOW_MS
      for (const { key, afterMs } of asked) {
        nowMs += afterMs
        const expected = algorithm.count(model.get(key) ?? UNUSED, nowMs, QUOTA)
        model.set(key, expected.counter)
        expect(table.count(key, nowMs).verdict).toBe(expected.verdict)
      }
    }))
  })

  test('do not grow beyond their number, nor let go of who is over the limit, whatever flood of new keys comes', () => {
    const table = new CounterTable(algorithm, QUOTA, 1000)
    const spent = Array.from({ length: 100 }, (_, i) => `spent ${i}`)
    for (const key of spent) spend(table, key, 5)
    for (let i = 0; i < 50_000; i++) table.count(`flood ${i}`, NOW_MS)
    expect(table.size).toBe(1000)
    expect(spent.filter((key) => table.count(key, NOW_MS).verdict === 'pass')).toEqual([])
  })

  test('let go of who has used less before who has used more', () => {
    const table = new CounterTable(algorithm, QUOTA, 500)
    const used = Array.from({ length: 50 }, (_, i) => `used ${i}`)
    for (const key of used) spend(table, key, 3)
    for (let i = 0; i < 20_000; i++) table.count(`flood ${i}`, NOW_MS)
    expect(used.filter((key) => table.count(key, NOW_MS).remaining !== 1)).toEqual([])
  })

  test('give the place of a key whose time is over to the next, so that what comes in turn takes little', () => {
    const table = new CounterTable(algorithm, QUOTA, 100_000)
    for (let i = 0; i < 20_000; i++) table.count(`key ${i}`, NOW_MS + i * 1000)
    // 60 to 120 keys are in use at a time.
    expect(table.size).toBeLessThan(400)
  })
})

test('a table of one key counts that one', () => {
  const table = new CounterTable(ALGORITHMS.gcra, QUOTA, 1)
  spend(table, 'a', 5)
  expect([table.count('a', NOW_MS).verdict, table.count('b', NOW_MS).verdict, table.size]).toEqual(['refuse', 'pass', 1])
})
