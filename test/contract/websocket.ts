// What every adapter that carries WebSocket owes (RFC 6455): run against a gateway in a process of its own.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Config } from '../../src/index.js'
import { ask, head, values } from '../support/raw-client.js'
import type { GatewayProcess } from '../support/runtimes.js'

interface Bench {
  readonly port: number
  readonly origin: WebSocketOrigin
}

/** A WebSocket server that shows what reached it. */
interface WebSocketOrigin {
  readonly url: string
  readonly http: Server
  /** Handshakes that arrived, refused ones included. */
  readonly handshakes: IncomingMessage[]
  /** The next connection that is made. */
  accepted(): Promise<{ socket: WebSocket; request: IncomingMessage }>
}

const text = (data: unknown): string => String(data)

/** Opens a connection, with the headers of its 101 once it is open. */
async function open(url: string, protocols: string[] = [], options: object = {}): Promise<{ client: WebSocket; upgrade: IncomingMessage }> {
  const client = new WebSocket(url, protocols, options)
  const [upgrade] = (await once(client, 'upgrade')) as [IncomingMessage]
  // A close frame that came with the 101 has moved the state on already; "open" would not come again.
  if (client.readyState === WebSocket.CONNECTING) await once(client, 'open')
  return { client, upgrade }
}

const closed = async (socket: WebSocket): Promise<[number, string]> => {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return [code, reason.toString()]
}

const CASES = {
  'messages pass both ways, text and binary': async ({ port }) => {
    const { client } = await open(`ws://127.0.0.1:${port}/echo`)
    client.send('hello')
    expect(text((await once(client, 'message'))[0])).toBe('hello')
    const bytes = randomBytes(1000)
    client.send(bytes)
    const [data, isBinary] = (await once(client, 'message')) as [Buffer, boolean]
    expect([isBinary, data.equals(bytes)]).toEqual([true, true])
    client.close()
    await closed(client)
  },

  'a large message passes whole': async ({ port }) => {
    const { client } = await open(`ws://127.0.0.1:${port}/echo`)
    const bytes = randomBytes(4 * 1024 * 1024)
    client.send(bytes)
    expect(((await once(client, 'message')) as [Buffer])[0].equals(bytes)).toBe(true)
    client.terminate()
  },

  'target, cookies and origin arrive, and the client address is told': async ({ port, origin }) => {
    const accepted = origin.accepted()
    const { client } = await open(`ws://127.0.0.1:${port}/room?id=7&x=%2F`, [], { headers: { Cookie: 'a=1; b=2', Origin: 'http://public.example', 'X-Mine': '1' } })
    const { request } = await accepted
    expect([request.url, request.headers.cookie, request.headers.origin, request.headers['x-mine'], request.headers['x-forwarded-for']]).toEqual(['/room?id=7&x=%2F', 'a=1; b=2', 'http://public.example', '1', '127.0.0.1'])
    client.terminate()
  },

  'the sub-protocol is agreed with the origin': async ({ port }) => {
    const { client } = await open(`ws://127.0.0.1:${port}/echo`, ['v9', 'v2'])
    expect(client.protocol).toBe('v2')
    client.terminate()
  },

  'cookies of the handshake answer reach the client': async ({ port }) => {
    const { client, upgrade } = await open(`ws://127.0.0.1:${port}/cookie`)
    expect(upgrade.headers['set-cookie']).toEqual(['s=1'])
    client.terminate()
  },

  'an extension is agreed end to end': async ({ port }) => {
    const { client } = await open(`ws://127.0.0.1:${port}/echo`)
    expect(client.extensions).toBe('permessage-deflate')
    client.terminate()
  },

  'close codes and reasons pass both ways': async ({ port, origin }) => {
    const accepted = origin.accepted()
    const { client } = await open(`ws://127.0.0.1:${port}/echo`)
    const { socket } = await accepted
    const seen = closed(socket)
    client.close(4001, 'from client')
    expect(await seen).toEqual([4001, 'from client'])
    const { client: second } = await open(`ws://127.0.0.1:${port}/close-4002`)
    expect(await closed(second)).toEqual([4002, 'from origin'])
  },

  'a ping of the origin is answered by the client': async ({ port, origin }) => {
    const accepted = origin.accepted()
    const { client } = await open(`ws://127.0.0.1:${port}/echo`)
    const { socket } = await accepted
    const pinged = once(client, 'ping')
    socket.ping('x')
    await Promise.all([pinged, once(socket, 'pong')])
    client.terminate()
  },

  'a refusal of the origin is relayed with its body': async ({ port }) => {
    const answer = await ask(port, handshake('/refuse'))
    expect([answer.status, values(answer, 'www-authenticate'), answer.body.toString()]).toEqual([401, ['Basic'], 'who?'])
  },

  'a filter refuses before the origin hears of it': async ({ port, origin }) => {
    const before = origin.handshakes.length
    expect((await ask(port, handshake('/admin/socket'))).status).toBe(403)
    expect(origin.handshakes.length).toBe(before)
  },

  'no origin is 502': async ({ port }) => {
    expect((await ask(port, handshake('/dead'))).status).toBe(502)
  },

  'a client that vanishes is followed by the upstream connection': async ({ port, origin }) => {
    const accepted = origin.accepted()
    const { client } = await open(`ws://127.0.0.1:${port}/echo`)
    const { socket } = await accepted
    const seen = closed(socket)
    client.terminate()
    expect((await seen)[0]).toBe(1006)
  },

  'an origin that resets ends the client, and the gateway lives on': async ({ port, origin }) => {
    const accepted = origin.accepted()
    const { client } = await open(`ws://127.0.0.1:${port}/echo`)
    const { request } = await accepted
    const seen = closed(client)
    request.socket.resetAndDestroy()
    expect((await seen)[0]).toBe(1006)
    const { client: next } = await open(`ws://127.0.0.1:${port}/echo`)
    next.terminate()
  },

  'a connection on which nothing passes is ended': async ({ port }) => {
    const { client } = await open(`ws://127.0.0.1:${port}/idle`)
    expect((await closed(client))[0]).not.toBe(1000)
  },
} satisfies Record<string, (bench: Bench) => Promise<void>>

