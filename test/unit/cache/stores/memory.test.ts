import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../../src/cache/stores/memory.js'
import { answerOf, storableResponse } from '../../../../src/stored-response.js'
import { BytesPayload } from '../../../../src/http/payload.js'

const sized = (bytes: number): Response => new Response('x'.repeat(bytes))

describe('the memory store', () => {
  test('gives back what it was given, as often as it is asked', async () => {
    const store = createMemoryStore(10_000)
    await store.put('k', new Response('hello', { status: 203, headers: { etag: '"a"' } }))
    for (let i = 0; i < 2; i++) {
      const found = (await store.match('k'))!
      expect(found).toBeInstanceOf(Response)
      expect([found.status, found.headers.get('etag'), await found.text()]).toEqual([203, '"a"', 'hello'])
    }
    expect(await store.match('other')).toBeUndefined()
  })

  test('keeps case, order and number of fields of what the gateway gives', async () => {
    const store = createMemoryStore(10_000)
    await store.put('k', storableResponse({ status: 200, fields: ['X-b', '2', 'x-A', '1'], body: new BytesPayload(new Uint8Array(1)) }))
    expect(answerOf((await store.match('k'))!).fields).toEqual(['X-b', '2', 'x-A', '1'])
  })

  test('a second entry under a key replaces the first, in bytes too', async () => {
    const store = createMemoryStore(10_000)
    await store.put('k', sized(1000))
    const before = store.bytesUsed
    await store.put('k', sized(10))
    expect(before - store.bytesUsed).toBe(990)
    expect(await (await store.match('k'))!.text()).toHaveLength(10)
  })

  test('delete tells whether there was something, and frees it', async () => {
    const store = createMemoryStore(10_000)
    await store.put('k', sized(10))
    expect([await store.delete('k'), await store.delete('k'), store.bytesUsed]).toEqual([true, false, 0])
  })

  test('what is unused for longest goes first', async () => {
    const store = createMemoryStore(4000)
    for (const key of ['a', 'b', 'c']) await store.put(key, sized(1000))
    await store.match('a')
    await store.put('d', sized(1000))
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => (await store.match(key)) !== undefined))).toEqual([true, false, true, true])
  })

  test('what is larger than the store is not kept, nor is what it was to replace', async () => {
    const store = createMemoryStore(2000)
    await store.put('a', sized(100))
    await store.put('b', sized(100))
    await store.put('a', sized(3000))
    expect([await store.match('a'), (await store.match('b')) !== undefined]).toEqual([undefined, true])
  })

  test('it never holds more than its limit, nor loses count, whatever is done to it', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const command = fc.oneof(fc.record({ put: key, bytes: fc.nat(1500) }), fc.record({ match: key }), fc.record({ delete: key }))
    await fc.assert(
      fc.asyncProperty(fc.nat(4000), fc.array(command, { maxLength: 60, size: 'max' }), async (limit, commands) => {
        const store = createMemoryStore(limit)
        const last = new Map<string, number>()
        for (const step of commands) {
          if ('put' in step) {
            await store.put(step.put, sized(step.bytes))
            last.set(step.put, step.bytes)
          } else if ('match' in step) {
            const found = await store.match(step.match)
            if (found) expect(await found.text()).toHaveLength(last.get(step.match)!)
          } else {
            await store.delete(step.delete)
            last.delete(step.delete)
          }
          expect(store.bytesUsed).toBeLessThanOrEqual(limit)
        }
        let bodies = 0
        for (const name of last.keys()) bodies += (await (await store.match(name))?.text())?.length ?? 0
        expect(bodies).toBeLessThanOrEqual(store.bytesUsed)
        for (const name of last.keys()) await store.delete(name)
        expect(store.bytesUsed).toBe(0)
      }),
    )
  })

  test('empty entries are not free', async () => {
    const store = createMemoryStore(10_000)
    for (let i = 0; i < 1000; i++) await store.put(`key-${i}`, new Response(null))
    let kept = 0
    for (let i = 0; i < 1000; i++) if (await store.match(`key-${i}`)) kept++
    expect(kept).toBeLessThan(50)
    expect(kept).toBeGreaterThan(0)
  })
})
