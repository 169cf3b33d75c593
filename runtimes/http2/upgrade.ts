// WebSocket over a stream of HTTP/2: an extended CONNECT here, an upgrade of HTTP/1.1 at the server (RFC 8441).
import { randomBytes } from 'node:crypto'
import type { ServerHttp2Stream } from 'node:http2'
import type { Gateway, RequestInfo } from '../../src/index.js'
import { editFields } from '../../src/adapter.js'
import { SocketTunnel } from '../websocket/tunnel.js'
import { http2Lines, type RequestHead } from './fields.js'
import { Http2Request } from './request.js'
import { breakOff, sendHttp2Answer } from './response.js'

/** What a handshake of HTTP/1.1 has and one of HTTP/2 has not (RFC 8441 §5). */
const ACCEPT: ReadonlySet<string> = new Set(['sec-websocket-accept'])

/** Answers a request that asks for WebSocket: with 200 where the server has switched to it, else with what the gateway says. */
export function acceptWebSocket(gateway: Gateway, head: RequestHead, stream: ServerHttp2Stream, peer: NonNullable<RequestInfo['peer']>): void {
  const fields = editFields(head.fields, { set: ['sec-websocket-key', randomBytes(16).toString('base64')] })
  gateway
    .handle(new Http2Request({ ...head, method: 'GET', fields }, stream, 'websocket'), { peer })
    .then((answer) => {
      const { tunnel } = answer
      if (!(tunnel instanceof SocketTunnel)) return sendHttp2Answer(stream, fields, answer)
      if (stream.destroyed || stream.closed) return tunnel.cancel()
      stream.respond({ ':status': 200, ...http2Lines(editFields(answer.fields, { remove: ACCEPT })) })
      stream.setTimeout(0)
      tunnel.join(stream)
    })
    .catch((error: Error) => {
      process.emitWarning(error)
      breakOff(stream)
    })
}
