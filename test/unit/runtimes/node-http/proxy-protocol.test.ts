import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readProxyHeader, writeProxyHeader } from '../../../../runtimes/node-http/proxy-protocol.js'
import { parseAddress } from '../../../../src/http/address.js'
import type { ClientEnds } from '../../../../runtimes/node-http/client-ends.js'

const port = fc.integer({ min: 0, max: 65535 })
const v4 = fc.record({ address: fc.ipV4(), port })
const v6 = fc.record({ address: fc.ipV6(), port })
const endpoint = fc.oneof(v4, v6)

/** Addresses as numbers, in which an IPv4 address and its mapped form are one. */
const numbersOf = (ends: ClientEnds): unknown => [ends.source, ends.destination!].map(({ address, port }) => [parseAddress(address ?? ''), port])

describe.each(['v1', 'v2'] as const)('version %s', (version) => {
  test('what is written is read back, to the last byte of it', () => {
    fc.assert(fc.property(endpoint, endpoint, fc.uint8Array({ maxLength: 200, size: 'max' }), (source, destination, rest) => {
      const header = writeProxyHeader(version, { source, destination })
      const read = readProxyHeader(Buffer.concat([header, rest]))
      expect(read).toMatchObject({ kind: 'header', bytes: header.byteLength })
      expect(numbersOf((read as { ends: ClientEnds }).ends)).toEqual(numbersOf({ source, destination }))
    }))
  })

  test('of one family it is written in that family', () => {
    fc.assert(fc.property(v4, v4, (source, destination) => {
      expect(readProxyHeader(writeProxyHeader(version, { source, destination }))).toMatchObject({ ends: { source, destination } })
    }))
  })

  test('no part of it is taken for the whole', () => {
    fc.assert(fc.property(endpoint, endpoint, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (source, destination, part) => {
      const header = writeProxyHeader(version, { source, destination })
      expect(readProxyHeader(header.subarray(0, Math.floor(header.byteLength * part)))).toEqual({ kind: 'incomplete' })
    }))
  })

  test('without a client it speaks for itself', () => {
    const header = writeProxyHeader(version, undefined)
    expect(readProxyHeader(header)).toEqual({ kind: 'header', bytes: header.byteLength, ends: undefined })
  })

  test.each(['not an address', '', 'unix'])('a client called %j is none', (address) => {
    expect(writeProxyHeader(version, { source: { address, port: 1 }, destination: undefined })).toEqual(writeProxyHeader(version, undefined))
  })
})

test('of any bytes the verdict is the same however they come, it falls soon, and nothing makes the reader throw', () => {
  const whole = fc.tuple(fc.constantFrom('v1' as const, 'v2' as const), endpoint, endpoint).map(([version, source, destination]) => writeProxyHeader(version, { source, destination }))
  const line = fc.array(fc.constantFrom('PROXY', 'TCP4', 'TCP6', 'UNKNOWN', ' ', '10.0.0.1', '::1', '80', '65536', '\r', '\n', '\r\n', 'x'), { maxLength: 30, size: 'max' }).map((parts) => Buffer.from(parts.join('')))
  const damaged = fc.tuple(whole, fc.nat(), fc.nat(255)).map(([header, at, byte]) => {
    header[at % header.byteLength] = byte
    return header
  })
  const any = fc.tuple(fc.oneof(damaged, damaged, line, line.map((rest) => Buffer.concat([Buffer.from('PROXY '), rest])), fc.constant(Buffer.alloc(0))), fc.uint8Array({ maxLength: 200, size: 'max' })).map((parts) => Buffer.concat(parts))
  fc.assert(
    fc.property(any, (bytes) => {
      let verdict: ReturnType<typeof readProxyHeader> = { kind: 'incomplete' }
      for (let come = 0; come <= bytes.byteLength; come++) {
        const read = readProxyHeader(bytes.subarray(0, come))
        if (verdict.kind !== 'incomplete') expect(read).toEqual(verdict)
        else if (read.kind === 'header') expect(read.bytes).toBe(come)
        verdict = read
      }
      expect(readProxyHeader(Buffer.concat([bytes, Buffer.alloc(4096)])).kind).not.toBe('incomplete')
    }),
    { numRuns: 500 },
  )
})

test.each<[string, ClientEnds, string]>([
  ['IPv4', { source: { address: '192.0.2.7', port: 5000 }, destination: { address: '192.0.2.1', port: 80 } }, 'PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\n'],
  ['IPv4 on a socket for both families', { source: { address: '::ffff:192.0.2.7', port: 5000 }, destination: { address: '::ffff:192.0.2.1', port: 80 } }, 'PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\n'],
  ['IPv6 of a link', { source: { address: 'fe80::1%eth0', port: 5000 }, destination: { address: '2001:db8::1', port: 80 } }, 'PROXY TCP6 fe80:0:0:0:0:0:0:1 2001:db8:0:0:0:0:0:1 5000 80\r\n'],
  ['both families', { source: { address: '192.0.2.7', port: 5000 }, destination: { address: '2001:db8::1', port: 80 } }, 'PROXY TCP6 0:0:0:0:0:ffff:c000:207 2001:db8:0:0:0:0:0:1 5000 80\r\n'],
  ['a destination of which the port is known', { source: { address: '2001:db8::7', port: 5000 }, destination: { address: undefined, port: 443 } }, 'PROXY TCP6 2001:db8:0:0:0:0:0:7 0:0:0:0:0:0:0:0 5000 443\r\n'],
  ['no destination', { source: { address: '192.0.2.7', port: 0 }, destination: undefined }, 'PROXY TCP4 192.0.2.7 0.0.0.0 0 0\r\n'],
])('version 1 with %s', (_, ends, line) => {
  expect(writeProxyHeader('v1', ends).toString()).toBe(line)
})

test('version 2 is what the specification shows', () => {
  const header = writeProxyHeader('v2', { source: { address: '192.0.2.7', port: 0x1388 }, destination: { address: '192.0.2.1', port: 80 } })
  expect(header.toString('hex')).toBe('0d0a0d0a000d0a515549540a' + '21' + '11' + '000c' + 'c0000207' + 'c0000201' + '1388' + '0050')
})
