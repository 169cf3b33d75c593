import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseCoding } from '../../../src/compress/negotiate.js'

const ALL = ['zstd', 'br', 'gzip'] as const
const weight = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000)

describe('the coding that a client wants most', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['deflate, compress', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP;Q=0.5', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip, br', 'br'],
    ['gzip;q=1, br;q=0.9', 'gzip'],
    ['br ; q=0.8 , gzip ;q=0.8', 'br'],
    ['*', 'zstd'],
    ['zstd;q=0, *', 'br'],
    ['*;q=0', undefined],
    ['gzip, *;q=0', 'gzip'],
    ['identity;q=0', undefined],
    ['identity;q=0, gzip;q=0.001', 'gzip'],
    ['identity, gzip', 'gzip'],
    ['identity, gzip;q=0.9', undefined],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000', undefined],
    ['gzip, gzip;q=0', undefined],
    ['gzip;q=2', undefined],
    ['gzip;q=x, br;q=0.1', 'br'],
    ['gzip;q=', undefined],
    [',, gzip ,', 'gzip'],
  ])('%s: %s', (accepted, coding) => {
    expect(chooseCoding(accepted, ALL)).toBe(coding)
  })

  test('among equals the server chooses', () => {
    expect(chooseCoding('gzip, br, zstd', ['gzip', 'br'])).toBe('gzip')
    expect(chooseCoding('gzip, br', [])).toBeUndefined()
  })

  test('is one on offer, never one that is refused, and none of the others is wanted more', () => {
    const codings = fc.uniqueArray(fc.tuple(fc.constantFrom('zstd', 'br', 'gzip', 'identity', '*', 'deflate'), weight), { selector: ([name]) => name })
    fc.assert(
      fc.property(codings, fc.shuffledSubarray([...ALL]), (accepted, offered) => {
        const weights = new Map<string, number>(accepted)
        const of = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0
        const chosen = chooseCoding(accepted.map(([name, q]) => `${name};q=${q}`).join(', '), offered)
        const identity = weights.get('identity') ?? 0
        if (chosen === undefined) return offered.every((coding) => of(coding) === 0 || of(coding) < identity)
        return offered.includes(chosen) && of(chosen) > 0 && of(chosen) >= identity && offered.every((coding, i) => of(coding) < of(chosen) || (of(coding) === of(chosen) && i >= offered.indexOf(chosen)))
      }),
    )
  })

  test('no text breaks it', () => {
    fc.assert(fc.property(fc.string(), (text) => [undefined, ...ALL].includes(chooseCoding(text, ALL))))
  })
})
