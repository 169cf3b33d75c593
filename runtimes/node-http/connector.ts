// Opens connections to servers: by name, address or path, with TLS where they ask for it, within one limit.
import { isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { KeepAlive, OutboundRequest, Server } from '../../src/index.js'
import { type Connect, dial, dialPath } from '../dns/dial.js'
import type { Name, Names } from '../dns/names.js'
import { clientEnds } from './client-ends.js'
import { writeProxyHeader } from './proxy-protocol.js'
import { limitPassed } from '../shared/limit-passed.js'
import { credentialsId, credentialsOf, type ServerCredentials } from '../tls/to-servers.js'

/** After so long without a word the system asks whether the other end is still there. */
const PROBE_AFTER_MS = 60_000

const HTTP1 = ['http/1.1']

/** For whom a connection is opened; the gateway itself where nobody is named. */
export type Asker = Pick<OutboundRequest, 'client' | 'peer'>

/** What connections have in common that can carry one another's requests: how they are kept, where they lead, how TLS was spoken, and whom they were opened for. */
export function connectionKey(server: Server, keepAlive: KeepAlive | undefined, asker: Asker = {}): string {
  const way = wayKey(server, asker)
  return keepAlive ? `${way} ${keepAlive.idleMs} ${keepAlive.connections}` : way
}

/** The same without how they are kept, which is nothing to TLS. */
function wayKey(server: Server, asker: Asker): string {
  const { origin, address, secure, proxyProtocol, tls } = server
  const leads = secure && (address !== undefined || tls !== undefined) ? `${origin} ${nameForTls(server)} ${credentialsId(tls)}` : origin
  return proxyProtocol === undefined ? leads : `${leads} ${writeProxyHeader(proxyProtocol, clientEnds(asker)).toString('latin1')}`
}

/** The name that TLS asks for and verifies. */
export function nameForTls({ hostname, tls }: Server): string {
  return tls?.serverName ?? hostname
}

/** Opens connections, and knows the names that they lead to. */
export class Connector {
  readonly #names: Names
  readonly #openPlain: Connect | undefined
  readonly #sessions = new Map<string, Buffer>()

  /** `openPlain` opens what HTTP/1.1 is spoken on without TLS, where net's `connect` is not to. */
  constructor(names: Names, openPlain?: Connect) {
    this.#names = names
    this.#openPlain = openPlain
  }

  /** What is known of a server's name; undefined where it is reached by address or path. */
  nameOf({ hostname, address, socketPath }: Server): Name | undefined {
    return socketPath === undefined && address === undefined ? this.#names.of(hostname) : undefined
  }

  /** Opens a connection, for a client where its server is told of them, TLS included, within the limit. Rejects with a GatewayError or with node's error. */
  open(server: Server, asker: Asker, connectMs: number, protocols: string[] = HTTP1): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const { hostname, address, port, socketPath } = server
      const credentials = credentialsOf(server.tls)
      const open = server.secure || protocols !== HTTP1 ? undefined : this.#openPlain
      const dialling = socketPath === undefined ? dial(address ?? hostname, port, this.nameOf(server), open) : dialPath(socketPath, open)
      let cancel = (): void => dialling.cancel()
      const timer = setTimeout(() => {
        reject(limitPassed(dialling.resolving ? 'dns_timeout' : 'connection_timeout', 'timeout.connect', connectMs))
        cancel()
      }, connectMs)
      const done = (socket: Socket): void => {
        clearTimeout(timer)
        resolve(socket)
      }
      const fail = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
      }
      dialling.connected.then((socket) => {
        socket.setNoDelay(true)
        socket.setKeepAlive(true, PROBE_AFTER_MS)
        if (server.proxyProtocol !== undefined) socket.write(writeProxyHeader(server.proxyProtocol, clientEnds(asker)))
        if (server.secure) cancel = this.#secure(socket, server, credentials, protocols, done, fail)
        else done(socket)
      }, fail)
    })
  }

  /** Connects, lets go at once, and tells at which address. */
  async reach(server: Server, connectMs: number): Promise<string> {
    const socket = await this.open({ ...server, secure: false, proxyProtocol: undefined }, {}, connectMs)
    const { remoteAddress = '' } = socket
    socket.on('error', () => {}).destroy()
    return remoteAddress
  }

  /** Speaks TLS on a connection, by the server's name and never by that of a Host field. Returns what gives it up. */
  #secure(socket: Socket, server: Server, credentials: ServerCredentials, protocols: string[], done: (socket: Socket) => void, fail: (error: Error) => void): () => void {
    const name = nameForTls(server)
    const key = wayKey({ ...server, proxyProtocol: undefined }, {})
    const session = this.#sessions.get(key)
    const options: ConnectionOptions = { socket, host: name, servername: isIP(name) > 0 ? '' : name, ALPNProtocols: protocols, ...credentials, ...(session ? { session } : {}) }
    const secured = connectTls(options)
    secured.on('session', (ticket: Buffer) => void this.#sessions.set(key, ticket))
    secured.once('secureConnect', () => {
      secured.off('error', fail)
      done(secured)
    })
    secured.on('error', fail)
    // A server that turns our certificate down says so after the handshake (RFC 8446 §6.2), when nobody may listen: unheard, it would end the process.
    for (const each of [socket, secured]) each.on('error', () => secured.destroy())
    return () => void secured.destroy()
  }
}
