// WebSocket on Bun.serve: Bun's own socket towards the client, joined message by message to that of the server (RFC 6455).
import { GatewayError } from '../../src/index.js'
import { type Answer, toHeaders } from '../../src/adapter.js'
import type { Bridge, ClientEnd } from '../websocket/bridge.js'
import { acceptedFields } from '../websocket/handshake.js'
import { MAX_MESSAGE_BYTES } from '../websocket/server-end.js'
import type { BunServer, BunServerSocket, BunSocketHandlers } from './types.js'

/** What Bun.serve does with every WebSocket. What passes is bounded by the bridge, which stops whoever sends too much, and pings where it is told to. */
export const bunSocketHandlers: BunSocketHandlers<Bridge> = {
  maxPayloadLength: MAX_MESSAGE_BYTES,
  backpressureLimit: 2 * MAX_MESSAGE_BYTES,
  closeOnBackpressureLimit: true,
  idleTimeout: 0,
  sendPings: false,
  open: (socket) => socket.data.join(clientEnd(socket)),
  message: (socket, message) => socket.data.message(message),
  ping: (socket, data) => socket.data.ping(data),
  pong: (socket, data) => socket.data.pong(data),
  close: (socket, code, reason) => socket.data.closed(code, reason),
}

/** Accepts the client's WebSocket, the server's being open. Gives an error when the client is gone. */
export function acceptOnBun(request: Request, server: BunServer, { fields }: Answer, bridge: Bridge): GatewayError | undefined {
  if (server.upgrade(request, { data: bridge, headers: toHeaders(acceptedFields(fields)) })) return undefined
  bridge.cancel()
  return new GatewayError('client_aborted')
}

function clientEnd(socket: BunServerSocket<Bridge>): ClientEnd {
  return {
    send: (message) => void socket.send(message),
    buffered: () => socket.getBufferedAmount(),
    // With 1005 Bun sends no code.
    close: ({ code, reason }) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    ping: (data) => void socket.ping(data),
    flow: { pause: () => socket.pause(), resume: () => socket.resume() },
  }
}
