// The server's part of a WebSocket handshake: whether its 101 answers what was asked (RFC 6455 §4.1).
import { createHash } from 'node:crypto'
import { fieldValue, type Fields } from '../../src/adapter.js'

/**
 * What is wrong with a 101 as the answer to a handshake; undefined when nothing is. A server that was led to answer 101
 * without having understood the handshake must not be given a connection on which anything can be said to it.
 */
export function handshakeFault(asked: Fields, answered: Fields): string | undefined {
  if (fieldValue(answered, 'upgrade')?.toLowerCase() !== 'websocket') return 'its 101 is not for WebSocket'
  if (fieldValue(asked, 'sec-websocket-version') !== '13') return 'it accepted a handshake of another version than 13'
  const key = fieldValue(asked, 'sec-websocket-key')
  if (key === undefined || fieldValue(answered, 'sec-websocket-accept') !== acceptOf(key)) return 'its Sec-WebSocket-Accept does not fit the key'
  const unasked = fieldValue(asked, 'sec-websocket-extensions') === undefined && fieldValue(answered, 'sec-websocket-extensions') !== undefined
  return unasked ? 'it agreed to an extension that nobody offered' : undefined
}

/** RFC 6455 §4.2.2. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}
