import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BytesPayload, StreamPayload } from '../../../src/http/payload.js'
import { sliceBody } from '../../../src/http/slice.js'

const streamOf = (chunks: readonly Uint8Array[], cancelled: () => void = () => {}): ReadableStream<Uint8Array> => {
  let at = 0
  return new ReadableStream({ pull: (controller) => (at < chunks.length ? controller.enqueue(chunks[at++]) : controller.close()), cancel: cancelled }, { highWaterMark: 0 })
}
const read = async (stream: ReadableStream<Uint8Array>): Promise<number[]> => [...new Uint8Array(await new Response(stream as BodyInit).arrayBuffer())]

test('a slice is the bytes of its range, however they come', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat(), fc.nat(), async (given, from, to) => {
      const all = given.flatMap((chunk) => [...chunk])
      if (all.length === 0) return
      const [first, last] = [from % all.length, to % all.length].sort((a, b) => a - b) as [number, number]
      const bytes = Uint8Array.from(all)
      for (const body of [new BytesPayload(bytes), new StreamPayload(streamOf(given), all.length)]) {
        const slice = sliceBody(body, { first, last })
        expect(slice.length).toBe(last - first + 1)
        expect(await read(slice.stream())).toEqual(all.slice(first, last + 1))
      }
    }),
  )
})

test('bytes that are all there are not copied', () => {
  const bytes = new Uint8Array(10)
  expect((sliceBody(new BytesPayload(bytes), { first: 2, last: 5 }) as BytesPayload).bytes.buffer).toBe(bytes.buffer)
})

test('a body that ends before the range breaks', async () => {
  await expect(read(sliceBody(new StreamPayload(streamOf([new Uint8Array(3)]), 10), { first: 2, last: 5 }).stream())).rejects.toThrow('ended before the range')
})

test('what comes after the range is not fetched', async () => {
  let cancelled = false
  await read(sliceBody(new StreamPayload(streamOf([new Uint8Array(3), new Uint8Array(3)], () => void (cancelled = true)), 6), { first: 0, last: 1 }).stream())
  expect(cancelled).toBe(true)
})
