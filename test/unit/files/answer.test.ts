import { describe, expect, test } from 'vitest'
import { fileAnswer, type Representation, validators } from '../../../src/files/answer.js'
import { contentType } from '../../../src/files/content-type.js'
import { type Fields, fieldValue } from '../../../src/http/fields.js'

const MTIME = Date.UTC(2026, 0, 1)
const NOW = Date.UTC(2026, 0, 2)
const FILE = { size: 100, mtimeMs: MTIME }
const FORM: Representation = { type: 'text/plain; charset=utf-8', coding: undefined, lines: ['Cache-Control', 'max-age=5'] }
const ETAG = fieldValue(validators(FILE, undefined), 'etag')!
const MODIFIED = new Date(MTIME).toUTCString()
const LATER = new Date(MTIME + 1000).toUTCString()
const EARLIER = new Date(MTIME - 1000).toUTCString()
const answered = (fields: Fields, method = 'GET', file: typeof FILE = FILE) => fileAnswer({ method, fields, id: 'b' }, file, FORM, NOW)

describe('preconditions, in their order (RFC 9110 §13.2.2)', () => {
  test.each<[string, Fields, number]>([
    ['none', [], 200],
    ['If-Match with the tag', ['If-Match', `"x", ${ETAG}`], 200],
    ['If-Match: *', ['If-Match', '*'], 200],
    ['If-Match with another', ['If-Match', '"x"'], 412],
    ['If-Match with the tag made weak', ['If-Match', `W/${ETAG}`], 412],
    ['If-Match before If-Unmodified-Since', ['If-Match', ETAG, 'If-Unmodified-Since', EARLIER], 200],
    ['If-Unmodified-Since, modified later', ['If-Unmodified-Since', EARLIER], 412],
    ['If-Unmodified-Since, not modified', ['If-Unmodified-Since', MODIFIED], 200],
    ['If-Unmodified-Since that is no date', ['If-Unmodified-Since', 'yesterday'], 200],
    ['If-None-Match with the tag', ['If-None-Match', ETAG], 304],
    ['If-None-Match with the tag made weak', ['If-None-Match', `W/${ETAG}`], 304],
    ['If-None-Match: *', ['If-None-Match', '*'], 304],
    ['If-None-Match with another, though not modified', ['If-None-Match', '"x"', 'If-Modified-Since', LATER], 200],
    ['If-Modified-Since, not modified', ['If-Modified-Since', MODIFIED], 304],
    ['If-Modified-Since, modified later', ['If-Modified-Since', EARLIER], 200],
    ['412 before 304', ['If-Match', '"x"', 'If-None-Match', ETAG], 412],
    ['304 before 206', ['If-None-Match', ETAG, 'Range', 'bytes=0-1'], 304],
  ])('%s', (_, fields, status) => {
    expect([answered(fields).status, answered(fields, 'HEAD').status]).toEqual([status, status])
  })

  test('304 tells what a 200 would of the version, and nothing of a body', () => {
    expect(answered(['If-None-Match', ETAG])).toEqual({ status: 304, fields: ['ETag', ETAG, 'Last-Modified', MODIFIED, 'Cache-Control', 'max-age=5'], pieces: [] })
  })
})

describe('ranges', () => {
  test.each<[string, Fields, number, string | undefined, string | undefined]>([
    ['one', ['Range', 'bytes=10-19'], 206, 'bytes 10-19/100', '10'],
    ['open at its end', ['Range', 'bytes=90-'], 206, 'bytes 90-99/100', '10'],
    ['a suffix', ['Range', 'bytes=-5'], 206, 'bytes 95-99/100', '5'],
    ['beyond the end', ['Range', 'bytes=100-'], 416, 'bytes */100', '0'],
    ['of another unit', ['Range', 'lines=1-2'], 200, undefined, '100'],
    ['that overlap', ['Range', 'bytes=0-9,5-14'], 200, undefined, '100'],
    ['If-Range with the tag', ['Range', 'bytes=0-0', 'If-Range', ETAG], 206, 'bytes 0-0/100', '1'],
    ['If-Range with the tag made weak', ['Range', 'bytes=0-0', 'If-Range', `W/${ETAG}`], 200, undefined, '100'],
    ['If-Range with the date', ['Range', 'bytes=0-0', 'If-Range', MODIFIED], 206, 'bytes 0-0/100', '1'],
    ['If-Range with another date', ['Range', 'bytes=0-0', 'If-Range', LATER], 200, undefined, '100'],
  ])('%s', (_, fields, status, range, length) => {
    const answer = answered(fields)
    expect([answer.status, fieldValue(answer.fields, 'content-range'), fieldValue(answer.fields, 'content-length')]).toEqual([status, range, length])
  })

  test('several go as parts, whose length is told', () => {
    const { status, fields, pieces } = answered(['Range', 'bytes=0-1,-2'])
    const bytes = pieces.map((piece) => (piece instanceof Uint8Array ? new TextDecoder().decode(piece) : `<${piece.first}-${piece.last}>`)).join('')
    expect([status, fieldValue(fields, 'content-type')]).toEqual([206, 'multipart/byteranges; boundary="b"'])
    expect(bytes).toBe('\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 0-1/100\r\n\r\n<0-1>\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 98-99/100\r\n\r\n<98-99>\r\n--b--\r\n')
    expect(fieldValue(fields, 'content-length')).toBe(String(bytes.length - '<0-1><98-99>'.length + 4))
  })

  test('HEAD asks for none, and an empty file has none', () => {
    expect(answered(['Range', 'bytes=0-1'], 'HEAD').status).toBe(200)
    expect(answered(['Range', 'bytes=0-1'], 'GET', { size: 0, mtimeMs: MTIME }).status).toBe(416)
    expect(answered([], 'GET', { size: 0, mtimeMs: MTIME }).pieces).toEqual([])
  })
})

test('each coding, time and size has a tag of its own; times that builds set to nothing make none', () => {
  const tags = [validators(FILE, undefined), validators(FILE, 'br'), validators(FILE, 'gzip'), validators({ ...FILE, size: 101 }, undefined), validators({ ...FILE, mtimeMs: MTIME + 0.5 }, undefined)].map((fields) => fieldValue(fields, 'etag'))
  expect(new Set(tags).size).toBe(5)
  expect([validators({ size: 1, mtimeMs: 1000 }, undefined), validators({ size: 1, mtimeMs: 0, etag: 'digest' }, 'br')]).toEqual([[], ['ETag', '"digest-br"']])
})

test.each([
  ['/a.html', 'text/html; charset=utf-8'],
  ['/a.JS', 'text/javascript; charset=utf-8'],
  ['/a.css', 'text/css; charset=utf-8'],
  ['/a.json', 'application/json'],
  ['/a.svg', 'image/svg+xml'],
  ['/a.wasm', 'application/wasm'],
  ['/a.woff2', 'font/woff2'],
  ['/a.b/none', 'application/octet-stream'],
  ['/a.unknown', 'application/octet-stream'],
])('the type of %s is %s', (path, type) => {
  expect(contentType(path)).toBe(type)
})