export type WebSocketCase = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function webSocketContract(name: string, launch: (config: Config) => Promise<GatewayProcess>, skip: Partial<Record<WebSocketCase, string>> = {}): void {
  describe(`${name}, WebSocket`, () => {
    let bench: Bench
    let gateway: GatewayProcess

    beforeAll(async () => {
      const origin = await startOrigin()
      gateway = await launch({
        upstreams: { app: { targets: [origin.url] }, dead: { targets: ['http://127.0.0.1:1'] }, idle: { targets: [origin.url], timeout: { upgraded: '500ms' } } },
        filters: [{ deny: { path: ['/admin/*'] } }],
        routes: [{ path: '/dead', upstream: 'dead' }, { path: '/idle', upstream: 'idle' }, { path: '/*', upstream: 'app' }],
      })
      bench = { port: gateway.port, origin }
    })

    afterAll(async () => {
      await gateway.stop('SIGKILL')
      bench.origin.http.closeAllConnections()
      bench.origin.http.close()
    })

    for (const [title, run] of Object.entries(CASES)) {
      const reason = skip[title as WebSocketCase]
      if (reason === undefined) test(title, () => run(bench))
      else test.skip(`${title} (${name}: ${reason})`, () => {})
    }
  })
}

function handshake(path: string): string {
  return head(`GET ${path}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
}

async function startOrigin(): Promise<WebSocketOrigin> {
  const handshakes: IncomingMessage[] = []
  const waiting: ((accepted: { socket: WebSocket; request: IncomingMessage }) => void)[] = []
  const http = createServer()
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: true, handleProtocols: (offered) => (offered.has('v2') ? 'v2' : false) })
  server.on('headers', (headers, request) => {
    if (request.url === '/cookie') headers.push('Set-Cookie: s=1')
  })
  http.on('upgrade', (request, socket: Socket, early) => {
    handshakes.push(request)
    socket.on('error', () => socket.destroy())
    if (request.url === '/refuse') return void socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nwho?')
    server.handleUpgrade(request, socket, early, (client) => {
      for (const wake of waiting.splice(0)) wake({ socket: client, request })
      client.on('error', () => client.terminate())
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }))
      if (request.url === '/close-4002') client.close(4002, 'from origin')
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    http,
    handshakes,
    accepted: () => new Promise((resolve) => waiting.push(resolve)),
  }
}
