import { describe, expect, test } from 'vitest'
import { readAnswerHead } from '../../../../runtimes/http1/answer-head.js'
import { requestHead } from '../../../../runtimes/http1/request-head.js'

const read = (lines: readonly string[], method = 'GET') => readAnswerHead(lines.join('\r\n'), method)
const framing = (lines: readonly string[], method?: string) => {
  const head = read(['HTTP/1.1 200 OK', ...lines], method)
  return typeof head === 'string' ? head : head.framing
}

describe('the head of an answer', () => {
  test('status, reason and lines come as they stand, margins taken off', () => {
    expect(read(['HTTP/1.1 404 Not  here', 'X-A:1', 'x-a: \t 2 \t', 'Empty:', 'B: caf\xe9 a:b'])).toMatchObject({ status: 404, reason: 'Not  here', fields: ['X-A', '1', 'x-a', '2', 'Empty', '', 'B', 'caf\xe9 a:b'] })
    expect(read(['HTTP/1.1 200'])).toMatchObject({ status: 200, reason: '', fields: [] })
  })

  test.each([
    ['HTTP/2.0 200 OK'], ['HTTP/1.1 1000 OK'], ['HTTP/1.1 099 OK'], ['HTTP/1.1 20 OK'], ['HTTP/1.1  200 OK'], ['http/1.1 200 OK'], ['HTTP/1.1 200 OK\n'], ['HTTP/1.1 200 O\rK'], ['HTTP/1.1 200OK'], [' HTTP/1.1 200 OK'],
    ['HTTP/1.1 200 OK', ' folded'], ['HTTP/1.1 200 OK', 'X: 1', '\tfolded'], ['HTTP/1.1 200 OK', 'X : 1'], ['HTTP/1.1 200 OK', ': 1'], ['HTTP/1.1 200 OK', 'no colon'], ['HTTP/1.1 200 OK', 'X: 1\nY: 2'], ['HTTP/1.1 200 OK', 'X: 1\rY: 2'], ['HTTP/1.1 200 OK', 'X: \0'], ['HTTP/1.1 200 OK', ''],
    ['HTTP/1.1 200 OK', 'Content-Length: 2', 'Content-Length: 2'], ['HTTP/1.1 200 OK', 'Content-Length: 2, 2'], ['HTTP/1.1 200 OK', 'Content-Length: +2'], ['HTTP/1.1 200 OK', 'Content-Length: 0x2'], ['HTTP/1.1 200 OK', 'Content-Length:'], ['HTTP/1.1 200 OK', 'Content-Length: 1234567890123456'],
    ['HTTP/1.1 200 OK', 'Content-Length: 2', 'Transfer-Encoding: chunked'], ['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip'], ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked, chunked'], ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], ['HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'],
  ])('what two could read in two ways is refused: %j %j %j', (...lines) => {
    expect(read(lines.filter((line) => line !== undefined))).toBeTypeOf('string')
  })

  test('a body is delimited by its fields, or by the end of the connection, and has none where the request or the status say so', () => {
    expect([framing(['Content-Length: 10']), framing(['Transfer-Encoding: CHUNKED']), framing(['Transfer-Encoding: whatever']), framing([]), framing(['Content-Length: 10'], 'HEAD'), framing(['Transfer-Encoding: chunked'], 'HEAD')]).toEqual([
      { kind: 'length', bytes: 10 }, { kind: 'chunked' }, { kind: 'close' }, { kind: 'close' }, { kind: 'none' }, { kind: 'none' },
    ])
    for (const status of [204, 205, 304]) expect(read([`HTTP/1.1 ${status} X`, 'Content-Length: 10'])).toMatchObject({ framing: { kind: 'none' } })
  })

  test.each([
    ['HTTP/1.1 200 OK', '', true], ['HTTP/1.1 200 OK', 'close', false], ['HTTP/1.1 200 OK', 'x, Close', false], ['HTTP/1.1 200 OK', 'keep-alive, close', false], ['HTTP/1.0 200 OK', '', false], ['HTTP/1.0 200 OK', 'Keep-Alive', true], ['HTTP/1.1 205 Reset', '', false],
  ])('%s with Connection %j keeps its connection: %s', (line, connection, keeps) => {
    expect(read([line, 'Content-Length: 0', ...(connection === '' ? [] : [`Connection: ${connection}`])])).toMatchObject({ keeps })
  })
})

describe('the head of a request', () => {
  test('is written as it is given, with a length where a server would wait for one', () => {
    expect(requestHead('GET', "/a/../b?'", ['Host', 'a', 'X', 'caf\xe9'], true)).toBe("GET /a/../b?' HTTP/1.1\r\nHost: a\r\nX: caf\xe9\r\n\r\n")
    expect(requestHead('PURGE', '/', ['Host', 'a'], false)).toBe('PURGE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    expect(requestHead('POST', '*', ['Content-Length', '0'], true)).toBe('POST * HTTP/1.1\r\nContent-Length: 0\r\n\r\n')
  })

  test.each([
    ['GET /x', '/', []], ['GET', '/a b', []], ['GET', '/\r\nX: 1', []], ['GET', '', []], ['GET', '/\u010d', []],
    ['GET', '/', ['X', 'a\r\nY: 1']], ['GET', '/', ['X', 'a\nb']], ['GET', '/', ['X', 'a\0']], ['GET', '/', ['X: 1', 'a']], ['GET', '/', ['', 'a']], ['GET', '/', ['X', 'a\u010d\u010aEvil: 1']],
  ] as const)('nothing is written that would be read as more: %s %j %j', (method, target, fields) => {
    expect(() => requestHead(method, target, fields, true)).toThrow('cannot be written')
  })
})
