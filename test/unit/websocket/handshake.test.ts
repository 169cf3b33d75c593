import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../src/http/fields.js'
import { acceptedFields, upgradeAsked, withoutExtensions } from '../../../runtimes/websocket/handshake.js'
import { handshakeFault } from '../../../runtimes/websocket/server-handshake.js'

const ASKED = ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']
const ANSWERED = ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=']

describe('upgradeAsked', () => {
  test.each<[string, string, Fields, boolean]>([
    ['a handshake', 'GET', ASKED, true],
    ['other case, other lines', 'GET', ['connection', 'keep-alive', 'Connection', 'x, UPGRADE', 'upgrade', 'WebSocket'], true],
    ['another version: the server has to answer that', 'GET', [...ASKED.slice(0, 5), '8'], true],
    ['an empty body', 'GET', [...ASKED, 'Content-Length', '0'], true],
    ['another method', 'POST', ASKED, false],
    ['another protocol', 'GET', ['Connection', 'Upgrade', 'Upgrade', 'h2c'], false],
    ['no Connection', 'GET', ASKED.slice(2), false],
    ['a Connection that names something like it', 'GET', ['Connection', 'upgraded', ...ASKED.slice(2)], false],
    ['a body', 'GET', [...ASKED, 'Content-Length', '5'], false],
    ['a chunked body', 'GET', [...ASKED, 'Transfer-Encoding', 'chunked'], false],
  ])('%s', (_, method, fields, asked) => {
    expect(upgradeAsked(method, fields)).toBe(asked ? 'websocket' : undefined)
  })
})

describe('handshakeFault', () => {
  test.each<[string, Fields, Fields, string | undefined]>([
    ['the answer of the standard', ASKED, ANSWERED, undefined],
    ['an extension that was offered', [...ASKED, 'Sec-WebSocket-Extensions', 'permessage-deflate'], [...ANSWERED, 'Sec-WebSocket-Extensions', 'permessage-deflate'], undefined],
    ['an extension that was not', ASKED, [...ANSWERED, 'Sec-WebSocket-Extensions', 'permessage-deflate'], 'it agreed to an extension that nobody offered'],
    ['another protocol', ASKED, ['Upgrade', 'h2c', ...ANSWERED.slice(2)], 'its 101 is not for WebSocket'],
    ['a wrong accept', ASKED, [...ANSWERED.slice(0, 5), 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='], 'its Sec-WebSocket-Accept does not fit the key'],
    ['no accept', ASKED, ANSWERED.slice(0, 4), 'its Sec-WebSocket-Accept does not fit the key'],
    ['no key', ASKED.slice(0, 6), ANSWERED, 'its Sec-WebSocket-Accept does not fit the key'],
    ['neither', ASKED.slice(0, 6), ANSWERED.slice(0, 4), 'its Sec-WebSocket-Accept does not fit the key'],
    ['another version', [...ASKED.slice(0, 5), '8', ...ASKED.slice(6)], ANSWERED, 'it accepted a handshake of another version than 13'],
  ])('%s', (_, asked, answered, fault) => {
    expect(handshakeFault(asked, answered)).toBe(fault)
  })
})

test('a listener that carries messages offers no extensions and writes its own accept', () => {
  expect(withoutExtensions([...ASKED, 'sec-websocket-extensions', 'x'])).toEqual(ASKED)
  expect(acceptedFields([...ANSWERED, 'Set-Cookie', 'a=1'])).toEqual([...ANSWERED.slice(0, 4), 'Set-Cookie', 'a=1'])
})
