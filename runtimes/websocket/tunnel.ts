// An upgraded connection: bytes piped both ways, untouched.
import type { Duplex } from 'node:stream'
import type { Http2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { AttemptLimits } from '../../src/index.js'
import type { Tunnel } from '../../src/adapter.js'
import { joinWatched } from './watched-pipe.js'

/** The client's side: a connection, or a stream of one. */
export type ClientEnd = Socket | Http2Stream

/** The server's side of an upgraded connection. */
export class SocketTunnel implements Tunnel {
  readonly socket: Socket
  readonly limits: AttemptLimits

  constructor(socket: Duplex, limits: AttemptLimits) {
    this.socket = socket as Socket
    this.limits = limits
    // What the transport set for the handshake ends with it.
    this.socket.setTimeout(0)
    // Resets are seen by "close"; unheard, the error would end the process.
    socket.on('error', ignore)
  }

  /** Joins the client's side. When one side ends or breaks, or nothing passes for the idle time, both are closed. */
  join(client: ClientEnd): void {
    const server = this.socket
    const { upgradedIdleMs, pingMs } = this.limits
    client.on('error', ignore)
    if ('setNoDelay' in client) client.setNoDelay(true)
    server.setNoDelay(true)
    client.once('close', () => server.destroySoon())
    server.once('close', () => ('destroySoon' in client ? client.destroySoon() : client.close()))
    if (pingMs !== undefined) return joinWatched(client, server, upgradedIdleMs, pingMs)
    const end = (): void => {
      client.destroy()
      server.destroy()
    }
    client.setTimeout(upgradedIdleMs, end)
    server.setTimeout(upgradedIdleMs, end)
    client.pipe(server)
    server.pipe(client)
  }

  cancel(): void {
    this.socket.destroy()
  }

  onEnd(over: () => void): void {
    if (this.socket.destroyed) over()
    else this.socket.once('close', over)
  }
}

function ignore(): void {}
