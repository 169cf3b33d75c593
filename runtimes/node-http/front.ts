// The socket in front of the HTTP server where a load balancer speaks the PROXY protocol.
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import type { Server as HttpServer } from 'node:http'
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
    known[PEER] = { ...(address === undefined ? {} : { address }), port, local, scheme: 'http' }
  }
  return known[PEER]
}

/**
 * A server that takes the PROXY header off connections from the given networks and hands them to `http`. There the
 * header is required; connections from anywhere else are taken as they are, so that nobody else can choose an address.
 */
export function createProxyFront(http: HttpServer, from: readonly string[], headerMs: number): NetServer {
  const networks = from.map((range) => parseCidr(range)!)
  return createServer((socket) => {
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
      if (header.ends) (socket as KnownSocket)[PEER] = { ...header.ends.source, local: header.ends.destination, scheme: 'http' }
      http.emit('connection', socket)
      socket.unshift(bytes.subarray(header.bytes))
      socket.resume()
    }
    socket.on('data', read)
  })
}
