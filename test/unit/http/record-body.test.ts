import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HELD_BYTES, RecordedBody, type Recording, recordBody, type Spool } from '../../../src/http/record-body.js'
import { BytesPayload, StreamPayload } from '../../../src/http/payload.js'

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values)

function streamOf(chunks: readonly Uint8Array[], failure?: Error): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at < chunks.length) controller.enqueue(chunks[at++])
      else if (failure) controller.error(failure)
      else controller.close()
    },
  })
}

interface Read {
  readonly passed: number[]
  readonly reported: number[][]
  readonly failed: boolean
}

async function read(body: ReadableStream<Uint8Array>, length: number | undefined, maxBytes: number, stopAfter = Infinity): Promise<Read> {
  const reported: number[][] = []
  const reader = recordBody(new StreamPayload(body, length), maxBytes, (whole) => void reported.push([...whole])).stream().getReader()
  const passed: number[] = []
  try {
    for (let i = 0; ; i++) {
      if (i >= stopAfter) {
        await reader.cancel('gone')
        return { passed, reported, failed: false }
      }
      const { done, value } = await reader.read()
      if (done) return { passed, reported, failed: false }
      passed.push(...value)
    }
  } catch {
    return { passed, reported, failed: true }
  }
}

describe('recordBody', () => {
  test.each<[string, Uint8Array[], number | undefined, number, number[][]]>([
    ['a whole body is reported once', [bytes(1, 2), bytes(3)], 3, 10, [[1, 2, 3]]],
    ['a body of unknown length too', [bytes(1), bytes(2)], undefined, 10, [[1, 2]]],
    ['an empty body too', [], 0, 10, [[]]],
    ['a body of just the limit too', [bytes(1, 2)], 2, 2, [[1, 2]]],
    ['a body that ends short is not', [bytes(1, 2)], 3, 10, []],
    ['a body that is longer than it said is not', [bytes(1, 2, 3, 4)], 3, 10, []],
    ['a body that grows too large is not', [bytes(1, 2), bytes(3)], undefined, 2, []],
  ])('%s', async (_, chunks, length, maxBytes, reported) => {
    const result = await read(streamOf(chunks), length, maxBytes)
    expect(result).toEqual({ passed: chunks.flatMap((chunk) => [...chunk]), reported, failed: false })
  })

  test('every byte passes as it came, and only a whole body within the limit is reported', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 6 })
    const ending = fc.constantFrom('whole', 'fails', 'cancelled', 'short', 'long')
    await fc.assert(
      fc.asyncProperty(chunks, ending, fc.nat(20), fc.boolean(), async (given, end, maxBytes, told) => {
        const all = given.flatMap((chunk) => [...chunk])
        const length = end === 'short' ? all.length + 1 : end === 'long' ? all.length - 1 : told ? all.length : undefined
        const result = await read(streamOf(given, end === 'fails' ? new Error('reset') : undefined), length, maxBytes, end === 'cancelled' ? given.filter(({ byteLength }) => byteLength > 0).length : Infinity)
        expect(result.passed).toEqual(all)
        expect(result.failed).toBe(end === 'fails')
        expect(result.reported).toEqual(end === 'whole' && all.length <= maxBytes ? [all] : [])
      }),
    )
  })

  test('a client that goes away takes the origin\'s body with it', async () => {
    let reason: unknown
    const source = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(bytes(1)), cancel: (given) => void (reason = given) })
    await read(source, undefined, 10, 1)
    expect(reason).toBe('gone')
  })

  test('nothing is read before somebody asks', async () => {
    let pulled = 0
    const source = new ReadableStream<Uint8Array>({ pull: (controller) => (pulled++, controller.close()) }, { highWaterMark: 0 })
    recordBody(new StreamPayload(source), 10, () => {}).stream()
    await Promise.resolve()
    expect(pulled).toBe(0)
  })

  test('a small body does not keep the large buffer alive that it came in', async () => {
    const pooled = new Uint8Array(new ArrayBuffer(65_536), 100, 3).fill(7)
    let whole: Uint8Array | undefined
    await new Response(recordBody(new StreamPayload(streamOf([pooled])), 10, (given) => void (whole = given)).stream()).arrayBuffer()
    expect([...whole!]).toEqual([7, 7, 7])
    expect(whole!.buffer.byteLength).toBe(3)
  })
})

