// What the cache asks of every store, and what the Cache interface promises beside it. Run by each store over the real thing.
import { describe, expect, test } from 'vitest'
import type { Entry, StoredAnswer } from '../../src/cache/entry.js'
import { entriesOf } from '../../src/cache/stores/entry-store.js'
import { BytesPayload, storableResponse } from '../../src/adapter.js'
import type { CacheStore, PurgeLog, PurgeRecord } from '../../src/index.js'

const BASE = 'https://fetchgate.invalid/?'
const bytes = (length: number, seed = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff)
const textOf = async (found: Response | undefined): Promise<string | undefined> => found?.text()
const bodyOf = async (entry: Entry | undefined): Promise<Uint8Array | undefined> =>
  entry?.kind === 'answer' && entry.answer.body ? new Uint8Array(await new Response(entry.answer.body.stream() as BodyInit).arrayBuffer()) : undefined

const answer = (body: Uint8Array | undefined, rest: Partial<StoredAnswer['answer']> = {}): StoredAnswer => ({
  kind: 'answer',
  answer: { status: 200, fields: ['X-b', '2', 'x-A', '1', 'Set-Cookie', 'a=1, b', 'set-cookie', 'c="é"', 'Vary', '*'], body: body && new BytesPayload(body), ...rest },
  terms: { bornMs: 1.5, lifetimeSeconds: 60, validates: false, strict: true, whileRevalidateSeconds: 0, ifErrorSeconds: undefined, generation: 1, costMs: 2, tags: ['ü'], groups: [] },
  partition: 'p',
  bodyId: 'b',
})

