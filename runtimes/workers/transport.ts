// The upstream transport on Workers: their fetch, which adds no fields and can leave bodies as they are.
import type { ErrorCode, Transport } from '../../src/index.js'
import { editFields, type Fields, type Tunnel } from '../../src/adapter.js'
import { createFetchTransport } from '../shared/fetch-transport.js'
import { withLength } from './fixed-length.js'
import type { WorkerRequestInit, WorkerResponse, WorkerWebSocket } from './types.js'

/** Fields that Workers write themselves. */
const FETCH_WRITES: ReadonlySet<string> = new Set(['host', 'content-length'])

/** A transport over the platform's fetch; its connections are the platform's. */
export function createWorkersTransport(): Transport {
  return createFetchTransport({
    lacks: new Set(['background', 'host-field', 'unix-socket', 'resolver', 'proxy-protocol', 'websocket-ping', 'keep-alive', 'tls', 'http2']),
    fields: (fields) => editFields(fields, { remove: FETCH_WRITES }),
    headers: pairs,
    sized: (stream, bytes) => withLength(stream, bytes) as BodyInit,
    send: ({ server, target }, init) => {
      const manual: WorkerRequestInit = { ...init, encodeResponseBody: 'manual' }
      return fetch(server.origin + target, manual)
    },
    errorCode,
    tunnel: ({ webSocket }: WorkerResponse) => (webSocket ? new WebSocketTunnel(webSocket) : undefined),
  })
}

/** The server's end of a WebSocket, unopened: the platform joins it to the client's, extensions and all. */
export class WebSocketTunnel implements Tunnel {
  readonly webSocket: WorkerWebSocket

  constructor(webSocket: WorkerWebSocket) {
    this.webSocket = webSocket
  }

  cancel(): void {
    this.webSocket.accept()
    this.webSocket.close()
  }

  onEnd(over: () => void): void {
    over()
  }
}

/** Lines as pairs: Workers send a repeated field as it was repeated. */
function pairs(fields: Fields): HeadersInit {
  const lines: [string, string][] = []
  for (let i = 0; i < fields.length; i += 2) lines.push([fields[i]!, fields[i + 1]!])
  return lines
}

/** Workers say little of what happened: a connection that could not be had and one that broke read the same. */
function errorCode({ message }: Error): ErrorCode {
  if (/network connection lost|connection/i.test(message)) return 'connection_terminated'
  if (/internal error/i.test(message)) return 'destination_unavailable'
  return 'http_protocol_error'
}