describe('a body that is larger than memory should hold', () => {
  const PIECE = HELD_BYTES / 4

  /** A spool in memory that can be made to fail, and an origin that gives as many pieces as it is asked for. */
  function world(pieces: number, maxBytes = Infinity, failsAt = Infinity, declared?: number) {
    const all = Uint8Array.from({ length: pieces * PIECE }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
    let written = new Uint8Array(0)
    let pulled = 0
    const state = { closed: 0, done: [] as (Recording<Spool> | undefined)[], error: undefined as unknown, pulled: () => pulled, spooled: () => written }
    const spool: Spool = {
      write: async (piece) => {
        await Promise.resolve()
        if (written.byteLength + piece.byteLength > failsAt) throw new Error('disk full')
        written = new Uint8Array([...written, ...piece])
      },
      read: async (at, end) => (await Promise.resolve(), written.slice(at, Math.min(end, at + 1000))),
      close: () => void state.closed++,
    }
    const source = new ReadableStream<Uint8Array>({ pull: (controller) => (pulled < pieces ? controller.enqueue(all.slice(pulled * PIECE, ++pulled * PIECE)) : controller.close()) }, { highWaterMark: 0 })
    let settle = (): void => {}
    const settled = new Promise<void>((resolve) => (settle = resolve))
    const body = new RecordedBody(new StreamPayload(source, declared), { maxBytes, openSpool: () => Promise.resolve(spool) }, (recording, error) => {
      state.done.push(recording)
      state.error = error
      settle()
    })
    return { all, body, spool, state, settled }
  }
  const bytesOf = async (stream: ReadableStream<Uint8Array>): Promise<Uint8Array> => new Uint8Array(await new Response(stream as BodyInit).arrayBuffer())
  const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

  test('stays in memory up to that size', async () => {
    const { all, body, state } = world(4)
    expect(isSame(await bytesOf(body.follow().stream()), all)).toBe(true)
    expect([state.done.length, state.done[0] instanceof BytesPayload, state.spooled().byteLength]).toEqual([1, true, 0])
  })

  test('goes to the spool, from which who is behind reads, and who comes late', async () => {
    const { all, body, spool, state, settled } = world(10)
    const [quick, slow] = [body.follow(), body.follow()]
    const slowReader = slow.stream().getReader()
    const first = (await slowReader.read()).value!
    expect(isSame(await bytesOf(quick.stream()), all)).toBe(true)
    await settled
    expect([state.done, state.closed]).toEqual([[spool], 0])
    expect(body.canFollow).toBe(true)
    expect(isSame(await bytesOf(body.follow().stream()), all)).toBe(true)
    body.release()
    expect([body.canFollow, state.closed]).toEqual([false, 0])
    const rest: Uint8Array[] = [first]
    for (let read = await slowReader.read(); !read.done; read = await slowReader.read()) rest.push(read.value)
    expect(isSame(Buffer.concat(rest), all)).toBe(true)
    expect([isSame(state.spooled(), all), state.closed]).toEqual([true, 1])
  })

  test.each<[string, ReturnType<typeof world>, string | undefined]>([
    ['grows past the limit', world(10, 6 * PIECE), undefined],
    ['ends short of its length', world(8, Infinity, Infinity, 8 * PIECE + 1), undefined],
    ['does not fit on the disk', world(10, Infinity, 3 * PIECE), 'disk full'],
  ])('passes whole and is not recorded when it %s', async (_, { all, body, state, settled }, error) => {
    const slow = body.follow()
    const [quick, late] = await Promise.all([bytesOf(body.follow().stream()), bytesOf(slow.stream())])
    await settled
    expect([isSame(quick, all), isSame(late, all), state.done, (state.error as Error | undefined)?.message, state.closed]).toEqual([true, true, [undefined], error, 1])
  })

  test('is given up with the last of its readers', async () => {
    const { body, state, settled } = world(10)
    const reader = body.follow().stream().getReader()
    for (let i = 0; i < 6; i++) await reader.read()
    await reader.cancel()
    await settled
    expect([state.done, state.closed, state.pulled()]).toEqual([[undefined], 1, 6])
  })
})
