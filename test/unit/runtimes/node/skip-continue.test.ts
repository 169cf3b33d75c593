import type { Socket } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ContinueFilter, startOf } from '../../../../runtimes/node/skip-continue.js'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n..'

/** What is read of these pieces by whoever has sent a request. */
function readThrough(pieces: readonly string[]): string {
  const waiting = pieces.map((piece) => Buffer.from(piece, 'latin1'))
  const socket = { read: () => waiting.shift() ?? null }
  new ContinueFilter(socket as unknown as Socket).expectAnswer()
  return pieces.map(() => (socket.read() ?? Buffer.alloc(0)).toString('latin1')).join('')
}

/** The text cut at these places. */
function cutAt(text: string, places: readonly number[]): string[] {
  const borders = [0, ...[...new Set(places.map((place) => place % text.length))].sort((a, b) => a - b), text.length]
  return borders.slice(1).map((end, i) => text.slice(borders[i], end))
}

test('every 100 before the answer is left out, and nothing else, however the bytes come', () => {
  const interim = fc.array(fc.constantFrom(CONTINUE, 'HTTP/1.1 100 \r\nX: 1\r\n\r\n', 'HTTP/1.0 100\r\n\r\n', HINTS, 'HTTP/1.1 102 Processing\r\n\r\n'), { maxLength: 12, size: 'max' })
  fc.assert(fc.property(interim, fc.array(fc.nat(), { maxLength: 60, size: 'max' }), (heads, places) => {
    const kept = heads.filter((head) => !head.includes(' 100'))
    expect(readThrough(cutAt(heads.join('') + OK, places))).toBe(kept.join('') + OK)
  }))
})

test.each([
  ['bare line feeds', 'HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\r\n\r\n'],
  ['a bare line feed inside', 'HTTP/1.1 100 Continue\nX: 1\r\n\r\n'],
  ['a longer status', 'HTTP/1.1 1000 OK\r\n\r\n'],
  ['another protocol', 'SIP/2.0 1100 Continue\r\n\r\n'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'],
])('%s are left to the parser', (_, bytes) => {
  expect(readThrough([bytes])).toBe(bytes)
})

test('a head that never ends is left to the parser in the end', () => {
  expect(startOf(Buffer.from(`HTTP/1.1 100 ${'x'.repeat(70_000)}`))).toEqual({ kind: 'final' })
})

test('what comes when no answer is due is not looked at', () => {
  const waiting = [Buffer.from(OK), Buffer.from(CONTINUE)]
  const socket = { read: () => waiting.shift() ?? null }
  new ContinueFilter(socket as unknown as Socket).expectAnswer()
  expect([socket.read(), socket.read()].map(String)).toEqual([OK, CONTINUE])
})
