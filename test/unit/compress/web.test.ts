import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { WEB_COMPRESSORS } from '../../../src/compress/web.js'

const compress = (body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => WEB_COMPRESSORS.gzip!.compress(body, { level: 6, length: undefined })
const PIECE = randomBytes(64 * 1024)

/** A body of so many pieces that counts what was taken of it. */
function counted(pieces: number): { body: ReadableStream<Uint8Array>; taken: () => number; cancelled: () => unknown } {
  let [taken, cancelled]: [number, unknown] = [0, undefined]
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => (taken++ < pieces ? controller.enqueue(PIECE) : controller.close()), cancel: (reason) => void (cancelled = reason) }, { highWaterMark: 0 })
  return { body, taken: () => taken, cancelled: () => cancelled }
}

describe('gzip by the platform', () => {
  test.each([0, 1, 2, 50])('gives back the bytes of %i pieces', async (pieces) => {
    const bytes = new Uint8Array(await new Response(compress(counted(pieces).body) as BodyInit).arrayBuffer())
    expect(gunzipSync(bytes).equals(Buffer.concat(Array.from({ length: pieces }, () => PIECE)))).toBe(true)
  })

  test('takes nothing before it is read, and little more than it gives', async () => {
    const { body, taken, cancelled } = counted(1000)
    const reader = compress(body).getReader()
    expect(taken()).toBe(0)
    let given = 0
    for (let i = 0; i < 20; i++) {
      given += (await reader.read()).value!.byteLength
      expect(taken() * PIECE.byteLength - given).toBeLessThan(8 * PIECE.byteLength)
    }
    await reader.cancel('left')
    expect([cancelled(), taken() < 100]).toEqual(['left', true])
  })

  test('breaks off with the body', async () => {
    let pulls = 0
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => (pulls++ < 3 ? controller.enqueue(PIECE) : controller.error(new Error('reset'))) }, { highWaterMark: 0 })
    await expect(new Response(compress(body) as BodyInit).arrayBuffer()).rejects.toThrow('reset')
  })
})
