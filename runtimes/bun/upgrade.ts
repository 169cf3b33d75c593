// WebSocket on Bun.serve: Bun's own socket on either side, joined message by message (RFC 6455).
import { type ErrorCode, GatewayError } from '../../src/index.js'
import { type Answer, toHeaders } from '../../src/adapter.js'
import type { MessageEnd, MessageTunnel } from '../shared/message-tunnel.js'
import { upstreamError } from '../shared/upstream-error.js'
import type { WebSocketDialect } from '../shared/websocket-client.js'
import type { BunClientSocketOptions, BunServer, BunServerSocket, BunSocketHandlers } from './types.js'

/** As large as a message may be; Bun's own limit of 16 MiB is lower than that of many servers. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024
/** After so long without a word Bun asks a client whether it is still there, which the server cannot. */
const PING_AFTER_SECONDS = 120

/** Bun's client, which sends any field, Host too, and any close code. */
export const bunWebSocket: WebSocketDialect = {
  open: (url, protocols, fields, serverName) => {
    const { WebSocket } = globalThis as unknown as { readonly WebSocket: new (url: string, options: BunClientSocketOptions) => WebSocket }
    return new WebSocket(url, { protocols, headers: Object.fromEntries(toHeaders(fields)), ...(url.startsWith('wss:') ? { tls: { serverName } } : {}) })
  },
  errorCode,
}

/** What Bun.serve does with every WebSocket. What passes is bounded by the tunnel, which stops whoever sends too much. */
export const bunSocketHandlers: BunSocketHandlers<MessageTunnel> = {
  maxPayloadLength: MAX_MESSAGE_BYTES,
  backpressureLimit: 2 * MAX_MESSAGE_BYTES,
  closeOnBackpressureLimit: true,
  idleTimeout: PING_AFTER_SECONDS,
  sendPings: true,
  open: (socket) => socket.data.join(clientEnd(socket)),
  message: (socket, message) => socket.data.message('client', message),
  ping: (socket, data) => socket.data.ping('client', data),
  close: (socket, code, reason) => socket.data.closed('client', code, reason),
}

/** Accepts the client's WebSocket, the server's being open. Gives an error when the client is gone. */
export function acceptOnBun(request: Request, server: BunServer, { fields }: Answer, tunnel: MessageTunnel): GatewayError | undefined {
  if (server.upgrade(request, { data: tunnel, headers: toHeaders(fields) })) return undefined
  tunnel.cancel()
  return new GatewayError('client_aborted')
}

function clientEnd(socket: BunServerSocket<MessageTunnel>): MessageEnd {
  return {
    send: (message) => void socket.send(message),
    buffered: () => socket.getBufferedAmount(),
    // With 1005 Bun sends no code; without one it would send 1000.
    close: (code, reason) => socket.close(code ?? 1005, reason),
    terminate: () => socket.terminate(),
    ping: (data) => void socket.ping(data),
    flow: { pause: () => socket.pause(), resume: () => socket.resume() },
  }
}

/** Bun tells what happened behind the URL, with the system's code if there was one. */
function errorCode(message: string): ErrorCode {
  const reason = message.slice(message.lastIndexOf('failed: '))
  const code = /\bE[A-Z_]{4,}\b/.exec(reason)?.[0]
  if (code !== undefined) return upstreamError(Object.assign(new Error(reason), { code })).code
  if (/certificate/i.test(reason)) return 'tls_certificate_error'
  if (/tls|ssl/i.test(reason)) return 'tls_protocol_error'
  return /closed|ended|failed to connect/i.test(reason) ? 'connection_terminated' : 'http_protocol_error'
}
