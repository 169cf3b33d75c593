import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contains, parseAddress, parseCidr } from '../../../src/http/address.js'
import { networkFinder } from '../../../src/http/networks.js'

const find = (ranges: readonly string[], address: string): string | undefined => {
  const found = networkFinder(ranges.map((range) => parseCidr(range)!))(address)
  return found === undefined ? undefined : ranges[found]
}

test.each<[string, string[], string, string | undefined]>([
  ['no networks', [], '10.0.0.1', undefined],
  ['an address below all', ['10.0.0.0/8'], '9.255.255.255', undefined],
  ['the lowest address', ['10.0.0.0/8'], '10.0.0.0', '10.0.0.0/8'],
  ['the highest address', ['10.0.0.0/8'], '10.255.255.255', '10.0.0.0/8'],
  ['an address above all', ['10.0.0.0/8'], '11.0.0.0', undefined],
  ['a network written by an address within it', ['10.9.9.9/8'], '10.0.0.1', '10.9.9.9/8'],
  ['the larger of two, written first', ['10.0.0.0/8', '10.1.0.0/16'], '10.1.0.1', '10.0.0.0/8'],
  ['the smaller of two, written first', ['10.1.0.0/16', '10.0.0.0/8'], '10.1.0.1', '10.1.0.0/16'],
  ['the larger, beside the smaller', ['10.1.0.0/16', '10.0.0.0/8'], '10.2.0.1', '10.0.0.0/8'],
  ['everything', ['10.1.0.0/16', '::/0'], 'ffff::1', '::/0'],
  ['an IPv4 address in IPv6', ['10.0.0.0/8'], '::ffff:10.0.0.1', '10.0.0.0/8'],
])('%s', (_, ranges, address, found) => {
  expect(find(ranges, address)).toBe(found)
})

test('text that is no address is in none', () => {
  for (const text of ['', 'unknown', '10.0.0', '10.0.0.0.1', '010.0.0.1', '10.0.0.256', '::ffff:10.0.0.256']) expect(find(['0.0.0.0/0', '::/0'], text)).toBeUndefined()
})

test('long lists, which have an index, are searched alike', () => {
  const ranges = Array.from({ length: 3000 }, (_, i) => `${(i * 37) % 256}.${(i * 101) % 256}.${(i * 11) % 256}.${(i * 64) % 256}/${18 + (i % 14)}`)
  const networks = ranges.map((range) => parseCidr(range)!)
  const search = networkFinder(networks)
  const octet = fc.nat(255)
  fc.assert(
    fc.property(fc.oneof(fc.tuple(octet, octet, octet, octet), fc.nat(2999).map((i) => networks[i]!.base.slice(6).flatMap((group) => [group >> 8, group & 255]))), (octets) => {
      const address = octets.join('.')
      const expected = networks.findIndex((network) => contains(network, parseAddress(address)!))
      expect(search(address)).toBe(expected < 0 ? undefined : expected)
    }),
    { numRuns: 1000 },
  )
})

test('it finds what a scan in the order of writing finds', () => {
  // Few bits that differ, so that networks lie in one another and addresses in networks.
  const octet = fc.constantFrom(0, 1, 127, 128, 255)
  const v4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'))
  const group = fc.constantFrom('0', '1', '8000', 'ffff')
  const v6 = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'))
  const range = fc.oneof(fc.tuple(v4, fc.nat(32)), fc.tuple(v6, fc.nat(128))).map(([base, bits]) => `${base}/${bits}`)
  let hits = 0
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), fc.oneof(v4, v6), (ranges, address) => {
      const expected = ranges.find((text) => contains(parseCidr(text)!, parseAddress(address)!))
      if (expected !== undefined) hits++
      expect(find(ranges, address)).toBe(expected)
    }),
    { numRuns: 3000 },
  )
  expect(hits).toBeGreaterThan(500)
})
