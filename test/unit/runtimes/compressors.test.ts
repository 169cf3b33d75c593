import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import type { Transform } from 'node:stream'
import zlib, { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { zlibCompressors } from '../../../runtimes/shared/compressors.js'

/** The encoders that are opened from now on. */
function watched(): Transform[] {
  const opened: Transform[] = []
  for (const name of ['createGzip', 'createBrotliCompress'] as const) {
    const open = zlib[name].bind(zlib) as (options: object) => Transform
    vi.spyOn(zlib, name).mockImplementation(((options: object) => (opened.push(open(options)), opened.at(-1)!)) as never)
  }
  syncBuiltinESMExports()
  return opened
}

afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

const PIECE = randomBytes(64 * 1024)

describe.each(['gzip', 'br'] as const)('%s by node:zlib', (coding) => {
  const settings = { level: 4, length: undefined }
  const decoded = { gzip: gunzipSync, br: brotliDecompressSync }[coding]

  test('gives back the bytes', async () => {
    const body = new Blob([PIECE, PIECE]).stream()
    const bytes = new Uint8Array(await new Response(zlibCompressors()[coding]!.compress(body, settings) as BodyInit).arrayBuffer())
    expect(decoded(bytes).equals(Buffer.concat([PIECE, PIECE]))).toBe(true)
  })

  test.each([
    ['a client that leaves', async (reader: ReadableStreamDefaultReader) => reader.cancel('left')],
    ['a body that breaks', async (reader: ReadableStreamDefaultReader, fail: () => void) => {
      fail()
      await expect((async () => {
        while (!(await reader.read()).done);
      })()).rejects.toThrow('reset')
    }],
  ])('%s frees the encoder and lets the body go', async (_, end) => {
    const encoders = watched()
    let [taken, fault, cancelled]: [number, Error | undefined, unknown] = [0, undefined, undefined]
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => (fault ? controller.error(fault) : (taken++, controller.enqueue(PIECE))), cancel: (reason) => void (cancelled = reason) }, { highWaterMark: 0 })
    const reader = zlibCompressors()[coding]!.compress(body, settings).getReader()
    await reader.read()
    expect(encoders).toHaveLength(1)
    const [encoder] = encoders
    const closed = once(encoder!, 'close')
    await end(reader, () => (fault = new Error('reset')))
    await closed
    expect([encoder!.destroyed, fault ? undefined : cancelled, taken < 32]).toEqual([true, fault ? undefined : 'left', true])
  })
})
