// Who is at the other end of a connection, and the socket in front of the HTTP server where a load balancer speaks the PROXY protocol.
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import type { Server as HttpServer } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { type Address, contains, parseAddress, parseCidr } from '../../src/adapter.js'
import type { RequestInfo } from '../../src/index.js'
import { readProxyHeader } from './proxy-protocol.js'

/** What is known of a connection's other end, for as long as it is open. */
const PEER = Symbol('peer')
type KnownSocket = Socket & { [PEER]?: RequestPeer }
type RequestPeer = NonNullable<RequestInfo['peer']>

/** The connection's other end and our own, or those of the client's connection that a PROXY header told of. */
export function peerOf(socket: Socket): RequestPeer {
  const known = socket as KnownSocket
  if (!known[PEER]) {
    const { remoteAddress: address, remotePort: port, localAddress, localPort } = socket
    const local = localAddress === undefined || localPort === undefined ? undefined : { address: localAddress, port: localPort }
    known[PEER] = { ...(address === undefined ? {} : { address }), port, local, scheme: (socket as TLSSocket).encrypted ? 'https' : 'http' }
  }
  return known[PEER]
}

/** Notes who is at the other end of a TLS connection: what a PROXY header told of it, and the certificate that it has shown. */
export function introduce(socket: TLSSocket, told: RequestPeer | undefined, certificate: RequestPeer['certificate']): void {
  const known = socket as Socket as KnownSocket
  if (!known[PEER]) known[PEER] = { ...(told ?? peerOf(socket)), scheme: 'https', certificate }
}

/** A server in front of another one. */
export interface ProxyFront {
  readonly server: NetServer
  /** What a PROXY header told of a connection on which TLS is spoken. */
  toldOf(secured: TLSSocket): RequestPeer | undefined
}

/**
 * A server that takes the PROXY header off connections from the given networks and hands them to `http`. There the
 * header is required; connections from anywhere else are taken as they are, so that nobody else can choose an address.
 */
export function createProxyFront(http: HttpServer, from: readonly string[], headerMs: number): ProxyFront {
  const networks = from.map((range) => parseCidr(range)!)
  // TLS is spoken on a socket of its own, which has only its ends in common with the one beneath.
  const told = new Map<string, RequestPeer>()
  const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
  const server = createServer((socket) => {
    const address: Address | undefined = parseAddress(socket.remoteAddress ?? '')
    if (!address || !networks.some((network) => contains(network, address))) return void http.emit('connection', socket)
    let bytes = Buffer.alloc(0)
    const end = (): void => void socket.destroy()
    socket.on('error', end)
    socket.setTimeout(headerMs, end)
    const read = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk])
      const header = readProxyHeader(bytes)
      if (header.kind === 'incomplete') return
      if (header.kind === 'fault') return end()
      socket.off('data', read)
      socket.pause()
      socket.off('error', end)
      socket.setTimeout(0)
      socket.off('timeout', end)
      if (header.ends) note(socket, { ...header.ends.source, local: header.ends.destination, scheme: 'http' })
      http.emit('connection', socket)
      socket.unshift(bytes.subarray(header.bytes))
      // TLS takes over what has been read, and reads on by itself.
      if (!(http instanceof HttpsServer)) socket.resume()
    }
    socket.on('data', read)
  })
  const note = (socket: KnownSocket, peer: RequestPeer): void => {
    socket[PEER] = peer
    if (!(http instanceof HttpsServer)) return
    const key = keyOf(socket)
    told.set(key, peer)
    socket.once('close', () => told.delete(key))
  }
  return { server, toldOf: (secured) => told.get(keyOf(secured)) }
}
