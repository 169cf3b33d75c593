// WebSocket on Deno.serve: Deno's own socket towards the client, joined message by message to that of the server (RFC 6455).
import type { Answer } from '../../src/index.js'
import type { Bridge, ClientEnd } from '../websocket/bridge.js'
import { NO_CODE } from '../websocket/close.js'
import { acceptedFields } from '../websocket/handshake.js'
import { deno, type DenoUpgrade } from './types.js'

/** Deno cannot break a connection off. "Unexpected condition" lets a client try again, where no code would look like a goodbye. */
const BROKEN_OFF = 1011

/** Accepts the client's WebSocket, the server's being open. Throws what Deno has against the request. */
export function acceptOnDeno(request: Request, answer: Answer, bridge: Bridge): Response {
  const { socket, response } = upgraded(request, bridge)
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('open', () => bridge.join(clientEnd(socket)))
  socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => bridge.message(typeof data === 'string' ? data : new Uint8Array(data)))
  // The "close" that follows tells all; unheard, the error would end the process.
  socket.addEventListener('error', (event) => event.preventDefault())
  socket.addEventListener('close', ({ code, reason }) => bridge.closed(code, reason))
  // Sec-WebSocket-Protocol too: as an option, Deno refuses it when the client's list has no spaces in it.
  const fields = acceptedFields(answer.fields)
  for (let i = 0; i < fields.length; i += 2) response.headers.append(fields[i]!, fields[i + 1]!)
  return response
}

/** Deno pings a client by itself after half of its idle time without a word, and closes with 1001 when nothing came in all of it. */
function upgraded(request: Request, bridge: Bridge): DenoUpgrade {
  try {
    return deno().upgradeWebSocket(request, { idleTimeout: ((bridge.pingMs ?? 0) / 1000) * 2 })
  } catch (error) {
    bridge.cancel()
    throw error
  }
}

function clientEnd(socket: WebSocket): ClientEnd {
  return {
    send: (message) => socket.send(message),
    buffered: () => socket.bufferedAmount,
    close: ({ code, reason }) => (code === NO_CODE ? socket.close() : socket.close(code, reason)),
    terminate: () => socket.close(BROKEN_OFF),
  }
}
