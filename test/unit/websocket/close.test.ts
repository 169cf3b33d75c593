import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Close, closePayload, isSendable, parseClose } from '../../../runtimes/websocket/close.js'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('parseClose', () => {
  test.each<[string, Uint8Array, Close | { fault: number }]>([
    ['nothing', bytes(), { code: 1005, reason: '' }],
    ['half a code', bytes(3), { fault: 1002 }],
    ['a code', bytes(0x03, 0xe8), { code: 1000, reason: '' }],
    ['a code and a reason', bytes(0x0f, 0xa1, 0x62, 0xc3, 0xa4), { code: 4001, reason: 'bä' }],
    ['a reason that is no UTF-8', bytes(0x0f, 0xa1, 0xc3), { fault: 1007 }],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map((code): [string, Uint8Array, { fault: number }] => [`the code ${code}`, bytes(code >> 8, code & 255), { fault: 1002 }]),
  ])('of %s', (_, payload, expected) => {
    expect(parseClose(payload)).toEqual(expected)
  })
})

describe('closePayload', () => {
  test.each([1005, 1006, 1015, 0, 999, 5000])('is empty for %i, which must not be sent', (code) => {
    expect(closePayload({ code, reason: 'x' })).toEqual(bytes())
  })

  test('is read as it was written, the reason cut between characters where it is too long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 4999 }).filter(isSendable), fc.string({ unit: fc.constantFrom('a', 'ä', '€', '😀', '\ufeff', '\0'), maxLength: 140, size: 'max' }), (code, reason) => {
        const payload = closePayload({ code, reason })
        expect(payload.byteLength).toBeLessThanOrEqual(125)
        const read = parseClose(payload) as Close
        expect(read.code).toBe(code)
        expect(reason.startsWith(read.reason)).toBe(true)
        if (Buffer.byteLength(reason) <= 123) expect(read.reason).toBe(reason)
      }),
    )
  })
})
