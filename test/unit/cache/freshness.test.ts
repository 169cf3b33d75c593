import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { initialAgeSeconds, lifetimeOf } from '../../../src/cache/freshness.js'
import { mayServe, mayServeStale } from '../../../src/cache/reuse.js'
import { parseCacheControl } from '../../../src/http/cache-control.js'
import { formatHttpDate } from '../../../src/http/date.js'
import type { Fields } from '../../../src/http/fields.js'
import { anyText } from '../../support/text.js'

const NOW = Date.UTC(2026, 0, 6, 12)
const DAY_SECONDS = 86_400
const offset = fc.integer({ min: -3 * DAY_SECONDS, max: 3 * DAY_SECONDS })
const date = fc.oneof(offset.map((seconds) => formatHttpDate(NOW + seconds * 1000)), offset.map((seconds) => formatHttpDate(NOW + seconds * 1000)), fc.constantFrom('0', '-1', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT'), anyText())
const number = fc.oneof(fc.nat(DAY_SECONDS).map(String), fc.constantFrom('', '-1', '1.5', '1e3', '0x10', '9'.repeat(400), ' 5', '5, 7', 'Infinity', 'NaN'))
const line = fc.oneof(
  fc.tuple(fc.constantFrom('Date', 'Expires', 'Last-Modified'), date),
  fc.tuple(fc.constantFrom('Age', 'age'), number),
  fc.tuple(fc.constant('Cache-Control'), fc.tuple(fc.constantFrom('max-age', 's-maxage', 'public', 'max-age', 'x'), number).map((parts) => parts.join('='))),
)
const fields = fc.array(line, { maxLength: 8 }).map((pairs): Fields => pairs.flat())
const times = fc.tuple(fc.nat(60_000), fc.integer({ min: -5000, max: 60_000 })).map(([at, took]) => ({ requestMs: NOW + at, responseMs: NOW + at + took }))
const guesses = fc.option(fc.record({ heuristics: fc.boolean(), negativeSeconds: fc.constantFrom(0, 5), silentSeconds: fc.constantFrom(0, 7) }), { nil: undefined })

describe('arithmetic', () => {
  test('gives times that are numbers and not negative, whatever an answer says', () => {
    fc.assert(
      fc.property(fields, times, guesses, fc.constantFrom(200, 206, 299, 302, 404, 500), (given, when, allowed, status) => {
        const directives = parseCacheControl(given.flatMap((name, i) => (i % 2 === 0 && name === 'Cache-Control' ? [given[i + 1]!] : [])).join() || undefined)
        const { seconds, source } = lifetimeOf({ directives, targeted: false }, status, given, when.responseMs, allowed)
        const age = initialAgeSeconds(given, when)
        expect(Number.isFinite(seconds) && seconds >= 0 && Number.isFinite(age) && age >= 0).toBe(true)
        // Nothing that is not said makes an answer fresh.
        if (source === 'none') expect(seconds).toBe(0)
        if (source === 'heuristic') expect(seconds).toBeLessThanOrEqual(DAY_SECONDS)
        expect(age).toBeGreaterThanOrEqual((when.responseMs - when.requestMs) / 1000)
      }),
      { numRuns: 1000 },
    )
  })

  test('never makes an answer younger by a longer way, a larger Age or an older Date (RFC 9111 §4.2.3)', () => {
    fc.assert(
      fc.property(fc.nat(DAY_SECONDS), fc.nat(DAY_SECONDS), fc.nat(60_000), fc.nat(DAY_SECONDS), (told, back, tookMs, more) => {
        const age = (toldSeconds: number, backSeconds: number, ms: number): number => initialAgeSeconds(['Age', String(toldSeconds), 'Date', formatHttpDate(NOW - backSeconds * 1000)], { requestMs: NOW - ms, responseMs: NOW })
        expect(age(told, back, tookMs)).toBe(Math.max(back, told + tookMs / 1000))
        for (const other of [age(told + more, back, tookMs), age(told, back + more, tookMs), age(told, back, tookMs + more)]) expect(other).toBeGreaterThanOrEqual(age(told, back, tookMs))
      }),
    )
  })

  test('lets no answer come back once it was too old, and lets a client only ask for more or allow what is not strict', () => {
    const terms = fc.record({ bornMs: fc.constant(NOW), lifetimeSeconds: fc.nat(100), validates: fc.boolean(), strict: fc.boolean(), whileRevalidateSeconds: fc.nat(50), ifErrorSeconds: fc.option(fc.nat(50), { nil: undefined }), generation: fc.constant(0), costMs: fc.constant(0), tags: fc.constant([]), groups: fc.constant([]) })
    const wanted = fc.array(fc.tuple(fc.constantFrom('max-age', 'min-fresh', 'max-stale', 'no-cache'), fc.option(fc.nat(100), { nil: undefined })), { maxLength: 3 }).map((all) => parseCacheControl(all.map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join() || undefined))
    const rank = { serve: 2, 'serve-and-validate': 1, ask: 0 } as const
    fc.assert(
      fc.property(terms, wanted, fc.nat(60), fc.nat(250_000), fc.nat(250_000), fc.option(fc.nat(50), { nil: undefined }), (given, directives, window, atMs, laterMs, ifErrorSeconds) => {
        const [early, late] = [NOW + atMs, NOW + atMs + laterMs]
        const uses = [early, late].map((ms) => mayServe(given, directives, window, ms))
        expect(rank[uses[0]!.kind]).toBeGreaterThanOrEqual(rank[uses[1]!.kind])
        for (const [i, use] of uses.entries()) {
          const isFresh = atMs + i * laterMs < given.lifetimeSeconds * 1000
          if (use.kind !== 'ask') expect(given.validates || (given.strict && !isFresh)).toBe(false)
          if (use.kind === 'serve' && !isFresh) expect(directives.has('max-stale')).toBe(true)
        }
        for (const status of [undefined, 500]) {
          const stale = [early, late].map((ms) => mayServeStale(given, status, { ifErrorSeconds, ifUnreachableSeconds: 30 }, ms).kind)
          expect(stale).not.toEqual(['refuse', 'serve'])
          if (given.strict) expect(stale).toEqual(['refuse', 'refuse'])
        }
      }),
      { numRuns: 1000 },
    )
  })
})
