import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Observation } from '../../../../src/balance/health/observation.js'
import { beginTrial, type Breaker, type BreakerSettings, closedBreaker, DEFAULT_BREAKER as SETTINGS, observe, passageAt, rampShare, refusesForMs, settleTrial } from '../../../../src/balance/protect/breaker.js'

const T = 1_700_000_000_000
const OBSERVATIONS: Record<string, Observation> = {
  '+': { kind: 'success' },
  '-': { kind: 'failure', reason: '503' },
  a: { kind: 'aborted' },
  l: { kind: 'local-fault', reason: 'EMFILE' },
}
const after = (breaker: Breaker, observations: string, nowMs = T, settings = SETTINGS): Breaker => [...observations].reduce((state, each) => observe(state, OBSERVATIONS[each]!, nowMs, settings), breaker)
const trial = (breaker: Breaker, outcome: string, nowMs: number, settings = SETTINGS): Breaker => settleTrial(beginTrial(breaker, nowMs, settings), OBSERVATIONS[outcome]!, nowMs, settings)
const closed = closedBreaker(T)
const open = after(closed, '-'.repeat(20))

describe('a closed breaker', () => {
  test.each<[string, Breaker['phase']]>([
    ['-'.repeat(19), 'closed'],
    ['-'.repeat(20), 'open'],
    ['+-'.repeat(10), 'open'],
    ['++-'.repeat(100), 'closed'],
    ['+'.repeat(11) + '-'.repeat(10), 'closed'],
    ['+'.repeat(11) + '-'.repeat(11), 'open'],
    ['-'.repeat(19) + 'al'.repeat(20), 'closed'],
    ['l'.repeat(100), 'closed'],
  ])('after %s is %s', (observations, phase) => {
    expect(after(closedBreaker(T), observations).phase).toBe(phase)
  })

  test('counts within the window only', () => {
    expect(after(after(closedBreaker(T), '-'.repeat(19)), '-', T + 11_000).phase).toBe('closed')
  })

  test('lets everything through, and makes no object for an outcome that decides nothing', () => {
    const breaker = closedBreaker(T)
    expect(passageAt(breaker, T, 0.999, SETTINGS)).toBe('pass')
    expect(after(breaker, '+++--al')).toBe(breaker)
    expect(beginTrial(breaker, T, SETTINGS)).toBe(breaker)
  })
})

describe('an open breaker', () => {
  test('lets nobody through until its time is over, then one on trial, and says how long that is', () => {
    expect(open).toMatchObject({ reason: 'failure-ratio', forMs: 10_000 })
    expect([passageAt(open, T, 0, SETTINGS), passageAt(open, T + 9999, 0, SETTINGS), passageAt(open, T + 10_000, 0.999, SETTINGS)]).toEqual(['refuse', 'refuse', 'trial'])
    expect([refusesForMs(open, T + 4000), refusesForMs(open, T + 10_000), refusesForMs(closed, T)]).toEqual([6000, 0, 0])
  })

  test('learns nothing from requests of before', () => {
    expect(after(open, '+-+-+')).toBe(open)
    expect(settleTrial(open, OBSERVATIONS['+']!, T, SETTINGS)).toBe(open)
  })

  test.each([
    [1, 10_000],
    [2, 20_000],
    [3, 40_000],
    [5, 160_000],
    [6, 300_000],
    [40, 300_000],
    [2000, 300_000],
  ])('for the %d. time stays so for %d ms', (times, forMs) => {
    let breaker = open
    let nowMs = T
    for (let i = 1; i < times; i++) {
      nowMs += 300_000
      breaker = trial(breaker, '-', nowMs)
    }
    expect(breaker).toMatchObject({ phase: 'open', forMs, openings: times, ...(times > 1 && { reason: 'failed-trial' }) })
  })
})

