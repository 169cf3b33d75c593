import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry, StoredAnswer } from '../../../src/cache/entry.js'
import { openEntry, sealEntry } from '../../../src/cache/seal.js'
import { BytesPayload, StreamPayload } from '../../../src/http/payload.js'
import { answerOf } from '../../../src/stored-response.js'
import { toResponse } from '../../../src/wire.js'

const TERMS = { bornMs: 5, lifetimeSeconds: 1.5, validates: false, strict: true, whileRevalidateSeconds: 0, ifErrorSeconds: 3, generation: 1, costMs: 2, tags: ['t'], groups: [] }

describe('entries', () => {
  test('what is sealed is opened as it was', () => {
    const field = fc.tuple(fc.constantFrom('ETag', 'X-A', 'x-a', 'fetchgate-entry', 'Cache-Control', 'Vary', 'Set-Cookie', 'Date'), fc.string({ maxLength: 300, size: 'max' }))
    fc.assert(
      fc.property(fc.array(field, { maxLength: 40, size: 'max' }), fc.integer({ min: 200, max: 599 }), fc.string(), fc.option(fc.string(), { nil: undefined }), (pairs, status, partition, reason) => {
        const entry: StoredAnswer = { kind: 'answer', answer: { status, ...(reason === undefined ? {} : { reason }), fields: pairs.flat(), body: undefined }, terms: TERMS, partition, bodyId: 'b' }
        expect(openEntry(sealEntry(entry))).toEqual(entry)
      }),
    )
  })

  test('a list of variants too', () => {
    const list: Entry = { kind: 'variants', generation: 'id-1', variants: [{ partition: '["ü"]', names: ['a', 'b'], values: '["1",null]' }] }
    expect(openEntry(sealEntry(list))).toEqual(list)
    expect(openEntry(answerOf(toResponse(sealEntry(list))))).toEqual(list)
  })

  test('a Response carries any status, every cookie and what a platform would judge by, in case and order', async () => {
    const fields = ['Set-Cookie', 'a=1; expires=Thu, 18 Aug 2050 02:01:18 GMT', 'set-cookie', 'b=\xe4', 'Vary', 'accept', 'cache-control', 'max-age=1', 'content-encoding', 'gzip', 'X-a', '1']
    const entry: StoredAnswer = { kind: 'answer', answer: { status: 304, reason: 'Odd', fields, body: new BytesPayload(new Uint8Array([1, 2, 3])) }, terms: TERMS, partition: 'p', bodyId: 'b' }
    const response = toResponse(sealEntry(entry))
    expect([response.status, response.headers.get('vary'), response.headers.get('set-cookie'), response.headers.get('content-encoding'), response.headers.get('cache-control')]).toEqual([200, null, null, null, 'max-age=31536000'])
    const opened = openEntry(answerOf(response)) as StoredAnswer
    expect([opened.answer.status, opened.answer.reason, opened.terms, opened.partition]).toEqual([304, 'Odd', TERMS, 'p'])
    expect(opened.answer.fields).toEqual(fields)
    expect([opened.answer.body!.length, [...new Uint8Array(await new Response(opened.answer.body!.stream() as BodyInit).arrayBuffer())]]).toEqual([3, [1, 2, 3]])
  })

  test.each([undefined, '', 'x', '{}', '[1,"answer",1,1,1,1]', '[2,"vary","accept"]', '[3,"other"]', 'null'])('what another hand wrote is not opened: %j', (meta) => {
    expect(openEntry({ status: 200, fields: meta === undefined ? [] : ['fetchgate-entry', meta], body: new StreamPayload(new ReadableStream()) })).toBeUndefined()
  })
})