/** `open` gives a store that is empty, with room for some megabytes; `drafts` says that it takes bodies before they are whole. */
export function storeContract(open: () => CacheStore | Promise<CacheStore>, { drafts = false } = {}): void {
  describe('as a Web Cache', () => {
    test('gives back what it was given, as often as it is asked', async () => {
      const store = await open()
      await store.put(`${BASE}a`, new Response('hello', { headers: { etag: '"a"', 'x-b': '1' } }))
      for (let i = 0; i < 2; i++) {
        const found = (await store.match(`${BASE}a`))!
        expect(found).toBeInstanceOf(Response)
        expect([found.status, found.ok, found.headers.get('etag'), found.headers.get('x-b'), await found.text()]).toEqual([200, true, '"a"', '1', 'hello'])
      }
    })

    test('has nothing that it was not given', async () => {
      const store = await open()
      expect(await store.match(`${BASE}a`)).toBeUndefined()
      expect(await store.delete(`${BASE}a`)).toBe(false)
    })

    test('replaces', async () => {
      const store = await open()
      await store.put(`${BASE}a`, new Response('one', { headers: { 'x-only': 'first' } }))
      await store.put(`${BASE}a`, new Response('two'))
      const found = (await store.match(`${BASE}a`))!
      expect([await found.text(), found.headers.get('x-only')]).toEqual(['two', null])
    })

    test('deletes, and tells whether there was something', async () => {
      const store = await open()
      await store.put(`${BASE}a`, new Response('x'))
      await store.put(`${BASE}b`, new Response('y'))
      expect([await store.delete(`${BASE}a`), await store.delete(`${BASE}a`), await textOf(await store.match(`${BASE}a`)), await textOf(await store.match(`${BASE}b`))]).toEqual([true, false, undefined, 'y'])
    })

    test('tells keys apart that differ in anything', async () => {
      const store = await open()
      const keys = ['', 'a', 'A', 'a%20', 'a+', 'a&b', 'ä', `${'x'.repeat(5000)}1`, `${'x'.repeat(5000)}2`].map((key) => BASE + encodeURIComponent(key))
      for (const [i, key] of keys.entries()) await store.put(key, new Response(String(i)))
      expect(await Promise.all(keys.map(async (key) => textOf(await store.match(key))))).toEqual(keys.map((_, i) => String(i)))
    })

    test('keeps nothing of a body that breaks, and what was there stays or goes whole', async () => {
      const store = await open()
      await store.put(`${BASE}a`, new Response('old'))
      let pulls = 0
      const broken = new ReadableStream({ pull: (controller) => (pulls++ === 0 ? controller.enqueue(bytes(10)) : controller.error(new Error('reset'))) })
      await expect(store.put(`${BASE}a`, new Response(broken as BodyInit))).rejects.toThrow()
      expect(['old', undefined]).toContain(await textOf(await store.match(`${BASE}a`)))
    })
  })

  describe('with entries', () => {
    test.each<[string, StoredAnswer]>([
      ['an answer', answer(bytes(1000))],
      ['one without a body', answer(undefined, { status: 204 })],
      ['an odd status and reason', answer(bytes(3), { status: 599, reason: 'Odd reason' })],
      ['every byte', answer(bytes(256))],
      ['a large body', answer(bytes(1_000_000))],
    ])('keeps %s as it was', async (_, entry) => {
      const entries = entriesOf(await open())
      await entries.set('key', entry)
      const found = (await entries.get('key')) as StoredAnswer
      expect([found.answer.status, found.answer.reason, found.answer.fields, found.terms, found.partition, found.bodyId, found.answer.body?.length]).toEqual([entry.answer.status, entry.answer.reason, entry.answer.fields, entry.terms, 'p', 'b', entry.answer.body?.length])
      expect(await bodyOf(found)).toEqual((entry.answer.body as BytesPayload | undefined)?.bytes)
    })

    test('keeps lists of variants', async () => {
      const entries = entriesOf(await open())
      const list: Entry = { kind: 'variants', generation: 'g', variants: [{ partition: '["ü"]', names: ['a'], values: '["1",null]' }] }
      await entries.set('key', list)
      expect(await entries.get('key')).toEqual(list)
    })

    test('updates all but the body, and nothing that is not there', async () => {
      const entries = entriesOf(await open())
      await entries.set('key', answer(bytes(100_000)))
      const newer = { ...answer(undefined, { fields: ['A', '2'] }), terms: { ...answer(undefined).terms, bornMs: 9 } }
      await entries.update('key', newer)
      await entries.update('other', newer)
      const found = (await entries.get('key')) as StoredAnswer
      expect([found.answer.fields, found.terms.bornMs, await bodyOf(found), await entries.get('other')]).toEqual([['A', '2'], 9, bytes(100_000), undefined])
    })

    test('a reader has one whole answer, whatever writers do meanwhile', async () => {
      const entries = entriesOf(await open())
      await entries.set('key', answer(bytes(200_000, 0)))
      const wrong: string[] = []
      const work = Array.from({ length: 24 }, async (_, i) => {
        if (i % 4 === 0) return entries.set('key', answer(bytes(200_000, i)))
        if (i % 7 === 0) return void (await entries.delete('key'))
        const found = await entries.get('key')
        const body = await bodyOf(found)
        if (body && !body.every((byte, at) => byte === ((at * 31 + body[0]!) & 0xff))) wrong.push(`reader ${i} has bytes of two answers`)
      })
      await Promise.all(work)
      expect(wrong).toEqual([])
    })

    test('a body that is given up unread hurts nobody', async () => {
      const entries = entriesOf(await open())
      await entries.set('key', answer(bytes(200_000)))
      const found = (await entries.get('key')) as StoredAnswer
      found.answer.body!.cancel()
      expect((await bodyOf(await entries.get('key')))?.byteLength).toBe(200_000)
    })

    test.runIf(drafts)('a body can be read while it is written, and is kept only when it is set', async () => {
      const entries = entriesOf(await open())
      const all = bytes(700_000)
      const [kept, given] = [await entries.draft!(), await entries.draft!()]
      for (let at = 0; at < all.byteLength; at += 100_000) {
        for (const draft of [kept, given]) await draft.write(all.subarray(at, at + 100_000))
        for (const from of [0, at, at + 99_999]) expect((await kept.read(from, at + 100_000))[0]).toBe(all[from])
      }
      await entries.set('key', answer(undefined, { body: kept.body() }))
      for (const draft of [kept, given]) draft.close()
      expect(await bodyOf(await entries.get('key'))).toEqual(all)
    })

    test.runIf(drafts)('a part of a large body is read by itself', async () => {
      const entries = entriesOf(await open())
      await entries.set('key', answer(bytes(1_000_000)))
      for (const [first, last] of [[0, 0], [262_143, 262_144], [999_000, 999_999], [100, 999_998]] as const) {
        const { body } = ((await entries.get('key')) as StoredAnswer).answer
        const part = body!.slice!(first, last)
        expect([part.length, Buffer.from(await new Response(part.stream() as BodyInit).arrayBuffer()).equals(bytes(1_000_000).subarray(first, last + 1))]).toEqual([last - first + 1, true])
      }
    })

    test('what others have put there is no entry', async () => {
      const store = await open()
      await store.put(`${BASE}key`, storableResponse({ status: 200, fields: ['fetchgate-entry', '[]'], body: undefined }))
      expect(await entriesOf(store).get('key')).toBeUndefined()
    })
  })
}

/** `reopen` gives the log of one store anew, as another process has it. */
export function purgeLogContract(reopen: () => Promise<() => PurgeLog>): void {
  test('numbers purges, keeps them, and gives each process what is new to it', async () => {
    const open = await reopen()
    const [one, other] = [open(), open()]
    expect((await one.read()) ?? []).toEqual([])
    const record = (mark: string, soft = false): PurgeRecord => ({ mark, soft, atMs: 1.5 })
    const first = await one.append(record('tag "ü"\n'))
    const both = await Promise.all([one.append(record('all', true)), one.append(record('url https://a/?b'))])
    expect(first).toBeGreaterThan(0)
    expect([...both].sort((a, b) => a - b)).toEqual(both)
    expect(both[0]).toBeGreaterThan(first)
    const records = [{ ...record('tag "ü"\n'), generation: first }, { ...record('all', true), generation: both[0] }, { ...record('url https://a/?b'), generation: both[1] }]
    expect(await other.read()).toEqual(records)
    expect((await other.read()) ?? []).toEqual([])
    expect(await open().read()).toEqual(records)
    expect(await open().append(record('later'))).toBeGreaterThan(both[1])
  })
}