describe('a half-open breaker', () => {
  const nowMs = T + 10_000
  const half = beginTrial(open, nowMs, SETTINGS)

  test('lets nobody else through while its trial is under way', () => {
    expect([half.phase, passageAt(half, nowMs + 1, 0, SETTINGS)]).toEqual(['half-open', 'refuse'])
  })

  test('goes on to the ramp when the trial is a success, opens again when it fails, and lets another try when it told nothing', () => {
    expect(['+', '-', 'a', 'l'].map((outcome) => trial(open, outcome, nowMs).phase)).toEqual(['ramp', 'open', 'half-open', 'half-open'])
    expect(passageAt(trial(open, 'a', nowMs), nowMs, 0, SETTINGS)).toBe('trial')
  })

  test('gives up a trial that got lost', () => {
    expect([passageAt(half, nowMs + 59_999, 0, SETTINGS), passageAt(half, nowMs + 60_000, 0, SETTINGS)]).toEqual(['refuse', 'trial'])
    expect(trial(half, '+', nowMs + 60_000).phase).toBe('ramp')
  })

  test('of several trials needs them all', () => {
    const settings = { ...SETTINGS, trials: 3 }
    const two = trial(trial(open, '+', nowMs, settings), '+', nowMs, settings)
    expect([two.phase, trial(two, '+', nowMs, settings).phase, trial(two, '-', nowMs, settings).phase]).toEqual(['half-open', 'ramp', 'open'])
  })

  test('gives no more trials for ends of those that no longer count', () => {
    const settings = { ...SETTINGS, trials: 2 }
    let breaker = trial(beginTrial(open, nowMs, settings), 'a', nowMs + 60_000, settings)
    for (let i = 0; i < 3; i++) breaker = settleTrial(breaker, OBSERVATIONS['a']!, nowMs + 60_000, settings)
    for (let i = 0; i < 2; i++) breaker = beginTrial(breaker, nowMs + 60_001, settings)
    expect(passageAt(breaker, nowMs + 60_001, 0, settings)).toBe('refuse')
  })

  test('of several trials keeps what has passed when others got lost', () => {
    const settings = { ...SETTINGS, trials: 3 }
    const one = beginTrial(beginTrial(trial(open, '+', nowMs, settings), nowMs, settings), nowMs, settings)
    expect(passageAt(one, nowMs, 0, settings)).toBe('refuse')
    const late = trial(one, '+', nowMs + 60_000, settings)
    expect([late.phase, trial(late, '+', nowMs + 60_000, settings).phase]).toEqual(['half-open', 'ramp'])
  })
})

describe('a ramp', () => {
  const beganMs = T + 10_000
  // The window is written in place, so each test begins with one of its own.
  const newRamp = (): Breaker => trial(after(closedBreaker(T), '-'.repeat(20)), '+', beganMs)

  test.each([
    [0, 0],
    [1000, 0.1],
    [5000, 0.5],
    [9999, 0.9999],
    [10_000, 1],
  ])('after %d ms lets a share of %d through', (elapsedMs, share) => {
    const ramp = newRamp()
    expect(ramp.phase === 'ramp' && rampShare(ramp, beganMs + elapsedMs, SETTINGS)).toBeCloseTo(share)
    if (share > 0) expect(passageAt(ramp, beganMs + elapsedMs, share - 0.001, SETTINGS)).toBe('pass')
    if (share < 1) expect(passageAt(ramp, beganMs + elapsedMs, share + 0.00001, SETTINGS)).toBe('refuse')
  })

  test('ends with the first outcome after its time', () => {
    expect([after(newRamp(), '+', beganMs + 9999).phase, after(newRamp(), '+', beganMs + 10_000).phase, after(newRamp(), '-', beganMs + 10_000).phase]).toEqual(['ramp', 'closed', 'closed'])
  })

  test('forgets the failures of before, and opens for longer at new ones', () => {
    const settings = { ...SETTINGS, openMs: 1000 }
    const early = trial(after(closedBreaker(T), '-'.repeat(20), T, settings), '+', T + 1000, settings)
    expect(after(early, '-'.repeat(19), T + 1500, settings).phase).toBe('ramp')
    expect(after(newRamp(), '-'.repeat(20), beganMs + 1000)).toMatchObject({ phase: 'open', forMs: 20_000 })
  })

  test('of no time lets all through at once', () => {
    expect(passageAt(newRamp(), beganMs, 0.999, { ...SETTINGS, rampMs: 0 })).toBe('pass')
  })
})

test('former openings count until it has been closed for long', () => {
  const again = (closedForMs: number): Breaker => {
    const closedMs = T + 20_000
    const recovered = after(trial(after(closedBreaker(T), '-'.repeat(20)), '+', T + 10_000), '+', closedMs)
    return after(recovered, '-'.repeat(20), closedMs + closedForMs)
  }
  expect([again(299_999), again(300_000)]).toMatchObject([{ openings: 2, forMs: 20_000 }, { openings: 1, forMs: 10_000 }])
})

