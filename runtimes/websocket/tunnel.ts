// An upgraded connection: bytes piped both ways, untouched.
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { Tunnel } from '../../src/adapter.js'

/** The server's side of an upgraded connection. */
export class SocketTunnel implements Tunnel {
  readonly #server: Duplex
  readonly #idleMs: number

  constructor(server: Duplex, idleMs: number) {
    this.#server = server
    this.#idleMs = idleMs
    // Resets are seen by "close"; unheard, the error would end the process.
    server.on('error', ignore)
  }

  /** Joins the client's side. When one side ends or breaks, or nothing passes for the idle time, both are closed. */
  join(client: Socket): void {
    const server = this.#server as Socket
    client.on('error', ignore)
    const end = (): void => {
      client.destroy()
      server.destroy()
    }
    for (const [from, to] of [[client, server], [server, client]] as const) {
      from.setTimeout(this.#idleMs, end)
      from.setNoDelay(true)
      from.once('close', () => to.destroySoon())
      from.pipe(to)
    }
  }

  cancel(): void {
    this.#server.destroy()
  }
}

function ignore(): void {}
