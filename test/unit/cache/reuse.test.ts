import { describe, expect, test } from 'vitest'
import type { Terms } from '../../../src/cache/entry.js'
import { isOriginError, mayServe, mayServeStale, requestDirectives } from '../../../src/cache/reuse.js'
import { parseCacheControl } from '../../../src/http/cache-control.js'

const terms = (rest: Partial<Terms> = {}): Terms => ({ bornMs: 0, lifetimeSeconds: 60, validates: false, strict: false, whileRevalidateSeconds: 0, ifErrorSeconds: undefined, generation: 0, costMs: 0, tags: [], groups: [], ...rest })

describe('mayServe', () => {
  test.each<[number, Partial<Terms>, string, string]>([
    [0, {}, '', 'serve'],
    [59.999, {}, '', 'serve'],
    [60, {}, '', 'stale'],
    [0, { validates: true }, '', 'stale'],
    [0, {}, 'no-cache', 'request'],
    [5, {}, 'max-age=4', 'request'],
    [5, {}, 'max-age=5', 'serve'],
    [5, {}, 'max-age=x', 'request'],
    [5, {}, 'min-fresh=55', 'serve'],
    [5, {}, 'min-fresh=56', 'request'],
    [70, {}, 'min-fresh=1', 'stale'],
    [70, {}, 'max-stale', 'serve'],
    [70, {}, 'max-stale=10', 'serve'],
    [71, {}, 'max-stale=10', 'stale'],
    [70, { strict: true }, 'max-stale', 'stale'],
    [70, { whileRevalidateSeconds: 11 }, '', 'serve-and-validate'],
    [70, { whileRevalidateSeconds: 10 }, '', 'stale'],
    [70, { whileRevalidateSeconds: 11, strict: true }, '', 'stale'],
    [70, { whileRevalidateSeconds: 11 }, 'no-cache', 'request'],
  ])('after %d s of 60, with %j and the client saying %j: %s', (age, rest, wanted, expected) => {
    const reuse = mayServe(terms(rest), parseCacheControl(wanted), 0, age * 1000)
    expect(reuse.kind === 'ask' ? reuse.reason : reuse.kind).toBe(expected)
  })

  test('the operator\'s window counts where it is longer', () => {
    expect(mayServe(terms(), parseCacheControl(undefined), 20, 70_000).kind).toBe('serve-and-validate')
    expect(mayServe(terms({ whileRevalidateSeconds: 5 }), parseCacheControl(undefined), 20, 70_000)).toEqual({ kind: 'serve-and-validate', ageSeconds: 70, ttlSeconds: -10 })
  })

  test('a clock that was set back makes nothing older or younger than new', () => {
    expect(mayServe(terms({ bornMs: 5000 }), parseCacheControl(undefined), 0, 0)).toEqual({ kind: 'serve', ageSeconds: 0, ttlSeconds: 60 })
  })
})

describe('mayServeStale', () => {
  test.each<[string, number, Partial<Terms>, number | undefined, string, number?]>([
    ['silence, within the operator\'s time', 160, {}, undefined, 'unreachable'],
    ['silence, past it', 161, {}, undefined, 'too old'],
    ['silence, where the answer allows more', 200, { ifErrorSeconds: 140 }, undefined, 'unreachable'],
    ['silence, for what must be validated', 70, { strict: true }, undefined, 'must be validated'],
    ['an error', 70, {}, 503, 'error passes'],
    ['an error, where the answer allows it', 70, { ifErrorSeconds: 10 }, 503, 'error'],
    ['an error, past what it allows', 71, { ifErrorSeconds: 10 }, 503, 'error passes'],
    ['an error, where the operator allows it', 70, {}, 503, 'error', 10],
    ['an error, past what the operator allows', 71, {}, 503, 'error passes', 10],
    ['an error, where the answer allows more than the operator', 70, { ifErrorSeconds: 10 }, 503, 'error', 5],
    ['an error, for what must be validated, whatever the operator allows', 70, { strict: true }, 503, 'must be validated', 10],
    ['an error, for what must be validated', 70, { ifErrorSeconds: 10, strict: true }, 503, 'must be validated'],
  ])('%s', (_, age, rest, status, reason, ifErrorSeconds) => {
    expect(mayServeStale(terms(rest), status, { ifErrorSeconds, ifUnreachableSeconds: 100 }, age * 1000).reason).toBe(reason)
  })

  test('errors are those of RFC 5861', () => {
    expect([499, 500, 501, 502, 503, 504, 505].filter(isOriginError)).toEqual([500, 502, 503, 504])
  })
})

test.each<[string[], string[]]>([
  [[], []],
  [['Pragma', 'no-cache'], ['no-cache']],
  [['Pragma', 'foo'], []],
  [['Pragma', 'no-cache', 'Cache-Control', 'max-age=1'], ['max-age']],
])('a request with %j asks for %j', (fields, names) => {
  expect([...requestDirectives(fields).keys()]).toEqual(names)
})
