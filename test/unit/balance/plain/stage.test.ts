import { describe, expect, test } from 'vitest'
import { PlainBalancer } from '../../../../src/balance/plain/stage.js'
import type { Target } from '../../../../src/balance/policy.js'
import { GatewayError } from '../../../../src/errors.js'
import { chance, surprise } from '../../../support/balance.js'
import { exchangeOf } from '../../../support/exchange.js'
import { targetsOf } from '../../../support/pool.js'

const WEIGHTS = [3, 1, 0, 2]
const TARGETS = targetsOf(WEIGHTS.map((weight, i) => ({ url: `http://t${i}`, weight })))

function asking(targets = TARGETS): (...tried: Target[]) => string | undefined {
  const pool = new PlainBalancer('app', targets, chance(5))
  return (...tried) => {
    const leased = pool.lease(exchangeOf(), { subset: undefined, priority: 'normal' }, tried)
    if (leased instanceof GatewayError || leased instanceof Promise) return undefined
    return leased.server.origin
  }
}
const tally = (origins: readonly (string | undefined)[]): number[] => TARGETS.map(({ origin }) => origins.filter((each) => each === origin).length)

describe('the plain balancer', () => {
  test('gives first attempts in exact turns, whatever is repeated in between', () => {
    const ask = asking()
    const origins = Array.from({ length: 12 }, (_, i) => {
      const origin = ask()
      if (i % 2) ask(TARGETS[0]!)
      return origin
    })
    expect(tally(origins)).toEqual([6, 2, 0, 4])
  })

  test('spreads what is repeated over the others by weight', () => {
    const ask = asking()
    const counts = tally(Array.from({ length: 6000 }, () => ask({ ...TARGETS[0]! })))
    expect(surprise(counts, [0, 1, 0, 2])).toBeLessThan(5)
  })

  test('has nobody for who asked all, nor where there is none', () => {
    expect(asking()(...TARGETS)).toBeUndefined()
    expect(asking(TARGETS.slice(2, 3))()).toBeUndefined()
    expect(asking([])()).toBeUndefined()
  })
})
