import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StreamPayload } from '../../../src/http/payload.js'
import { ReplayBody } from '../../../src/http/replay-body.js'

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values)

/** A source that counts how often it is pulled, and whether it was cancelled. */
function sourceOf(pieces: readonly Uint8Array[], failure?: Error): { payload: StreamPayload; pulls: () => number; cancelled: () => boolean } {
  let at = 0
  let pulled = 0
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled++
        if (at < pieces.length) controller.enqueue(pieces[at++])
        else if (failure) controller.error(failure)
        else controller.close()
      },
      cancel: () => void (cancelled = true),
    },
    { highWaterMark: 0 },
  )
  return { payload: new StreamPayload(stream), pulls: () => pulled, cancelled: () => cancelled }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

async function take(reader: Reader, pieces: number): Promise<number[]> {
  const taken: number[] = []
  for (let i = 0; i < pieces; i++) {
    const { done, value } = await reader.read()
    if (done) break
    taken.push(...value)
  }
  return taken
}

const all = (reader: Reader): Promise<number[]> => take(reader, Infinity)

describe('a body that is kept', () => {
  test('is sent again from its first byte, by as many attempts as are made', async () => {
    const body = new ReplayBody(sourceOf([bytes(1, 2), bytes(3), bytes(4, 5)]).payload, 5)
    const first = body.stream().getReader()
    expect(await take(first, 2)).toEqual([1, 2, 3])
    await first.cancel()
    const second = body.stream().getReader()
    expect(await take(second, 1)).toEqual([1, 2, 3])
    await second.cancel()
    expect(await all(body.stream().getReader())).toEqual([1, 2, 3, 4, 5])
    expect(await all(body.stream().getReader())).toEqual([1, 2, 3, 4, 5])
    expect(body.used).toBe(false)
  })

  test('is passed on piece by piece, and nothing is read before somebody asks', async () => {
    const source = sourceOf([bytes(1), bytes(2)])
    const reader = new ReplayBody(source.payload, 10).stream().getReader()
    await Promise.resolve()
    expect(source.pulls()).toBe(0)
    expect(await take(reader, 1)).toEqual([1])
    expect(source.pulls()).toBe(1)
  })

  test('loses nothing of a piece that came for an attempt that had been given up', async () => {
    let give: (piece: Uint8Array) => void = () => {}
    const payload = new StreamPayload(new ReadableStream<Uint8Array>({ start: (controller) => void (give = (piece) => controller.enqueue(piece)) }))
    const body = new ReplayBody(payload, 10)
    const first = body.stream().getReader()
    const waiting = first.read()
    await first.cancel()
    expect((await waiting).done).toBe(true)
    const second = body.stream().getReader()
    const taken = take(second, 1)
    give(bytes(7, 8))
    expect(await taken).toEqual([7, 8])
  })

  test('is not taken from its source by an attempt that gives it up, read from or not', async () => {
    const source = sourceOf([bytes(1), bytes(2)])
    const body = new ReplayBody(source.payload, 10)
    body.cancel()
    const first = body.stream().getReader()
    await take(first, 1)
    await first.cancel()
    expect(source.cancelled()).toBe(false)
    expect(await all(body.stream().getReader())).toEqual([1, 2])
  })

  test('fails an attempt that reads on after another has begun', async () => {
    const body = new ReplayBody(sourceOf([bytes(1), bytes(2)]).payload, 10)
    const stale = body.stream().getReader()
    await take(stale, 1)
    const latest = body.stream().getReader()
    await expect(stale.read()).rejects.toThrow('sent again')
    expect(await all(latest)).toEqual([1, 2])
  })

  test('fails each attempt that comes to where its source failed', async () => {
    const body = new ReplayBody(sourceOf([bytes(1)], new Error('the client broke off')).payload, 10)
    for (let i = 0; i < 2; i++) {
      const reader = body.stream().getReader()
      expect(await take(reader, 1)).toEqual([1])
      await expect(reader.read()).rejects.toThrow('the client broke off')
    }
  })

  test('is used up once it has outgrown the limit, and passes on whole all the same', async () => {
    const body = new ReplayBody(sourceOf([bytes(1, 2), bytes(3, 4), bytes(5)]).payload, 3)
    const reader = body.stream().getReader()
    expect(await take(reader, 1)).toEqual([1, 2])
    expect(body.used).toBe(false)
    expect(await take(reader, 1)).toEqual([3, 4])
    expect(body.used).toBe(true)
    expect(await all(reader)).toEqual([5])
  })

  test('can be sent again while the piece that outgrows the limit has not been passed on', async () => {
    let give: (piece: Uint8Array) => void = () => {}
    let end = (): void => {}
    const payload = new StreamPayload(new ReadableStream<Uint8Array>({ start: (controller) => void ((give = (piece) => controller.enqueue(piece)), (end = () => controller.close())) }))
    const body = new ReplayBody(payload, 2)
    const first = body.stream().getReader()
    give(bytes(1, 2))
    await take(first, 1)
    void first.read()
    await first.cancel()
    give(bytes(3, 4))
    end()
    await new Promise(setImmediate)
    expect(body.used).toBe(false)
    expect(await all(body.stream().getReader())).toEqual([1, 2, 3, 4])
    expect(body.used).toBe(true)
  })

  test('keeps nothing once it is released, and is still read to its end', async () => {
    const body = new ReplayBody(sourceOf([bytes(1), bytes(2), bytes(3)]).payload, 10)
    const first = body.stream().getReader()
    await take(first, 2)
    await first.cancel()
    const second = body.stream().getReader()
    body.release()
    expect(body.used).toBe(true)
    expect(await all(second)).toEqual([1, 2, 3])
    await expect(body.stream().getReader().read()).rejects.toThrow('not kept')
  })

  test('passes every byte in its order, whatever is given up on the way', async () => {
    const piece = fc.uint8Array({ minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.nat(30), fc.array(fc.nat(6), { maxLength: 4 }), async (pieces, limit, attempts) => {
        const whole = pieces.flatMap((given) => [...given])
        const body = new ReplayBody(sourceOf(pieces).payload, limit)
        for (const count of attempts) {
          const reader = body.stream().getReader()
          const taken = await take(reader, count)
          expect(taken).toEqual(whole.slice(0, taken.length))
          if (body.used) {
            expect(taken.length).toBeGreaterThan(limit)
            expect([...taken, ...(await all(reader))]).toEqual(whole)
            return
          }
          await reader.cancel()
        }
        expect(await all(body.stream().getReader())).toEqual(whole)
      }),
    )
  })
})
