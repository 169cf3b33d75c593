import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, contains, parseAddress, parseCidr } from '../../../src/http/address.js'
import { anyText } from '../../support/text.js'

const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
const v6 = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
const address = fc.oneof(
  v6,
  v4.map(([a, b, c, d]) => [0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d]),
)
const written = (groups: Address): string => groups.map((group) => group.toString(16)).join(':')
const bitsOf = (groups: Address): string => groups.map((group) => group.toString(2).padStart(16, '0')).join('')

/** The address with one run of zeros written as `::`. */
function compressed(groups: Address, at: number): string | undefined {
  if (groups[at] !== 0) return undefined
  let end = at
  while (groups[end] === 0) end++
  return `${written(groups.slice(0, at))}::${written(groups.slice(end))}`
}

describe('parseAddress', () => {
  test.each([
    ['0.0.0.0', [0, 0, 0, 0, 0, 0xffff, 0, 0]],
    ['192.0.2.255', [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x02ff]],
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['2001:DB8::1', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
    ['1:2:3:4:5:6:7::', [1, 2, 3, 4, 5, 6, 7, 0]],
    ['fe80::1%eth0', [0xfe80, 0, 0, 0, 0, 0, 0, 1]],
    ['::ffff:192.0.2.1', [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]],
    ['64:ff9b::192.0.2.1', [0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x0201]],
  ])('reads %s', (text, groups) => {
    expect(parseAddress(text)).toEqual(groups)
  })

  test.each([
    '', 'localhost', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', '0x7f.0.0.1', '127.1', '1.2.3.4 ', ' 1.2.3.4', '1.2.3.4:80', '1.2.3.-4', '1..3.4',
    ':', ':::', '1::2::3', ':1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '12345::', 'g::', '[::1]', '::1.2.3', '1.2.3.4::', '1.2.3.4%eth0',
  ])('%j is no address', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  test('an IPv4 address and its IPv4-mapped form are one', () => {
    fc.assert(
      fc.property(v4, (octets) => {
        const text = octets.join('.')
        expect(parseAddress(text)).toBeDefined()
        expect(parseAddress(`::ffff:${text}`)).toEqual(parseAddress(text))
      }),
    )
  })

  test('every spelling of an IPv6 address reads as its groups', () => {
    fc.assert(
      fc.property(v6, fc.nat(7), (groups, at) => {
        expect(parseAddress(written(groups))).toEqual(groups)
        expect(parseAddress(written(groups).toUpperCase())).toEqual(groups)
        const short = compressed(groups, at)
        if (short !== undefined) expect(parseAddress(short)).toEqual(groups)
      }),
    )
  })

  test('no text makes it throw', () => {
    const awkward = fc.array(fc.constantFrom('::', ':', '.', '%', '/', '0', '1', 'f', 'ffff', '256', '[', ']'), { maxLength: 24, size: 'max' }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(awkward, anyText()), (text) => {
        expect(parseAddress(text)?.length ?? 8).toBe(8)
        parseCidr(text)
      }),
    )
  })
})

describe('parseCidr and contains', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.0/25', '192.0.2.127', true],
    ['192.0.2.0/25', '192.0.2.128', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::/0', '2001:db8::1', true],
    ['::1/128', '::1', true],
    ['fe80::/10', 'febf::1', true],
    ['fe80::/10', 'fec0::1', false],
  ])('whether %s holds %s: %s', (range, text, holds) => {
    expect(contains(parseCidr(range)!, parseAddress(text)!)).toBe(holds)
  })

  test.each(['', '/', '/8', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0.0/8.0', '10.0.0.0/ 8', '10.0.0/8', '::/129', '::/1e1', 'example.com/8'])('%j is no range', (text) => {
    expect(parseCidr(text)).toBeUndefined()
  })

  test('a range holds exactly the addresses that share its first bits', () => {
    fc.assert(
      fc.property(v6, fc.nat(128), address, fc.nat(127), (base, bits, other, flipped) => {
        const range = parseCidr(`${written(base)}/${bits}`)!
        expect(contains(range, other)).toBe(bitsOf(base).slice(0, bits) === bitsOf(other).slice(0, bits))
        const neighbour = base.map((group, i) => (i === flipped >> 4 ? group ^ (1 << (15 - (flipped & 15))) : group))
        expect(contains(range, neighbour)).toBe(flipped >= bits)
      }),
    )
  })

  test('an IPv4 range counts its bits from the first octet', () => {
    fc.assert(
      fc.property(v4, fc.nat(32), v4, (base, bits, other) => {
        const number = (octets: readonly number[]): number => octets.reduce((sum, octet) => sum * 256 + octet, 0)
        const share = 2 ** (32 - bits)
        const expected = Math.floor(number(base) / share) === Math.floor(number(other) / share)
        expect(contains(parseCidr(`${base.join('.')}/${bits}`)!, parseAddress(other.join('.'))!)).toBe(expected)
      }),
    )
  })
})