describe('whatever happens', () => {
  const roll = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const outcome = fc.constantFrom('+', '-', '-', 'a', 'l')
  const step = fc.oneof(
    fc.record({ do: fc.constant('requests' as const), outcome, times: fc.constantFrom(1, 3, 25), roll }),
    fc.record({ do: fc.constant('settle' as const), outcome }),
    fc.record({ do: fc.constant('time' as const), ms: fc.oneof(fc.nat(12_000), fc.integer({ min: -400_000, max: 400_000 })) }),
  )
  const settingsOf = fc.record({ trials: fc.integer({ min: 1, max: 3 }), minSamples: fc.constantFrom(1, 20), rampMs: fc.constantFrom(0, 10_000) }).map((some): BreakerSettings => ({ ...SETTINGS, ...some }))

  /** Asks for each request, as a stage does, and settles trials later. */
  const run = (steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[], settings: BreakerSettings, look: (breaker: Breaker, underWay: number) => void): { breaker: Breaker; nowMs: number; latestMs: number } => {
    let breaker = closedBreaker(T)
    let nowMs = T
    let latestMs = T
    let underWay = 0
    let lastBegunMs = nowMs
    for (const each of steps) {
      latestMs = Math.max(latestMs, nowMs)
      if (each.do === 'time') nowMs += each.ms
      else if (each.do === 'settle') {
        if (underWay === 0) continue
        underWay--
        breaker = settleTrial(breaker, OBSERVATIONS[each.outcome]!, nowMs, settings)
      } else {
        for (let i = 0; i < each.times; i++) {
          const passage = passageAt(breaker, nowMs, each.roll, settings)
          if (passage === 'pass') breaker = observe(breaker, OBSERVATIONS[each.outcome]!, nowMs, settings)
          if (passage === 'trial') {
            const isOverdue = nowMs < lastBegunMs || nowMs - lastBegunMs >= settings.trialTimeoutMs
            underWay = breaker.phase === 'open' || isOverdue ? 1 : underWay + 1
            breaker = beginTrial(breaker, nowMs, settings)
            lastBegunMs = nowMs
          }
          look(breaker, underWay)
        }
      }
      look(breaker, underWay)
      if (breaker.phase !== 'half-open') underWay = 0
    }
    return { breaker, nowMs, latestMs }
  }
  const steps = fc.array(step, { maxLength: 60, size: 'max' })

  test('half-open never has more trials than are set', () => {
    fc.assert(
      fc.property(steps, settingsOf, (all, settings) => {
        run(all, settings, (breaker, underWay) => {
          if (breaker.phase !== 'half-open') return
          expect(underWay).toBeLessThanOrEqual(settings.trials)
          expect(breaker.begun).toBeLessThanOrEqual(settings.trials)
          expect(breaker.passed).toBeLessThan(settings.trials)
          expect(breaker.begun).toBeGreaterThanOrEqual(breaker.passed)
        })
      }),
    )
  })

  test('it is open for a time within its bounds', () => {
    fc.assert(
      fc.property(steps, settingsOf, (all, settings) => {
        run(all, settings, (breaker) => {
          if (breaker.phase !== 'open') return
          expect(breaker.forMs).toBeGreaterThanOrEqual(settings.openMs)
          expect(breaker.forMs).toBeLessThanOrEqual(settings.maxOpenMs)
        })
      }),
    )
  })

  test('it closes once successes come, from whatever state', () => {
    fc.assert(
      fc.property(steps, settingsOf, (all, settings) => {
        const end = run(all, settings, () => {})
        let { breaker } = end
        let nowMs = end.latestMs + settings.maxOpenMs + settings.trialTimeoutMs
        for (let i = 0; i < settings.trials && passageAt(breaker, nowMs, 0, settings) === 'trial'; i++) breaker = trial(breaker, '+', nowMs, settings)
        nowMs += settings.rampMs
        expect(passageAt(breaker, nowMs, 0.999, settings)).toBe('pass')
        expect(observe(breaker, OBSERVATIONS['+']!, nowMs, settings).phase).toBe('closed')
      }),
    )
  })

  test('a clock that is set back keeps nobody out', () => {
    fc.assert(
      fc.property(steps, settingsOf, roll, (all, settings, at) => {
        const { breaker, nowMs } = run(all, settings, () => {})
        expect(passageAt(breaker, Math.min(nowMs, breaker.sinceMs, breaker.phase === 'half-open' ? breaker.lastTrialMs : nowMs) - 1, at, settings)).not.toBe('refuse')
      }),
    )
  })

  test('its state is plain values', () => {
    fc.assert(
      fc.property(steps, settingsOf, (all, settings) => {
        const { breaker } = run(all, settings, () => {})
        expect(JSON.parse(JSON.stringify(breaker))).toEqual(breaker)
      }),
    )
  })
})
