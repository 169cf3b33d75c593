import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordBody } from '../../../src/http/record-body.js'
import { StreamPayload } from '../../../src/http/payload.js'

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
        const result = await read(streamOf(given, end === 'fails' ? new Error('reset') : undefined), length, maxBytes, end === 'cancelled' ? given.length : Infinity)
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
