import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatContentRange, parseContentRange, parseRange } from '../../../src/http/range.js'

describe('parseRange', () => {
  test.each<[string, number, [number, number][]]>([
    ['bytes=0-1', 10, [[0, 1]]],
    ['bytes=4-', 10, [[4, 9]]],
    ['bytes=-3', 10, [[7, 9]]],
    ['bytes=-30', 10, [[0, 9]]],
    ['bytes=8-99', 10, [[8, 9]]],
    ['Bytes=0-0', 10, [[0, 0]]],
    ['bytes=0-1, 4-5 ,-1', 10, [[0, 1], [4, 5], [9, 9]]],
    ['bytes=0-1,20-30', 10, [[0, 1]]],
    ['bytes=,0-1,', 10, [[0, 1]]],
    ['bytes=5-6,0-1', 10, [[5, 6], [0, 1]]],
  ])('%j of %d bytes', (value, length, ranges) => {
    expect(parseRange(value, length)).toEqual({ kind: 'ranges', ranges: ranges.map(([first, last]) => ({ first, last })) })
  })

  test.each(['bytes=10-', 'bytes=10-11', 'bytes=-0', 'bytes=99-,200-'])('%j cannot be satisfied', (value) => {
    expect(parseRange(value, 10)).toEqual({ kind: 'unsatisfiable' })
  })

  test.each(['', 'bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=2-1', 'bytes 0-1', 'items=0-1', 'bytes=0-1;2-3', 'bytes=0x0-1', 'bytes=0-5,3-8', `bytes=${Array.from({ length: 17 }, (_, i) => `${i * 2}-${i * 2}`).join()}`])('%j is ignored', (value) => {
    expect(parseRange(value, 100)).toEqual({ kind: 'ignore' })
  })

  test('an empty body has no range', () => {
    expect(parseRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' })
    expect(parseRange('bytes=-1', 0)).toEqual({ kind: 'unsatisfiable' })
  })

  test('every range lies within the body', () => {
    const spec = fc.tuple(fc.option(fc.nat(30), { nil: '' }), fc.option(fc.nat(30), { nil: '' })).map(([from, to]) => `${from}-${to}`)
    fc.assert(fc.property(fc.array(spec, { minLength: 1, maxLength: 4 }), fc.nat(20), (specs, length) => {
      const parsed = parseRange(`bytes=${specs.join()}`, length)
      if (parsed.kind === 'ranges') for (const { first, last } of parsed.ranges) expect(first >= 0 && first <= last && last < length).toBe(true)
    }))
  })
})

test.each<[string, object | undefined]>([
  ['bytes 0-4/10', { first: 0, last: 4, total: 10 }],
  ['bytes 0-4/*', { first: 0, last: 4, total: undefined }],
  ['bytes 4-0/10', undefined],
  ['bytes 0-10/10', undefined],
  ['bytes */10', undefined],
  ['bytes 0-4', undefined],
  ['0-4/10', undefined],
])('Content-Range %j', (value, range) => {
  expect(parseContentRange(value)).toEqual(range)
})

test('what is written is read', () => {
  expect(parseContentRange(formatContentRange({ first: 2, last: 3 }, 9))).toEqual({ first: 2, last: 3, total: 9 })
})
