// The server's end of an upgraded connection, over a runtime's own WebSocket client.
import { type Answer, type ErrorCode, GatewayError, type OutboundRequest, type Server } from '../../src/index.js'
import { editFields, fieldValue, type Fields, isNamed, type WireRequest } from '../../src/adapter.js'
import { type Message, type MessageEnd, MessageTunnel } from './message-tunnel.js'
import { Watchdog } from './watchdog.js'

/** The Web's WebSocket, with what some runtimes add to it. */
export interface RuntimeWebSocket extends WebSocket {
  terminate?(): void
  ping?(data: ArrayBuffer | Uint8Array): void
  pause?(): void
  resume?(): void
}

/** How one runtime's client is spoken to. */
export interface WebSocketDialect {
  /** Opens one; `name` is the server's, for TLS, where the URL has an address in its place. */
  open(url: string, protocols: string[], fields: Fields, name: string): RuntimeWebSocket
  /** The error that the client tells of in words. */
  errorCode(message: string): ErrorCode
}

/** What a client writes of the handshake by itself. */
const CLIENT_WRITES: ReadonlySet<string> = new Set([
  'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol', 'sec-websocket-extensions', 'sec-websocket-accept', 'content-length',
])

/** The protocol that a request asks for: one that a runtime can accept later (RFC 6455 §4.2.1). Any other is answered as if it had not asked. */
export function upgradeAsked(method: string, fields: Fields): WireRequest['upgrade'] {
  if (method !== 'GET' || fieldValue(fields, 'upgrade')?.toLowerCase() !== 'websocket') return undefined
  const connection = fieldValue(fields, 'connection')?.toLowerCase().split(',') ?? []
  const valid = connection.some((option) => option.trim() === 'upgrade') && fieldValue(fields, 'sec-websocket-version') === '13'
  return valid && /^[A-Za-z0-9+/]{22}==$/.test(fieldValue(fields, 'sec-websocket-key') ?? '') ? 'websocket' : undefined
}

/** Opens a WebSocket to the server, at the origin that it is found at. A 101 has a {@link MessageTunnel}; these clients show no other answer, so that all else is an error. */
export async function openWebSocket(dialect: WebSocketDialect, { server, target, fields, limits, signal }: OutboundRequest, origin: (server: Server, connectMs: number) => string | Promise<string>): Promise<Answer> {
  if (server.socketPath !== undefined) throw new GatewayError('not_implemented', { detail: 'This listener cannot pass on a WebSocket to a Unix socket.' })
  if (signal?.aborted) throw new GatewayError('client_aborted')
  const socket = dial(dialect, (await origin(server, limits.connectMs)).replace(/^http/, 'ws') + target, fields, server.hostname)
  socket.binaryType = 'arraybuffer'
  const tunnel = await opened(socket, dialect, limits, signal)
  return { status: 101, fields: socket.protocol === '' ? [] : ['Sec-WebSocket-Protocol', socket.protocol], body: undefined, tunnel }
}

/** A client refuses sub-protocols that are no tokens, or that are named twice. */
function dial(dialect: WebSocketDialect, url: string, fields: Fields, name: string): RuntimeWebSocket {
  const protocols = fields.flatMap((name, i) => (i % 2 === 0 && isNamed(name, 'sec-websocket-protocol') ? fields[i + 1]!.split(',').map((part) => part.trim()) : []))
  try {
    return dialect.open(url, protocols, editFields(fields, { remove: CLIENT_WRITES }), name)
  } catch (error) {
    throw new GatewayError('http_request_error', { message: (error as Error).message, detail: 'The WebSocket handshake cannot be passed on.', cause: error })
  }
}

function opened(socket: RuntimeWebSocket, dialect: WebSocketDialect, { connectMs, headersMs, upgradedIdleMs }: OutboundRequest['limits'], signal: AbortSignal | undefined): Promise<MessageTunnel> {
  return new Promise((resolve, reject) => {
    let tunnel: MessageTunnel | undefined
    const end = endOf(socket)
    const settle = (): void => {
      watchdog.stop()
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (error: GatewayError): void => {
      settle()
      reject(error)
    }
    const giveUp = (error: GatewayError): void => {
      fail(error)
      end.terminate()
    }
    const onAbort = (): void => giveUp(new GatewayError('client_aborted'))
    const watchdog = new Watchdog((code) => giveUp(new GatewayError(code)))
    // A client does not tell when it has connected, so that both waits are one.
    watchdog.wait('http_response_timeout', connectMs + headersMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.addEventListener('open', () => {
      settle()
      tunnel = new MessageTunnel(end, upgradedIdleMs)
      resolve(tunnel)
    })
    socket.addEventListener('message', ({ data }: MessageEvent<Message>) => tunnel?.message('server', data))
    socket.addEventListener('ping', (event) => tunnel?.ping('server', (event as MessageEvent<ArrayBuffer>).data))
    // Of an open connection the "close" that follows tells all.
    socket.addEventListener('error', (event) => {
      const { message = '' } = event as ErrorEvent
      if (!tunnel) fail(new GatewayError(dialect.errorCode(message), { message: message || 'the WebSocket could not be opened' }))
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (tunnel) tunnel.closed('server', code, reason)
      else fail(new GatewayError('connection_terminated'))
    })
  })
}

/** An end over a WebSocket of the Web's kind. `broken` is the code to end it with where the runtime cannot break a connection off. */
export function endOf(socket: RuntimeWebSocket, broken?: number): MessageEnd {
  const close = (code: number | undefined, reason: string): void => {
    try {
      if (code === undefined) socket.close()
      else socket.close(code, reason)
    } catch {
      // The Web's clients send 1000 and 3000 to 4999 only. Any other code is left out: none says nothing false.
      socket.close()
    }
  }
  return {
    send: (message) => socket.send(message),
    buffered: () => socket.bufferedAmount,
    close,
    terminate: () => (socket.terminate ? socket.terminate() : close(broken, '')),
    ping: socket.ping && ((data) => socket.ping?.(data)),
    flow: socket.pause && { pause: () => socket.pause?.(), resume: () => socket.resume?.() },
  }
}
