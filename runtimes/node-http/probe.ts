// Checks of a server other than HTTP's: that it takes connections, and what its gRPC health service says.
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { GatewayError, type Server, type TransportProbe } from '../../src/index.js'
import { GRPC_HEALTH_PATH, grpcHealthRequest, judgeGrpcAnswer } from '../../src/adapter.js'
import { upstreamError } from '../shared/upstream-error.js'

/** Makes the check. Rejects with a GatewayError that says what is wrong; ends in time by the signal. */
export function probeServer({ server, kind, service, signal }: TransportProbe): Promise<void> {
  return kind === 'tcp' ? canConnect(server, signal) : isServing(server, service, signal)
}

function canConnect({ hostname, address, port, socketPath, secure }: Server, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const where = socketPath === undefined ? { host: address ?? hostname, port } : { path: socketPath }
    const socket = secure ? connectTls({ ...where, servername: hostname }) : connect(where)
    const end = (error?: Error): void => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      if (error) reject(upstreamError(error))
      else resolve()
    }
    const onAbort = (): void => end(new GatewayError('connection_timeout'))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once(secure ? 'secureConnect' : 'connect', () => end())
    socket.on('error', end)
  })
}

function isServing(server: Server, service: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const { hostname, address, port, secure, authority } = server
    const session = connectHttp2(`${secure ? 'https' : 'http'}://${address ?? hostname}:${port}`, secure ? { servername: hostname } : {})
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
