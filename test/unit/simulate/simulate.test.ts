// The simulator repeats itself, and the policies do in it what they are for. It is virtual time: a slow machine changes nothing.
import { describe, expect, test } from 'vitest'
import { svgOf } from '../../../bench/chart.js'
import { type Measures, movedShare, percentile } from '../../../bench/simulate/measures.js'
import { chartOf, rowsOf } from '../../../bench/simulate/report.js'
import { SCENARIOS } from '../../../bench/simulate/scenarios.js'
import { range, type Setup, simulate, urlOf } from '../../../bench/simulate/simulation.js'

const p99 = ({ latencies }: Measures): number => percentile(latencies, 99)

describe('one target is ten times slower', () => {
  const run = (balance: Setup['upstream']['balance'], seed = 1): Promise<Measures> => simulate({ ...SCENARIOS['one-slow']!.setup(10), seconds: 1, upstream: { balance } }, seed)

  test('the same seed gives the same table and plot, another seed does not', async () => {
    const variant = { name: 'peak-ewma', upstream: {}, plotted: true }
    const told = async (seed: number): Promise<unknown> => {
      const results = [{ variant, measures: await run('peak-ewma', seed) }]
      return { rows: rowsOf(results, {}), svg: svgOf(chartOf(SCENARIOS['one-slow']!, results)) }
    }
    const first = await told(1)
    expect(await told(1)).toEqual(first)
    expect(await told(2)).not.toEqual(first)
  })

  test('policies that look at the load or the latency beat those that do not', async () => {
    const [blind, byLoad, byLatency] = await Promise.all([run('round-robin'), run('power-of-two'), run('peak-ewma')])
    expect(p99(byLoad)).toBeLessThan(0.7 * p99(blind))
    expect(p99(byLatency)).toBeLessThan(0.5 * p99(blind))
  })
})

test('a target that is killed costs no client an answer', async () => {
  const setup = SCENARIOS['kill-one']!.setup(3)
  const { errors, retries, ejections } = await simulate({ ...setup, seconds: 6, upstream: {} }, 1)
  expect({ errors, retried: retries > 0, ejections }).toEqual({ errors: 0, retried: true, ejections: 1 })
})

test('an adaptive limit keeps the latency of a pool that gets more than it can do', async () => {
  const overload: Omit<Setup, 'upstream'> = { origins: [{ workers: 8 }], rate: () => 600, seconds: 3 }
  const [without, adaptive] = await Promise.all([simulate({ ...overload, upstream: {} }, 1), simulate({ ...overload, upstream: { breaker: { adaptive: true } } }, 1)])
  expect(p99(adaptive)).toBeLessThan(0.5 * p99(without))
})

test('clients of targets that stay are not moved by one that leaves, under rendezvous', async () => {
  const upstream: Setup['upstream'] = { balance: 'rendezvous', breaker: { maxInFlight: 1_000_000 } }
  const { servers } = await simulate({ ...SCENARIOS['many-targets']!.setup(20), upstream }, 1)
  expect(movedShare(servers, urlOf(7))).toBe(0)
  const answeredByTheOneThatLeft = [...servers.values()].filter(([, second]) => second === urlOf(7))
  expect(answeredByTheOneThatLeft).toEqual([])
})

test('a server of one worker serves one request at a time, in the order they came', async () => {
  const { latencies, requests } = await simulate({ origins: [{ workers: 1 }], rate: () => 200, seconds: 1, upstream: {} }, 1)
  // 200 requests of 20 ms for one worker take four seconds; the last ones wait for nearly three.
  expect(requests).toBeGreaterThan(150)
  expect(latencies.at(-1)!).toBeGreaterThan(2000)
})

test('percentiles are of the nearest rank', () => {
  const hundred = Float64Array.from(range(100), (i) => i + 1)
  expect([percentile(hundred, 0), percentile(hundred, 50), percentile(hundred, 99), percentile(hundred, 99.9)]).toEqual([1, 50, 99, 100])
  expect(percentile(new Float64Array(), 50)).toBeNaN()
})
