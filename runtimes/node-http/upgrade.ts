// Upgrade requests over node:http: through the gateway like any other, then piped as raw bytes (RFC 9110 §7.8, RFC 6455 §4).
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Gateway } from '../../src/index.js'
import type { Answer } from '../../src/adapter.js'
import { peerAddress } from './front.js'
import { NodeRequest } from './request.js'
import { sendAnswer } from './response.js'
import { SocketTunnel } from './tunnel.js'

/**
 * Answers a request that asks to change the protocol. Only WebSocket is carried; a request for another, such as h2c, is
 * answered as if it had not asked. node:http has let go of the connection, so that it ends with any answer but a 101.
 */
export async function answerUpgrade(gateway: Gateway, request: IncomingMessage, socket: Socket, early: Buffer): Promise<void> {
  socket.on('error', () => socket.destroy())
  const response = new ServerResponse(request)
  response.assignSocket(socket)
  const upgrade = request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket' ? 'websocket' : undefined
  const answer = await gateway.handle(new NodeRequest(request, response, upgrade), { peer: { address: peerAddress(socket), scheme: 'http' } })
  if (!(answer.tunnel instanceof SocketTunnel)) {
    response.once('finish', () => socket.destroySoon())
    return sendAnswer(response, answer, true)
  }
  response.detachSocket(socket)
  if (socket.destroyed) return answer.tunnel.cancel()
  socket.write(switchingHead(answer))
  if (early.byteLength > 0) socket.unshift(early)
  answer.tunnel.join(socket)
}

function switchingHead({ fields }: Answer): Buffer {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
  for (let i = 0; i < fields.length; i += 2) lines.push(`${fields[i]}: ${fields[i + 1]}`)
  return Buffer.from([...lines, '', ''].join('\r\n'), 'latin1')
}
