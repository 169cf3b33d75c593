// Checks of a server other than HTTP's: that it takes connections, and what its gRPC health service says.
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { GatewayError, type Server, type TransportProbe } from '../../src/index.js'
import { GRPC_HEALTH_PATH, grpcHealthRequest, judgeGrpcAnswer } from '../../src/adapter.js'
import { upstreamError } from '../shared/upstream-error.js'
import type { Connector } from './connector.js'

/** Makes the check, over a connection of its own. Rejects with a GatewayError that says what is wrong; ends in time by the signal. */
export async function probeServer({ server, kind, service, timeoutMs, signal }: TransportProbe, connector: Connector): Promise<void> {
  const socket = await connector.open(server, {}, timeoutMs, kind === 'grpc' ? ['h2'] : undefined).catch((error: Error) => {
    throw upstreamError(error)
  })
  // What a socket that is being destroyed still has to say changes nothing.
  socket.on('error', () => {})
  try {
    if (signal.aborted) throw new GatewayError('connection_timeout')
    if (kind === 'grpc') await isServing(server, service, socket, signal)
  } finally {
    socket.destroy()
  }
}

function isServing({ authority, secure }: Server, service: string, socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`${secure ? 'https' : 'http'}://${authority}`, { createConnection: () => socket })
    const end = (error?: Error): void => {
      signal.removeEventListener('abort', onAbort)
      session.destroy()
      if (error) reject(upstreamError(error))
      else resolve()
    }
    const onAbort = (): void => end(new GatewayError('http_response_timeout'))
    signal.addEventListener('abort', onAbort, { once: true })
    session.on('error', end)
    const stream = session.request({ ':method': 'POST', ':path': GRPC_HEALTH_PATH, ':authority': authority, 'content-type': 'application/grpc', te: 'trailers' })
    const pieces: Buffer[] = []
    let status: string | undefined
    stream.on('error', end)
    stream.on('response', (head: IncomingHttpHeaders) => void (status = grpcStatus(head)))
    stream.on('trailers', (trailers: IncomingHttpHeaders) => void (status ??= grpcStatus(trailers)))
    stream.on('data', (piece: Buffer) => void pieces.push(piece))
    stream.on('end', () => {
      const verdict = judgeGrpcAnswer(status, Buffer.concat(pieces))
      end(verdict.kind === 'pass' ? undefined : new GatewayError('http_protocol_error', { message: verdict.reason }))
    })
    stream.end(grpcHealthRequest(service))
  })
}

function grpcStatus(fields: IncomingHttpHeaders): string | undefined {
  const status = fields['grpc-status']
  return typeof status === 'string' ? status : undefined
}

/** The checks that node:net and node:http2 can make. */
export const PROBES: ReadonlySet<TransportProbe['kind']> = new Set(['tcp', 'grpc'])
