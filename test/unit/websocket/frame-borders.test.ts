import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameOf } from '../../../runtimes/websocket/frame.js'
import { FrameBorders } from '../../../runtimes/websocket/frame-borders.js'

const MASK = Uint8Array.from([1, 2, 3, 4])
const frame = fc.record({ opcode: fc.constantFrom(0, 1, 2, 9, 10), size: fc.oneof(fc.nat(130), fc.constantFrom(65535, 65536)), masked: fc.boolean() }).map(({ opcode, size, masked }) => frameOf(opcode, new Uint8Array(size), masked ? MASK : undefined))

describe('FrameBorders', () => {
  test('is open between frames and nowhere else, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 12, size: 'max' }), fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 50_000 })), { maxLength: 40, size: 'max' }), (frames, sizes) => {
        const ends = new Set([0])
        let end = 0
        for (const { byteLength } of frames) ends.add((end += byteLength))
        const bytes = Buffer.concat(frames)
        const borders = new FrameBorders()
        let at = 0
        for (const size of [...sizes, bytes.byteLength]) {
          const next = Math.min(at + size, bytes.byteLength)
          borders.follow(bytes.subarray(at, next))
          at = next
          expect(borders.open).toBe(ends.has(at))
        }
      }),
    )
  })

  test('stops at the first border there is', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), fc.nat(200), (frames, into) => {
        const [first] = frames
        const begun = Math.min(1 + into, first!.byteLength - 1)
        const bytes = Buffer.concat(frames)
        const borders = new FrameBorders()
        borders.follow(bytes.subarray(0, begun))
        expect(borders.toBorder(bytes.subarray(begun))).toBe(first!.byteLength - begun)
        expect(borders.open).toBe(true)
      }),
    )
  })

  test('is never open again behind a goodbye', () => {
    const borders = new FrameBorders()
    expect(borders.closing).toBe(false)
    borders.follow(frameOf(8, Uint8Array.from([3, 232])))
    expect([borders.open, borders.closing]).toEqual([false, true])
    const rest = Buffer.concat([frameOf(9, new Uint8Array(0)), frameOf(1, new Uint8Array(5))])
    expect(borders.toBorder(rest)).toBe(rest.byteLength)
    expect(borders.open).toBe(false)
  })

  test('tells pongs from everything else that passes', () => {
    const borders = new FrameBorders()
    const moved = (bytes: Uint8Array): boolean => {
      borders.follow(bytes)
      return borders.takeMoved()
    }
    const long = frameOf(2, new Uint8Array(10))
    expect([
      moved(frameOf(10, new Uint8Array(3), MASK)),
      moved(frameOf(9, new Uint8Array(0))),
      moved(Buffer.concat([frameOf(10, new Uint8Array(0)), frameOf(1, new Uint8Array(1))])),
      moved(long.subarray(0, 5)),
      moved(long.subarray(5)),
      moved(frameOf(10, new Uint8Array(3)).subarray(0, 3)),
    ]).toEqual([false, true, true, true, true, false])
  })
})
