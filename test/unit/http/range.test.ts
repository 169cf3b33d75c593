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

  test('ranges are the bytes that were asked for and are there, in their order, no byte twice, and few', () => {
    const number = fc.oneof(fc.nat(200), fc.nat(20), fc.constantFrom(2 ** 53, 1e30)).map((value) => BigInt(value).toString())
    const spec = fc.oneof(fc.tuple(number, fc.nat(9)).map(([from, more]) => `${from}-${BigInt(from) + BigInt(more)}`), number.map((from) => `${from}-`), number.map((last) => `-${last}`))
    /** The plainest reading: each byte that the range is of. */
    const bytesOf = (text: string, length: number): number[] => {
      const [from, to] = text.split('-') as [string, string]
      return Array.from({ length }, (_, at) => at).filter((at) => (from === '' ? at >= length - Number(to) : at >= Number(from) && (to === '' || at <= Number(to))))
    }
    fc.assert(fc.property(fc.array(spec, { minLength: 1, maxLength: 24, size: 'max' }), fc.nat(300), (specs, length) => {
      const parsed = parseRange(`bytes=${specs.join()}`, length)
      const wanted = specs.map((one) => bytesOf(one, length)).filter((bytes) => bytes.length > 0)
      const isTwice = new Set(wanted.flat()).size < wanted.flat().length
      if (specs.length > 16) expect(parsed.kind).toBe('ignore')
      else if (wanted.length === 0) expect(parsed.kind).toBe('unsatisfiable')
      else if (isTwice) expect(parsed.kind).toBe('ignore')
      else expect(parsed).toEqual({ kind: 'ranges', ranges: wanted.map((bytes) => ({ first: bytes[0], last: bytes.at(-1) })) })
    }), { numRuns: 500 })
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
