import { describe, expect, test } from 'vitest'
import { type CompressPolicy, decide } from '../../../src/compress/decision.js'
import { typeTest } from '../../../src/compress/types.js'
import { editFields, type Fields, fieldValue } from '../../../src/http/fields.js'
import { BytesPayload, StreamPayload } from '../../../src/http/payload.js'
import type { Answer } from '../../../src/ports.js'

const policy: CompressPolicy = { codings: ['br', 'gzip'], streaming: ['gzip'], minBytes: 1000, isCompressible: typeTest(undefined) }
const TEXT = ['Content-Type', 'text/html; charset=utf-8', 'Content-Length', '2000', 'ETag', '"a"']
const answerOf = (fields: Fields, over: Partial<Answer> = {}): Answer => ({ status: 200, fields, body: new BytesPayload(new Uint8Array(2000)), ...over })
const decided = (answer: Answer, fields: Fields = ['Accept-Encoding', 'gzip, br'], method = 'GET') => decide({ method, fields }, answer, policy)
const unknownLength = { body: new StreamPayload(new ReadableStream()) }

describe('an answer that is compressed', () => {
  test('loses what is of the bytes, gets a weak tag, and says so', () => {
    const digests = ['Accept-Ranges', 'bytes', 'Content-Digest', 'sha-256=:x:', 'Repr-Digest', 'sha-256=:x:', 'X-Kept', '1', 'Vary', 'Origin']
    const { fields, coding } = decided(answerOf([...TEXT, ...digests]))
    expect(coding).toBe('br')
    expect(fields).toEqual(['Content-Type', 'text/html; charset=utf-8', 'X-Kept', '1', 'Vary', 'Origin', 'Vary', 'Accept-Encoding', 'ETag', 'W/"a"', 'Content-Encoding', 'br'])
  })

  test('keeps a tag that is weak already, and a Vary that tells', () => {
    const { fields } = decided(answerOf(['Content-Type', 'application/json', 'ETag', 'W/"a"', 'Vary', 'accept-encoding, Origin']))
    expect(fields).toEqual(['Content-Type', 'application/json', 'ETag', 'W/"a"', 'Vary', 'accept-encoding, Origin', 'Content-Encoding', 'br'])
  })

  test('is told of by HEAD with the same fields', () => {
    expect(decided(answerOf(TEXT, { body: undefined }), undefined, 'HEAD')).toEqual(decided(answerOf(TEXT)))
  })

  test('may be an error, and one of unknown length where the coding lets it trickle', () => {
    expect(decided(answerOf(TEXT, { status: 500 })).coding).toBe('br')
    expect(decided(answerOf(['Content-Type', 'text/plain'], unknownLength)).coding).toBe('gzip')
    expect(decide({ method: 'GET', fields: ['Accept-Encoding', 'gzip'] }, answerOf(['Content-Type', 'text/plain'], unknownLength), { ...policy, streaming: [] }).coding).toBeUndefined()
  })
})

describe('an answer that goes as it is', () => {
  test.each<[string, Answer, Fields?]>([
    ['to a client that asks for nothing', answerOf(TEXT), []],
    ['below the least size', answerOf(editFields(TEXT, { set: ['Content-Length', '999'] }), { body: new BytesPayload(new Uint8Array(999)) })],
    ['without a body', answerOf(['Content-Type', 'text/html'], { body: undefined })],
    ['in a coding already', answerOf([...TEXT, 'Content-Encoding', 'deflate'])],
    ['a part', answerOf([...TEXT, 'Content-Range', 'bytes 0-1999/9000'], { status: 206 })],
    ['to a client that asked for a part', answerOf(TEXT), ['Accept-Encoding', 'gzip', 'Range', 'bytes=0-']],
    ['to a client that wants no transformation', answerOf(TEXT), ['Accept-Encoding', 'gzip', 'Cache-Control', 'no-transform']],
    ['before trailers', answerOf([...TEXT, 'Trailer', 'Server-Timing'])],
  ])('but tells caches that others get another: %s', (_, answer, fields) => {
    expect(decided(answer, fields)).toEqual({ fields: [...answer.fields, 'Vary', 'Accept-Encoding'] })
  })

  test.each<[string, Answer]>([
    ['of a type that gains nothing', answerOf(['Content-Type', 'image/png'])],
    ['of no type', answerOf([])],
    ['an event stream', answerOf(['Content-Type', 'text/event-stream'], unknownLength)],
    ['that must not be transformed', answerOf([...TEXT, 'Cache-Control', 'max-age=60, No-Transform'])],
    ['204', answerOf(TEXT, { status: 204, body: undefined })],
    ['101', answerOf(TEXT, { status: 101, body: undefined, tunnel: { cancel: () => {}, onEnd: () => {} } })],
  ])('and untouched: %s', (_, answer) => {
    expect(decided(answer).fields).toBe(answer.fields)
  })
})

describe('a 304', () => {
  const told = (held: string, etag: string): string | undefined => fieldValue(decided(answerOf(['ETag', etag], { status: 304, body: undefined }), ['Accept-Encoding', 'gzip', 'If-None-Match', held]).fields, 'etag')

  test('names the tag by which the client holds the answer', () => {
    expect([told('W/"a"', '"a"'), told('"x", W/"a"', '"a"'), told('"a"', '"a"'), told('"a", W/"a"', '"a"'), told('*', '"a"'), told('W/"a"', 'W/"a"')]).toEqual(['W/"a"', 'W/"a"', '"a"', '"a"', '"a"', 'W/"a"'])
  })
})

describe('types', () => {
  test.each([
    [undefined, ['text/html', 'TEXT/CSS ;charset=utf-8', 'application/json', 'application/problem+json', 'image/svg+xml', 'application/wasm', 'application/x-ndjson'], ['image/png', 'video/mp4', 'application/zip', 'font/woff2', 'text/event-stream', 'application/grpc', 'application/octet-stream', 'xtext/html', 'text/']],
    [['text/html', 'application/*+json', 'application/v.1'], ['text/html', 'application/a+json', 'application/v.1'], ['text/htmlx', 'text/plain', 'application/json', 'application/vx1']],
    [['*/*'], ['image/png'], ['text/event-stream', 'application/grpc+proto']],
  ])('%j', (patterns, taken, left) => {
    const isCompressible = typeTest(patterns)
    expect([taken.filter(isCompressible), left.filter(isCompressible)]).toEqual([taken, []])
  })
})
