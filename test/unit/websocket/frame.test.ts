import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FrameHead, frameOf, HeadReader } from '../../../runtimes/websocket/frame.js'

/** The head of a frame, and how many bytes it took. */
function headOf(frame: Uint8Array): { head: FrameHead; bytes: number } {
  const reader = new HeadReader()
  for (const [i, byte] of frame.entries()) {
    const head = reader.take(byte)
    if (head) return { head, bytes: i + 1 }
  }
  throw new Error('the head is not complete')
}

const unmask = (payload: Uint8Array, mask: Uint8Array): Uint8Array => payload.map((byte, i) => byte ^ mask[i % 4]!)
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

// RFC 6455 §5.7.
test.each<[string, number, string, string | undefined, string]>([
  ['a text', 1, '48656c6c6f', undefined, '81 05 48656c6c6f'],
  ['a masked text', 1, '48656c6c6f', '37fa213d', '81 85 37fa213d 7f9f4d5158'],
  ['a ping', 9, '48656c6c6f', undefined, '89 05 48656c6c6f'],
  ['a masked pong', 10, '48656c6c6f', '37fa213d', '8a 85 37fa213d 7f9f4d5158'],
  ['256 bytes', 2, '00'.repeat(256), undefined, `82 7e 0100 ${'00'.repeat(256)}`],
  ['64 KiB', 2, '00'.repeat(65536), undefined, `82 7f 0000000000010000 ${'00'.repeat(65536)}`],
])('the frame of %s is that of the standard', (_, opcode, payload, mask, frame) => {
  expect(Buffer.from(frameOf(opcode, hex(payload), mask === undefined ? undefined : hex(mask))).equals(hex(frame))).toBe(true)
})

test('what is written is what is read, around every border of the length', () => {
  const size = fc.oneof(fc.nat(300), fc.constantFrom(0, 125, 126, 127, 65535, 65536, 70000))
  fc.assert(
    fc.property(size, fc.constantFrom(1, 2, 8, 9, 10), fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined }), (length, opcode, mask) => {
      const payload = Uint8Array.from({ length }, (_, i) => i)
      const frame = frameOf(opcode, payload, mask)
      const { head, bytes } = headOf(frame)
      expect(head).toEqual({ final: true, reserved: false, opcode, masked: mask !== undefined, length })
      const read = mask ? unmask(frame.subarray(bytes), mask) : frame.subarray(bytes)
      expect(Buffer.compare(read, payload)).toBe(0)
    }),
  )
})

test('a payload is left as it was', () => {
  const payload = hex('0102030405')
  frameOf(2, payload, hex('ffffffff'))
  expect(payload).toEqual(hex('0102030405'))
})

test.each<[string, string, Partial<FrameHead>]>([
  ['a fragment', '01 00', { final: false, opcode: 1 }],
  ['a reserved bit', 'c1 00', { reserved: true }],
  ['the largest length there is', '82 ff ffffffffffffffff 00000000', { length: 2 ** 64, masked: true }],
])('%s is seen', (_, bytes, expected) => {
  expect(headOf(hex(bytes)).head).toMatchObject(expected)
})
