// The limit against a small model of a server: so many requests at a time take their time, more share it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Concurrency, DEFAULT_CONCURRENCY as SETTINGS, initialConcurrency, learn } from '../../../../src/balance/protect/concurrency.js'

interface Server {
  /** Requests that do not slow one another down. */
  readonly capacity: number
  readonly requestMs: number
}

const T = 1_700_000_000_000
const SPAN_MS = SETTINGS.windowMs
const BUSY = 1_000_000

/** Numbers in [0, 1), always the same for a seed. */
const randomOf = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

interface Run {
  state: Concurrency
  nowMs: number
  /** The limit after each span. */
  readonly limits: number[]
}

const newRun = (settings = SETTINGS): Run => ({ state: initialConcurrency(T, settings), nowMs: T, limits: [] })

/** Lets as many clients as are given keep the server busy for so many spans; times differ by a fifth up and down. */
const serve = (run: Run, server: Server, spans: number, clients = BUSY, random = randomOf(7), dropped: (inFlight: number) => boolean = () => false): Run => {
  for (let span = 0; span < spans; span++) {
    const inFlight = Math.max(1, Math.min(clients, run.state.limit))
    const rttMs = server.requestMs * Math.max(1, inFlight / server.capacity)
    const requests = Math.max(SETTINGS.minSamples, Math.min(200, Math.round((inFlight * SPAN_MS) / rttMs)))
    for (let i = 0; i < requests; i++) {
      run.nowMs += SPAN_MS / requests
      run.state = learn(run.state, { rttMs: rttMs * (0.8 + 0.4 * random()), inFlight, dropped: dropped(inFlight) }, run.nowMs, SETTINGS)
    }
    run.limits.push(run.state.limit)
  }
  return run
}
/** All but the probes, which lower it for one span. */
const settled = (limits: readonly number[]): number[] => [...limits].sort((a, b) => a - b).slice(Math.ceil(limits.length / 8))

describe('under more load than the server can take', () => {
  test.each<[string, Server]>([
    ['a large server', { capacity: 500, requestMs: 20 }],
    ['a middling one', { capacity: 100, requestMs: 50 }],
    ['a slow one', { capacity: 60, requestMs: 800 }],
    ['one smaller than where the limit begins', { capacity: 8, requestMs: 200 }],
  ])('the limit comes to what %s can take, and a queue no longer than that', (_, server) => {
    const run = serve(newRun(), server, 40)
    const limits = settled(serve({ ...run, limits: [] }, server, 120).limits)
    expect(Math.min(...limits)).toBeGreaterThanOrEqual(server.capacity)
    expect(Math.max(...limits)).toBeLessThanOrEqual(server.capacity * 2.2)
  })

  test('it gets there in seconds', () => {
    expect(Math.max(...serve(newRun(), { capacity: 1000, requestMs: 20 }, 10).limits)).toBeGreaterThanOrEqual(1000)
  })

  test('it does not creep up while that lasts for the better part of an hour', () => {
    const run = serve(newRun(), { capacity: 100, requestMs: 50 }, 5000)
    expect(Math.max(...run.limits.slice(100))).toBeLessThan(200)
    expect(run.state.baseMs).toBeGreaterThan(45)
    expect(run.state.baseMs).toBeLessThan(55)
  })

  test('probes cost little of what the server could do', () => {
    const { limits } = serve(serve(newRun(), { capacity: 100, requestMs: 50 }, 40), { capacity: 100, requestMs: 50 }, 600)
    expect(limits.reduce((sum, limit) => sum + Math.min(1, limit / 100), 0) / limits.length).toBeGreaterThan(0.98)
  })
})

describe('when the server changes', () => {
  const before: Server = { capacity: 100, requestMs: 50 }
  test.each<[string, Server]>([
    ['can take half as much', { capacity: 50, requestMs: 50 }],
    ['can take twice as much', { capacity: 200, requestMs: 50 }],
    ['is three times as slow', { capacity: 100, requestMs: 150 }],
    ['is three times as fast', { capacity: 100, requestMs: 17 }],
  ])('and %s, the limit follows within two minutes', (_, after) => {
    const run = serve(serve(newRun(), before, 100), after, 240)
    const limits = settled(serve({ ...run, limits: [] }, after, 60).limits)
    expect(Math.min(...limits)).toBeGreaterThanOrEqual(after.capacity)
    expect(Math.max(...limits)).toBeLessThanOrEqual(after.capacity * 2.2)
  })
})

