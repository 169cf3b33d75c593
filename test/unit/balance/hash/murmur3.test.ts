import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { murmur3, stirred } from '../../../../src/balance/hash/murmur3.js'
import { anyText } from '../../../support/text.js'

describe('murmur3', () => {
  test.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aa', 0x9747b28c, 0x5d211726],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('of %j with seed %d is the published value', (text, seed, expected) => {
    expect(murmur3(text, seed)).toBe(expected)
  })

  test('it hashes the bytes that a text has in UTF-8, half surrogate pairs included', () => {
    const text = fc.oneof(anyText(200), fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200, size: 'max' }).map((units) => String.fromCharCode(...units)))
    fc.assert(
      fc.property(text, fc.nat(), (given, seed) => {
        expect(murmur3(given, seed)).toBe(reference(new TextEncoder().encode(given), seed))
      }),
      { numRuns: 200 },
    )
  })
})

describe('stirred', () => {
  test('a change of one bit changes about half of the bits', () => {
    fc.assert(
      fc.property(fc.nat(31), (bit) => {
        let changed = 0
        for (let i = 0; i < 1000; i++) changed += ones(stirred(i * 7919) ^ stirred((i * 7919) ^ (1 << bit)))
        expect(Math.abs(changed / 1000 - 16)).toBeLessThan(1)
      }),
    )
  })
})

/** As it is written in the papers, over bytes. */
function reference(bytes: Uint8Array, seed: number): number {
  const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by))
  const scrambled = (block: number): number => Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
  let hash = seed
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks = bytes.length >> 2
  for (let i = 0; i < blocks; i++) hash = (Math.imul(rotated(hash ^ scrambled(view.getInt32(i * 4, true)), 13), 5) + 0xe6546b64) | 0
  let tail = 0
  for (let i = bytes.length - 1; i >= blocks * 4; i--) tail = (tail << 8) | bytes[i]!
  hash ^= scrambled(tail) ^ bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function ones(bits: number): number {
  return (bits >>> 0).toString(2).replaceAll('0', '').length
}
