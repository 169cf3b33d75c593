import { describe, expect, test } from 'vitest'
import { hitAnswer } from '../../../src/cache/serve.js'
import { hitStatus, forwardStatus } from '../../../src/cache/status.js'
import { BytesPayload, StreamPayload } from '../../../src/http/payload.js'
import type { Answer } from '../../../src/ports.js'

const body = new BytesPayload(new TextEncoder().encode('0123456789'))
const stored: Answer = { status: 200, fields: ['Content-Type', 'text/plain', 'ETag', '"a"', 'Content-Length', '10'], body }
const hit = (fields: string[], method = 'GET', from: Answer = stored): Answer => hitAnswer({ method, fields, id: 'BOUNDARY' }, from, 9.9, 0)
const textOf = ({ body: sent }: Answer): Promise<string> => new Response(sent?.stream() as BodyInit | undefined).text()

describe('a hit', () => {
  test.each<[string, string, string[], object]>([
    ['is the answer with its age', 'GET', [], { ...stored, fields: [...stored.fields, 'Age', '9'] }],
    ['has no body for HEAD', 'HEAD', [], { ...stored, fields: [...stored.fields, 'Age', '9'], body: undefined }],
    ['is a 304 for who has it', 'GET', ['If-None-Match', '"a"'], { status: 304, fields: ['ETag', '"a"', 'Age', '9'], body: undefined }],
    ['is a 304 to HEAD too', 'HEAD', ['If-None-Match', '"a"'], { status: 304, fields: ['ETag', '"a"', 'Age', '9'], body: undefined }],
    ['is whole for who has another', 'GET', ['If-None-Match', '"b"'], { ...stored, fields: [...stored.fields, 'Age', '9'] }],
  ])('%s', (_, method, fields, expected) => {
    expect(hit(fields, method)).toEqual(expected)
  })

  test('that is no 200 is sent whole', () => {
    expect(hit(['If-None-Match', '"a"', 'Range', 'bytes=0-1'], 'GET', { ...stored, status: 404 })).toMatchObject({ status: 404, body })
  })

  test.each<[string, string[], string, string]>([
    ['a range', ['Range', 'bytes=2-4'], '234', 'bytes 2-4/10'],
    ['an open range', ['Range', 'bytes=7-'], '789', 'bytes 7-9/10'],
    ['a suffix', ['Range', 'bytes=-2'], '89', 'bytes 8-9/10'],
    ['a range of the same answer', ['Range', 'bytes=0-0', 'If-Range', '"a"'], '0', 'bytes 0-0/10'],
  ])('answers %s', async (_, fields, text, range) => {
    const answer = hit(fields)
    expect(answer).toMatchObject({ status: 206, fields: ['Content-Type', 'text/plain', 'ETag', '"a"', 'Content-Range', range, 'Age', '9', 'Content-Length', String(text.length)] })
    expect(await textOf(answer)).toBe(text)
  })

  test.each<[string, string[], string?]>([
    ['of another answer', ['Range', 'bytes=2-4', 'If-Range', '"b"']],
    ['that is malformed', ['Range', 'bytes=4-2']],
    ['of another unit', ['Range', 'items=0-1']],
    ['asked for by HEAD', ['Range', 'bytes=2-4'], 'HEAD'],
  ])('ignores a range %s', (_, fields, method) => {
    expect(hit(fields, method).status).toBe(200)
  })

  test('answers 416 where nothing of the range is there', () => {
    expect(hit(['Range', 'bytes=10-'])).toEqual({ status: 416, fields: ['ETag', '"a"', 'Content-Range', 'bytes */10', 'Content-Length', '0', 'Age', '9'], body: undefined })
  })

  test('answers several ranges in parts', async () => {
    const answer = hit(['Range', 'bytes=0-1,-1'])
    expect(answer.fields.slice(0, 6)).toEqual(['ETag', '"a"', 'Content-Type', 'multipart/byteranges; boundary="BOUNDARY"', 'Age', '9'])
    const text = await textOf(answer)
    expect(text.length).toBe(Number(answer.fields.at(-1)))
    expect(text).toBe('\r\n--BOUNDARY\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n--BOUNDARY\r\nContent-Type: text/plain\r\nContent-Range: bytes 9-9/10\r\n\r\n9\r\n--BOUNDARY--\r\n')
  })

  test('of a body that streams from its store gives it up where it is not sent', () => {
    let cancelled = 0
    const streaming = (): Answer => ({ ...stored, body: new StreamPayload(new ReadableStream({ cancel: () => void cancelled++ }), 10) })
    hit([], 'HEAD', streaming())
    hit(['If-None-Match', '"a"'], 'GET', streaming())
    hit(['Range', 'bytes=99-'], 'GET', streaming())
    expect(cancelled).toBe(3)
    expect(hit(['Range', 'bytes=0-1,4-5'], 'GET', streaming()).status).toBe(200)
  })
})

test.each([
  [hitStatus(9.2), 'fetchgate; hit; ttl=10'],
  [hitStatus(-3), 'fetchgate; hit; ttl=-3'],
  [forwardStatus({ reason: 'uri-miss' }), 'fetchgate; fwd=uri-miss'],
  [forwardStatus({ reason: 'stale', status: 200, stored: true, collapsed: true }), 'fetchgate; fwd=stale; fwd-status=200; stored; collapsed'],
  [forwardStatus({ reason: 'bypass', status: 503, detail: 'a "b"' }), 'fetchgate; fwd=bypass; fwd-status=503; detail="a \\"b\\""'],
])('Cache-Status: %s', (status, expected) => {
  expect(status).toBe(expected)
})