test('a server that has become slower is taken for what it is within 20 seconds, without a probe', () => {
  const before = serve(newRun(), { capacity: 100, requestMs: 50 }, 70)
  expect(serve(before, { capacity: 100, requestMs: 150 }, 40).state.limit).toBeGreaterThanOrEqual(100)
})

test('what a request takes is learned from a pool that idles, too', () => {
  // With 3 of 20 under way the server is as it is on its own account.
  const run = serve(newRun(), { capacity: 100, requestMs: 50 }, 10, 3)
  expect(serve(run, { capacity: 100, requestMs: 200 }, 55, 3).state.baseMs).toBeGreaterThan(150)
})

describe('the limit', () => {
  test('stays where it is while little is under way, however slow that is', () => {
    const idle = serve(newRun(), { capacity: 100, requestMs: 50 }, 20, 3)
    expect(settled(serve(idle, { capacity: 100, requestMs: 5000 }, 50, 3).limits).every((limit) => limit === SETTINGS.initialLimit)).toBe(true)
  })

  test('keeps below where requests are dropped', () => {
    const random = randomOf(3)
    const run = serve(newRun(), { capacity: 1000, requestMs: 50 }, 300, BUSY, random, (inFlight) => inFlight > 60 && random() < 0.2)
    const limits = settled(run.limits.slice(50))
    expect(Math.max(...limits)).toBeLessThan(80)
    expect(Math.min(...limits)).toBeGreaterThan(40)
  })

  test('goes to its lowest when everything is dropped, and comes back', () => {
    const server = { capacity: 100, requestMs: 50 }
    const down = serve(newRun(), server, 60, BUSY, randomOf(1), () => true)
    expect(down.state.limit).toBe(SETTINGS.minLimit)
    expect(Math.max(...serve(down, server, 100).limits)).toBeGreaterThan(100)
  })

  test('is one lesson for each span, and the same object in between', () => {
    const { state } = newRun()
    const sample = { rttMs: 10, inFlight: 20, dropped: false }
    for (let i = 0; i < 9; i++) expect(learn(state, sample, T + 1000, SETTINGS)).toBe(state)
    const learned = learn(state, sample, T + 1000, SETTINGS)
    expect(learned).not.toBe(state)
    for (let i = 0; i < 50; i++) expect(learn(learned, sample, T + 1499, SETTINGS)).toBe(learned)
    expect(learn(learned, sample, T + 1500, SETTINGS)).not.toBe(learned)
  })

  test('is within its bounds and plain values, whatever is measured by whatever clock', () => {
    const sample = fc.record({ rttMs: fc.oneof(fc.nat(100), fc.double({ min: 0, max: 1e7, noNaN: true })), inFlight: fc.nat(3000), dropped: fc.boolean(), afterMs: fc.integer({ min: -5000, max: 5000 }) })
    const settings = fc.record({ minSamples: fc.constantFrom(0, 1, 3), minLimit: fc.integer({ min: 1, max: 10 }), maxLimit: fc.integer({ min: 10, max: 50 }), probeEvery: fc.integer({ min: 1, max: 10 }) })
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200, size: 'max' }), settings, (samples, some) => {
        const chosen = { ...SETTINGS, ...some }
        let state = initialConcurrency(T, chosen)
        let nowMs = T
        for (const each of samples) {
          nowMs += each.afterMs
          state = learn(state, each, nowMs, chosen)
          expect(Number.isInteger(state.limit)).toBe(true)
          expect(state.limit).toBeGreaterThanOrEqual(some.minLimit)
          expect(state.limit).toBeLessThanOrEqual(some.maxLimit)
          expect(state.baseMs ?? 0).toBeGreaterThanOrEqual(0)
        }
        expect(JSON.parse(JSON.stringify(state))).toEqual(state)
      }),
    )
  })

  test('can grow again from any state', () => {
    const sample = fc.record({ rttMs: fc.double({ min: 0, max: 60_000, noNaN: true }), inFlight: fc.nat(300), dropped: fc.boolean(), afterMs: fc.nat(600) })
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200, size: 'max' }), (samples) => {
        let nowMs = T
        let state = initialConcurrency(T, SETTINGS)
        for (const each of samples) state = learn(state, each, (nowMs += each.afterMs), SETTINGS)
        expect(Math.max(...serve({ state, nowMs, limits: [] }, { capacity: 100, requestMs: 50 }, 400).limits)).toBeGreaterThanOrEqual(100)
      }),
      { numRuns: 30 },
    )
  })
})
