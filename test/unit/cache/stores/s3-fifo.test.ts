import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { S3Fifo } from '../../../../src/cache/stores/s3-fifo.js'

const filled = (maxBytes: number, ...keys: string[]): S3Fifo<string> => {
  const space = new S3Fifo<string>(maxBytes)
  for (const key of keys) space.set(key, `value of ${key}`, 1)
  return space
}
const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

describe('a space of limited size', () => {
  test('gives back what is in it, by its key', () => {
    const space = filled(10, 'a', 'b')
    expect([space.get('a'), space.peek('b'), space.get('c'), space.size, space.bytesUsed]).toEqual(['value of a', 'value of b', undefined, 2, 2])
  })

  test('lets the oldest go that nobody asked for', () => {
    const space = filled(3, 'a', 'b', 'c')
    space.get('a')
    expect(space.set('d', 'd', 1)).toEqual(['b'])
    expect(space.peek('a')).toBe('value of a')
  })

  test('takes looking without asking for no use', () => {
    const space = filled(3, 'a', 'b', 'c')
    space.peek('a')
    expect(space.set('d', 'd', 1)).toEqual(['a'])
  })

  test('keeps what is in use through a scan of a hundred times its size', () => {
    const hot = numbered('hot', 80)
    const space = filled(100, ...hot)
    for (const key of hot) space.get(key)
    for (const key of numbered('scan', 10_000)) space.set(key, key, 1)
    expect(hot.filter((key) => space.peek(key) !== undefined)).toHaveLength(80)
  })

  test('lets what was in use go when it no longer is', () => {
    const old = numbered('old', 80)
    const space = filled(100, ...old)
    for (const key of old) space.get(key)
    for (let round = 0; round < 20; round++)
      for (const key of numbered('new', 100)) if (space.get(key) === undefined) space.set(key, key, 1)
    expect(old.filter((key) => space.peek(key) !== undefined)).toEqual([])
  })

  test('trusts what comes back soon after it had to go', () => {
    const space = filled(20, ...numbered('a', 20))
    space.set('b', 'b', 1)
    expect(space.peek('a0')).toBeUndefined()
    space.set('a0', 'again', 1)
    for (const key of numbered('scan', 100)) space.set(key, key, 1)
    expect(space.peek('a0')).toBe('again')
  })

  test('does not know again what had to go longer ago than it has room', () => {
    const space = filled(20, ...numbered('a', 20), ...numbered('scan', 100))
    space.set('a0', 'again', 1)
    for (const key of numbered('next', 30)) space.set(key, key, 1)
    expect(space.peek('a0')).toBeUndefined()
  })

  test('leaves what has just come a tenth of the space, whatever is in use', () => {
    const hot = numbered('hot', 95)
    const space = filled(100, ...hot)
    for (const key of hot) space.get(key)
    for (const key of numbered('new', 10)) space.set(key, key, 1)
    expect(numbered('new', 10).filter((key) => space.peek(key) !== undefined)).toHaveLength(10)
  })

  test('refuses what is larger than all of it, and what that was to replace', () => {
    const space = filled(3, 'a', 'b')
    expect(space.set('a', 'large', 4)).toEqual(['a'])
    expect([space.peek('a'), space.peek('b'), space.bytesUsed]).toEqual([undefined, 'value of b', 1])
  })

  test('is never over its limit, holds what it has not let go, and counts right, whatever is done', () => {
    const key = fc.constantFrom(...'abcdefgh')
    const step = fc.oneof(fc.record({ set: key, bytes: fc.nat(12) }), fc.record({ get: key }), fc.record({ delete: key }))
    fc.assert(
      fc.property(fc.nat(30), fc.array(step, { maxLength: 150, size: 'max' }), (maxBytes, steps) => {
        const space = new S3Fifo<number>(maxBytes)
        const held = new Map<string, { value: number; bytes: number }>()
        for (const [i, each] of steps.entries()) {
          if ('set' in each) {
            held.set(each.set, { value: i, bytes: each.bytes })
            for (const gone of space.set(each.set, i, each.bytes)) held.delete(gone)
          } else if ('get' in each) expect(space.get(each.get)).toBe(held.get(each.get)?.value)
          else expect(space.delete(each.delete)).toBe(held.delete(each.delete))
          expect(space.bytesUsed).toBe([...held.values()].reduce((sum, { bytes }) => sum + bytes, 0))
          expect([space.size, space.bytesUsed <= maxBytes]).toEqual([held.size, true])
        }
      }),
    )
  })
})
