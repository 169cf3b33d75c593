import { describe, expect, test } from 'vitest'
import { invalidates, relatedReferences } from '../../../src/cache/invalidate.js'
import { judgeValidation, mayKeepUpdated, updateByHead, updatedFields, validatingFields, wholeFields } from '../../../src/cache/validate.js'
import { parseCacheControl } from '../../../src/http/cache-control.js'
import type { Fields } from '../../../src/http/fields.js'

describe('a validation', () => {
  test.each<[string, Fields, Fields, Fields]>([
    ['asks by both validators', ['X', '1'], ['ETag', '"a"', 'Last-Modified', 'then'], ['X', '1', 'If-None-Match', '"a"', 'If-Modified-Since', 'then']],
    ['asks by the one there is', [], ['Last-Modified', 'then'], ['If-Modified-Since', 'then']],
    ['puts them in place of the client\'s own, and asks for the whole', ['If-None-Match', '"z"', 'if-modified-since', 'now', 'Range', 'bytes=0-1', 'If-Range', '"z"', 'Accept', 'x'], ['ETag', '"a"'], ['Accept', 'x', 'If-None-Match', '"a"']],
    ['leaves a request alone where there is none', ['If-None-Match', '"z"', 'Range', 'bytes=0-1'], [], ['If-None-Match', '"z"', 'Range', 'bytes=0-1']],
  ])('%s', (_, request, stored, sent) => {
    expect(validatingFields(request, stored)).toEqual(sent)
  })

  test('behind a client\'s back asks for the whole', () => {
    expect(wholeFields(['Range', 'bytes=0-1', 'If-None-Match', '"z"', 'Accept', 'x'])).toEqual(['Accept', 'x'])
  })

  test.each<[string, number, Fields, Fields, string]>([
    ['the stored tag', 304, ['ETag', '"a"'], ['ETag', '"a"'], 'update'],
    ['no validator', 304, [], ['ETag', '"a"'], 'update'],
    ['the stored weak tag', 304, ['ETag', 'W/"a"'], ['ETag', 'W/"a"'], 'update'],
    ['a weak form of the stored tag', 304, ['ETag', 'W/"a"'], ['ETag', '"a"'], 'update'],
    ['another strong tag', 304, ['ETag', '"b"'], ['ETag', '"a"'], 'confirm'],
    ['a strong form of a weak tag', 304, ['ETag', '"a"'], ['ETag', 'W/"a"'], 'confirm'],
    ['another weak tag', 304, ['ETag', 'W/"b"'], ['ETag', 'W/"a"'], 'confirm'],
    ['an answer', 200, ['ETag', '"a"'], ['ETag', '"a"'], 'replace'],
    ['an error', 500, [], ['ETag', '"a"'], 'replace'],
  ])('that brings %s', (_, status, fields, stored, kind) => {
    expect(judgeValidation(status, fields, stored, 0).kind).toBe(kind)
  })

  test.each<[string, Fields, Fields, Fields]>([
    ['replaces what came and keeps the rest', ['A', '1', 'B', '1', 'Date', 'then', 'B', '2'], ['b', '3', 'C', '4'], ['A', '1', 'b', '3', 'C', '4']],
    ['leaves the length that of the body', ['Content-Length', '36'], ['Content-Length', '10'], ['Content-Length', '36']],
    ['puts no coding on a body that has none', [], ['Content-Encoding', 'gzip'], []],
    ['updates a coding that is there', ['Content-Encoding', 'gzip'], ['Content-Encoding', 'br'], ['Content-Encoding', 'br']],
    ['takes no age over', [], ['Age', '5'], []],
  ])('%s', (_, stored, fresh, fields) => {
    expect(updatedFields(stored, [...fresh, 'Date', 'now'], 0)).toEqual([...fields, 'Date', 'now'])
  })

  test('without a Date is from now', () => {
    expect(updatedFields(['Date', 'then'], ['A', '1'], 0)).toEqual(['Date', 'Thu, 01 Jan 1970 00:00:00 GMT', 'A', '1'])
  })

  test.each([['max-age=1', true], ['no-store', false], ['private', false], ['private="a"', true]])('with %j is kept: %s', (value, kept) => {
    expect(mayKeepUpdated(parseCacheControl(value))).toBe(kept)
  })
})

test.each<[string, Fields, Fields, boolean]>([
  ['without validators', ['X', '1'], ['ETag', '"a"', 'Content-Length', '5'], true],
  ['with the same', ['ETag', '"a"', 'Content-Length', '5', 'Last-Modified', 'then'], ['ETag', '"a"', 'Content-Length', '5', 'Last-Modified', 'then'], true],
  ['with another tag', ['ETag', '"b"'], ['ETag', '"a"'], false],
  ['with another length', ['Content-Length', '6'], ['Content-Length', '5'], false],
  ['with a date where none is stored', ['Last-Modified', 'then'], [], false],
])('a HEAD %s updates a stored GET: %4$s', (_, head, stored, updates) => {
  expect(updateByHead(head, stored, 0) !== undefined).toBe(updates)
})

test.each([
  ['POST', 200, true],
  ['PUT', 201, true],
  ['DELETE', 204, true],
  ['PATCH', 302, true],
  ['M-SEARCH', 200, true],
  ['POST', 404, false],
  ['POST', 500, false],
  ['GET', 200, false],
  ['HEAD', 200, false],
  ['OPTIONS', 200, false],
])('whether %s with %d makes invalid what is stored: %s', (method, status, invalid) => {
  expect(invalidates(method, status)).toBe(invalid)
})

test('an answer tells of other targets by Location and Content-Location', () => {
  expect(relatedReferences(['Location', '/a', 'content-location', '/b', 'Link', '</c>'])).toEqual(['/a', '/b'])
})
