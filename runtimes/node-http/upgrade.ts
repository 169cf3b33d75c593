// Upgrade requests over node:http: through the gateway like any other, then piped as raw bytes (RFC 9110 §7.8, RFC 6455 §4).
import { type IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Gateway } from '../../src/index.js'
import { type Answer, isNamed } from '../../src/adapter.js'
import { upgradeAsked } from '../websocket/handshake.js'
import { SocketTunnel } from '../websocket/tunnel.js'
import { peerOf } from './front.js'
import { hasBody, NodeRequest } from './request.js'
import { sendAnswer } from './response.js'

/** Set on a request whose connection can carry no other behind it. */
const LAST = Symbol('last')
type KnownRequest = IncomingMessage & { [LAST]?: boolean }

/**
 * The server's option by which a request for another protocol than WebSocket, such as h2c, is answered as if it had not
 * asked. Bun, Deno and Node from 24.9 on know it. Of a request that it turns down, Node and Deno lose what the client has
 * sent behind it: Node has those without a body handed over instead, to be read again, and what is left is the last of its connection.
 */
export const ONLY_WEBSOCKET = {
  shouldUpgradeCallback: (request: KnownRequest): boolean => {
    if (asksForWebSocket(request) || (IS_NODE && !hasBody(request.rawHeaders))) return true
    request[LAST] = !('Bun' in globalThis)
    return false
  },
} as ServerOptions

const IS_NODE = !('Bun' in globalThis || 'Deno' in globalThis)

/** Whether nothing that the client sends behind a request will be read. */
export function isLast(request: KnownRequest): boolean {
  return request[LAST] === true
}

/** An Upgrade of HTTP/1.0 is not to be heard (RFC 9110 §7.8). */
export function asksForWebSocket({ httpVersion, method = '', rawHeaders }: IncomingMessage): boolean {
  return httpVersion === '1.1' && upgradeAsked(method, rawHeaders) !== undefined
}

/**
 * Has a server read a request again as one that does not ask. Older versions of Node stop reading behind the head of
 * any that does, and would lose its body.
 */
export function readAsPlain(server: Server, { method, url, httpVersion, rawHeaders }: IncomingMessage, socket: Socket, early: Buffer): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) if (!isNamed(rawHeaders[i]!, 'upgrade')) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  server.emit(server instanceof HttpsServer ? 'secureConnection' : 'connection', socket)
  socket.unshift(Buffer.concat([Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'), early]))
  socket.resume()
}

/** Answers a request that asks for WebSocket. node:http has let go of the connection, so that it ends with any answer but a 101. */
export async function answerUpgrade(gateway: Gateway, request: IncomingMessage, socket: Socket, early: Buffer): Promise<void> {
  socket.on('error', () => socket.destroy())
  const response = new ServerResponse(request)
  response.assignSocket(socket)
  const answer = await gateway.handle(new NodeRequest(request, response, 'websocket'), { peer: peerOf(socket) })
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
