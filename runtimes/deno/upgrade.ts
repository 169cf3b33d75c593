// WebSocket on Deno.serve: Deno's own socket on either side, joined message by message (RFC 6455).
import type { Answer } from '../../src/index.js'
import type { Message, MessageTunnel } from '../shared/message-tunnel.js'
import { endOf } from '../shared/websocket-client.js'
import { deno, type DenoUpgrade } from './types.js'

/** Deno cannot break a connection off. "Unexpected condition" lets a client try again, where no code would look like a goodbye. */
const BROKEN = 1011

/** Accepts the client's WebSocket, the server's being open. Throws what Deno has against the request. */
export function acceptOnDeno(request: Request, { fields }: Answer, tunnel: MessageTunnel): Response {
  const { socket, response } = upgraded(request, tunnel)
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('open', () => tunnel.join(endOf(socket, BROKEN)))
  socket.addEventListener('message', ({ data }: MessageEvent<Message>) => tunnel.message('client', data))
  // The "close" that follows tells all; unheard, the error would end the process.
  socket.addEventListener('error', (event) => event.preventDefault())
  socket.addEventListener('close', ({ code, reason }) => tunnel.closed('client', code, reason))
  // Sec-WebSocket-Protocol too: as an option, Deno refuses it when the client's list has no spaces in it.
  for (let i = 0; i < fields.length; i += 2) response.headers.append(fields[i]!, fields[i + 1]!)
  return response
}

function upgraded(request: Request, tunnel: MessageTunnel): DenoUpgrade {
  try {
    return deno().upgradeWebSocket(request)
  } catch (error) {
    tunnel.cancel()
    throw error
  }
}
