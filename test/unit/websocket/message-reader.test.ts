import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameOf } from '../../../runtimes/websocket/frame.js'
import { MessageReader, type Received } from '../../../runtimes/websocket/message-reader.js'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

/** Reads bytes in pieces of the given sizes, the rest as one. */
function readIn(bytes: Uint8Array, sizes: readonly number[], maxBytes = 1e6): Received[] {
  const reader = new MessageReader(maxBytes)
  const received: Received[] = []
  let at = 0
  for (const size of [...sizes, bytes.byteLength]) {
    // Payloads may be views: they are looked at before the next piece is read.
    received.push(...reader.read(bytes.slice(at, at + size)).map((one) => structuredClone(one)))
    at += size
  }
  return received
}

const read = (text: string, maxBytes?: number): Received[] => readIn(hex(text), [], maxBytes)
const message = (text: string): Received => ({ kind: 'message', message: text })

describe('MessageReader', () => {
  test.each<[string, string, Received[]]>([
    ['a text', '81 02 6869', [message('hi')]],
    ['an empty text', '81 00', [message('')]],
    ['bytes', '82 02 00ff', [{ kind: 'message', message: hex('00ff') }]],
    ['a text in fragments', '01 01 68 00 00 80 01 69', [message('hi')]],
    ['a character cut by a border of fragments', '01 01 c3 80 01 a4', [message('ä')]],
    ['a byte order mark as part of the text', '81 04 efbbbf 61', [message('\ufeffa')]],
    ['control frames between fragments', '01 01 68 89 01 31 8a 01 32 80 01 69', [{ kind: 'ping', data: hex('31') }, { kind: 'pong', data: hex('32') }, message('hi')]],
    ['two messages', '81 01 61 81 01 62', [message('a'), message('b')]],
    ['a goodbye', '88 04 0fa1 6f6b', [{ kind: 'close', code: 4001, reason: 'ok' }]],
    ['a goodbye without a code', '88 00', [{ kind: 'close', code: 1005, reason: '' }]],
    ['nothing behind a goodbye', '88 00 81 01 61', [{ kind: 'close', code: 1005, reason: '' }]],
  ])('gives %s', (_, bytes, expected) => {
    expect(read(bytes)).toEqual(expected)
    expect(readIn(hex(bytes), new Array<number>(bytes.length).fill(1))).toEqual(expected)
  })

  test.each<[string, string, number]>([
    ['a masked frame', '81 81 00000000 61', 1002],
    ['reserved bits', 'c1 01 61', 1002],
    ['an unknown opcode', '83 00', 1002],
    ['an unknown control opcode', '8b 00', 1002],
    ['a continuation of nothing', '80 01 61', 1002],
    ['a continuation behind the last fragment', '01 00 80 00 80 00', 1002],
    ['a message inside another', '01 01 61 81 01 62', 1002],
    ['a ping in fragments', '09 00', 1002],
    ['a ping that is too long', `89 7e 007e ${'00'.repeat(126)}`, 1002],
    ['a goodbye with half a code', '88 01 03', 1002],
    ['a goodbye with a code that must not be sent', '88 02 03ed', 1002],
    ['a reason that is no UTF-8', '88 03 03e8 ff', 1007],
    ['a text that is no UTF-8', '81 01 ff', 1007],
    ['a text that ends inside a character', '01 01 c3 80 00', 1007],
    ['a message that is too long by its head', '82 7f 7fffffffffffffff', 1009],
    ['a message that grows too long', '02 05 0000000000 80 06', 1009],
  ])('takes %s for a fault, and reads no further', (_, bytes, code) => {
    const received = read(`${bytes} 81 01 61`, 10)
    expect(received.at(-1)).toMatchObject({ kind: 'fault', code })
  })

  test('takes the longest message that is allowed', () => {
    expect(read('02 05 0000000000 80 05 0000000000', 10)).toEqual([{ kind: 'message', message: new Uint8Array(10) }])
  })

  const payload = fc.uint8Array({ maxLength: 200, size: 'max' })
  const control = fc.record({ opcode: fc.constantFrom(9, 10), payload: fc.uint8Array({ maxLength: 125, size: 'max' }) })
  /** A message as the fragments it is sent in, with control frames before each. */
  const sent = fc.record({ text: fc.boolean(), fragments: fc.array(fc.record({ payload, controls: fc.array(control, { maxLength: 2 }) }), { minLength: 1, maxLength: 5 }) })

  test('gives what was sent, however it was cut', () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 200, size: 'max' }), (messages, sizes) => {
        const wire: Uint8Array[] = []
        const expected: unknown[] = []
        for (const { text, fragments } of messages) {
          // Texts are made of letters, so that they are valid wherever they are cut.
          const parts = fragments.map((fragment) => (text ? fragment.payload.map((byte) => 97 + (byte % 26)) : fragment.payload))
          for (const [i, { controls }] of fragments.entries()) {
            for (const { opcode, payload: data } of controls) {
              wire.push(frameOf(opcode, data))
              expected.push({ kind: opcode === 9 ? 'ping' : 'pong', data })
            }
            const frame = frameOf(i > 0 ? 0 : text ? 1 : 2, parts[i]!)
            if (i < fragments.length - 1) frame[0]! &= 0x7f
            wire.push(frame)
          }
          const whole = Buffer.concat(parts)
          expected.push({ kind: 'message', message: text ? whole.toString() : Uint8Array.from(whole) })
        }
        expect(readIn(Uint8Array.from(Buffer.concat(wire)), sizes)).toEqual(expected)
      }),
    )
  })

  test('gives the same for any bytes, however they are cut, and nothing behind the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60, size: 'max' }), fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60, size: 'max' }), (bytes, sizes) => {
        const whole = readIn(bytes, [], 50)
        expect(readIn(bytes, sizes, 50)).toEqual(whole)
        const ends = whole.filter(({ kind }) => kind === 'close' || kind === 'fault')
        expect(ends.length === 0 || (ends.length === 1 && ends[0] === whole.at(-1))).toBe(true)
      }),
    )
  })
})
