// What every adapter that carries WebSocket owes (RFC 6455): run against a gateway in a process of its own.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Config } from '../../src/index.js'
import { openFiles, openFilesFallTo } from '../support/flood.js'
import { ask, head, values } from '../support/raw-client.js'
import { handshake, masked, type RawFrame, RawPeer, type RawWebSocketServer, startRawWebSocketServer, unmasked } from '../support/raw-websocket.js'
import type { GatewayProcess } from '../support/runtimes.js'

interface Bench {
  readonly port: number
  readonly origin: WebSocketOrigin
  /** Behind `/raw`, and behind `/pinged` with pings. */
  readonly raw: RawWebSocketServer
  /** A gateway for this case alone. */
  launch(config: Config): Promise<GatewayProcess>
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

/** The gateway is there, and serves. */
async function serves({ port }: Bench): Promise<void> {
  const answer = await ask(port, head('GET /alive'))
  expect([answer.status, answer.body.toString()]).toEqual([200, 'alive'])
}

/** A WebSocket between a client and a server on bare sockets. */
async function rawPair({ port, raw }: Pick<Bench, 'port' | 'raw'>, path = '/raw'): Promise<Pair> {
  const asked = raw.next()
  const client = await RawPeer.open(port, handshake(path))
  const { peer: server, accept } = await asked
  accept()
  expect(await client.head()).toMatch(/^HTTP\/1\.1 101 /)
  return { client, server }
}

/** Sends pieces until the socket takes no more, or all are sent; gives how many bytes were taken in the end. */
async function flood(socket: Socket, piece: Uint8Array, totalBytes: number): Promise<number> {
  let sent = 0
  let stalled = false
  while (sent < totalBytes && !stalled) {
    sent += piece.byteLength
    if (socket.write(piece)) continue
    // Nothing tells that a reader has stopped but that it takes nothing for a while.
    stalled = await Promise.race([once(socket, 'drain').then(() => false), new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 1500))])
  }
  return sent
}

const MIB = 1024 * 1024

type Framing = typeof masked

interface Pair {
  readonly client: RawPeer
  readonly server: RawPeer
}

/** Runs a case through a gateway of its own that pings after the span. */
async function pinging({ raw, launch }: Bench, ping: string, run: (pair: { client: RawPeer; server: RawPeer }) => Promise<void>, upgraded = '1m'): Promise<void> {
  const gateway = await launch({ upstreams: { app: { targets: [raw.url], timeout: { upgraded }, websocket: { ping } } }, routes: [{ upstream: 'app' }] })
  try {
    const pair = await rawPair({ port: gateway.port, raw })
    await run(pair)
    pair.client.socket.destroy()
    expect(gateway.process.exitCode).toBe(null)
  } finally {
    await gateway.stop('SIGKILL')
  }
}

/** Answers so many pings, or all until the connection ends; gives how many there were and the other frames that came before the last. */
async function answerPings(peer: RawPeer, framing: Framing, count: number): Promise<{ pings: number; before: RawFrame[] }> {
  const before: RawFrame[] = []
  for (let pings = 0; pings < count; ) {
    const frame = await peer.frame()
    if (!frame) return { pings, before }
    if (frame.opcode === 8) peer.send(framing(8, frame.payload))
    else if (frame.opcode !== 9) before.push(frame)
    else {
      pings++
      peer.send(framing(10, frame.payload))
    }
  }
  return { pings: count, before }
}

/** The next message; pings and pongs before it are passed over. */
async function messageOf(peer: RawPeer): Promise<RawFrame> {
  for (;;) {
    const frame = await peer.frame()
    if (!frame) throw new Error('the connection ended before a message')
    if (frame.opcode <= 2) return frame
  }
}

/** Answers pings until a goodbye comes, which is answered too; gives its code. */
async function goodbyeOf(peer: RawPeer, framing: Framing): Promise<number | undefined> {
  for (;;) {
    const frame = await peer.frame()
    if (frame?.opcode === 9) peer.send(framing(10, frame.payload))
    if (!frame) return undefined
    if (frame.opcode !== 8) continue
    peer.send(framing(8, frame.payload))
    return frame.payload.readUInt16BE()
  }
}

/** Resolves when the other side is gone: at once, or with a goodbye, where a runtime knows no other way. */
async function gone(peer: RawPeer, framing: Framing): Promise<void> {
  await goodbyeOf(peer, framing)
  await peer.closed()
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
    const bytes = randomBytes(8 * MIB)
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

  'a ping of the client is answered, and reaches the origin': async ({ port, origin }) => {
    const accepted = origin.accepted()
    const { client } = await open(`ws://127.0.0.1:${port}/echo`)
    const { socket } = await accepted
    const pinged = once(socket, 'ping')
    client.ping('x')
    expect(text((await once(client, 'pong'))[0])).toBe('x')
    expect(text((await pinged)[0])).toBe('x')
    client.terminate()
  },

  'the path is rewritten as for any request, and the Host is the server\'s': async ({ port, origin }) => {
    const accepted = origin.accepted()
    const { client } = await open(`ws://127.0.0.1:${port}/front/room?id=7`)
    const { request } = await accepted
    expect([request.url, request.headers.host]).toEqual(['/back/room?id=7', new URL(origin.url).host])
    client.terminate()
  },

  'a preserved Host is the one the client sent': async ({ origin, launch }) => {
    const gateway = await launch({ upstreams: { app: { targets: [origin.url], host: 'preserve' } }, routes: [{ upstream: 'app' }] })
    const accepted = origin.accepted()
    const { client } = await open(`ws://127.0.0.1:${gateway.port}/`, [], { headers: { Host: 'public.example' } })
    expect((await accepted).request.headers.host).toBe('public.example')
    client.terminate()
    await gateway.stop('SIGKILL')
  },

  'an origin on a Unix socket is reached': async ({ launch }) => {
    const folder = await mkdtemp(join(tmpdir(), 'fetchgate-unix-'))
    const http = createServer().listen(join(folder, 'origin.sock'))
    const server = new WebSocketServer({ server: http })
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
    const gateway = await launch({ upstreams: { app: { targets: [`unix:${join(folder, 'origin.sock')}`] } }, routes: [{ upstream: 'app' }] })
    const { client } = await open(`ws://127.0.0.1:${gateway.port}/`)
    client.send('x')
    expect(text((await once(client, 'message'))[0])).toBe('x')
    client.terminate()
    await gateway.stop('SIGKILL')
    http.close()
    await rm(folder, { recursive: true })
  },

  'every close code passes both ways, and none stays none': async ({ port, origin }) => {
    for (const code of [undefined, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 4999]) {
      for (const closing of ['client', 'origin']) {
        const accepted = origin.accepted()
        const { client } = await open(`ws://127.0.0.1:${port}/echo`)
        const { socket } = await accepted
        const [from, to] = closing === 'client' ? [client, socket] : [socket, client]
        const seen = closed(to)
        from.close(code, code === undefined ? undefined : 'why')
        expect([closing, ...(await seen)]).toEqual([closing, code ?? 1005, code === undefined ? '' : 'why'])
      }
    }
  },

  'a refusal of the origin is relayed with its body': async ({ port }) => {
    const answer = await ask(port, handshake('/refuse'))
    expect([answer.status, values(answer, 'www-authenticate'), answer.body.toString()]).toEqual([401, ['Basic'], 'who?'])
  },

  'so is every other answer that is no 101': async ({ port, raw }) => {
    for (const status of [200, 302, 400, 403, 404, 426, 500, 503]) {
      const asked = raw.next()
      const answer = ask(port, handshake('/raw'))
      const { refuse } = await asked
      refuse(`${status} Whatever`, ['X-Of-Origin: yes'], 'no!')
      const { status: relayed, body, ...rest } = await answer
      expect([relayed, values(rest, 'x-of-origin'), body.toString()]).toEqual([status, ['yes'], 'no!'])
    }
  },

  'a filter refuses before the origin hears of it': async ({ port, raw }) => {
    const before = raw.connections()
    expect((await ask(port, handshake('/admin/socket'))).status).toBe(403)
    expect(raw.connections()).toBe(before)
  },

  'a 101 that does not answer the handshake is 502': async (bench) => {
    const { port, raw } = bench
    for (const fields of [['Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA='], ['Sec-WebSocket-Extensions: permessage-deflate']]) {
      const asked = raw.next()
      const answer = ask(port, handshake('/raw'))
      const { peer, accept } = await asked
      accept(fields, unmasked(1, 'secret'))
      const { status, body } = await answer
      expect([fields, status, body.includes('secret')]).toEqual([fields, 502, false])
      await peer.closed()
    }
    await serves(bench)
  },

  'a handshake of another version is the origin\'s to refuse': async ({ port, raw }) => {
    const asked = raw.next()
    const answer = ask(port, handshake('/raw', 'Sec-WebSocket-Version: 8'))
    const { refuse, head: seen } = await asked
    expect(seen).toMatch(/^sec-websocket-version: 8\r$/im)
    refuse('426 Upgrade Required', ['Sec-WebSocket-Version: 13'])
    const { status, ...rest } = await answer
    expect([status, values(rest, 'sec-websocket-version')]).toEqual([426, ['13']])
  },

  'an origin that accepts another version is not believed': async ({ port, raw }) => {
    const asked = raw.next()
    const answer = ask(port, handshake('/raw', 'Sec-WebSocket-Version: 8'))
    const { accept } = await asked
    accept()
    expect((await answer).status).toBe(502)
  },

  'an Upgrade of HTTP/1.0 is not heard': async ({ port, raw }) => {
    const asked = raw.next()
    const answer = ask(port, handshake('/raw').replace('HTTP/1.1', 'HTTP/1.0'))
    const { refuse, head: seen } = await asked
    expect(seen).not.toMatch(/^upgrade:/im)
    refuse('200 OK', [], 'plain')
    expect((await answer).body.toString()).toBe('plain')
  },

  'a handshake with a body is no handshake': async (bench) => {
    const client = await RawPeer.open(bench.port, handshake('/plain', 'Content-Length: 5'), 'hel')
    client.send(Buffer.from('lo'))
    const answer = await client.head()
    // Where the listener cannot pass on a GET with a body, it says so.
    if (/^HTTP\/1\.1 200 /.test(answer)) expect(await client.rest()).toContain('GET hello no upgrade')
    else expect(answer).toMatch(/^HTTP\/1\.1 (400|501) /)
    client.socket.destroy()
    await serves(bench)
  },

  'a request for another protocol is answered as if it had not asked, body and all': async (bench) => {
    for (const framing of ['Content-Length: 5\r\n\r\nhel', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhel']) {
      const client = await RawPeer.open(bench.port, `POST /plain HTTP/1.1\r\nHost: public.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n${framing}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
      client.send(Buffer.from(framing.endsWith('5\r\nhel') ? 'lo\r\n0\r\n\r\n' : 'lo'))
      expect(await client.head()).toMatch(/^HTTP\/1\.1 200 /)
      expect(await client.rest()).toContain('POST hello no upgrade')
      client.socket.destroy()
    }
    await serves(bench)
  },

  'what the origin says right behind its 101 arrives': async ({ port, raw }) => {
    const asked = raw.next()
    const client = await RawPeer.open(port, handshake('/raw'))
    const { accept } = await asked
    accept([], unmasked(1, 'first'), unmasked(2, 'second'))
    expect(await client.head()).toMatch(/^HTTP\/1\.1 101 /)
    expect([text((await client.frame())?.payload), text((await client.frame())?.payload)]).toEqual(['first', 'second'])
    client.socket.destroy()
  },

  'what the client says right behind its handshake arrives': async ({ port, raw }) => {
    const asked = raw.next()
    const client = await RawPeer.open(port, handshake('/raw'), masked(1, 'first'), masked(2, 'second'))
    const { peer, accept } = await asked
    accept()
    expect(await client.head()).toMatch(/^HTTP\/1\.1 101 /)
    expect([text((await peer.frame())?.payload), text((await peer.frame())?.payload)]).toEqual(['first', 'second'])
    client.socket.destroy()
  },

  'a message in fragments arrives whole, with what came between': async (bench) => {
    const { client, server } = await rawPair(bench)
    const [begin, end] = [unmasked(1, 'he'), unmasked(0, 'llo')]
    begin[0]! &= 0x7f
    server.send(begin, unmasked(9, 'p'), end)
    let message = ''
    for (;;) {
      const frame = (await client.frame())!
      if (frame.opcode > 2) continue
      message += text(frame.payload)
      if (frame.final) break
    }
    expect(message).toBe('hello')
    client.socket.destroy()
  },

  'a server that breaks the rules is cut off': async (bench) => {
    const { client, server } = await rawPair(bench)
    // Masked, by a server.
    server.send(masked(1, 'x'))
    const frame = await client.frame()
    // Whoever passes bytes leaves it to the client to see it.
    if (frame?.opcode === 1) expect(frame.masked).toBe(true)
    else {
      expect([frame?.opcode, frame?.payload.readUInt16BE()]).toEqual([8, 1002])
      expect((await server.frame())?.payload.readUInt16BE()).toBe(1002)
    }
    client.socket.destroy()
    await serves(bench)
  },

  'a client that stops reading holds the server back': async (bench) => {
    const { client, server } = await rawPair(bench)
    client.socket.pause()
    const taken = await flood(server.socket, unmasked(2, new Uint8Array(64 * 1024)), 128 * MIB)
    expect(taken).toBeLessThan(64 * MIB)
    client.socket.resetAndDestroy()
    await server.closed()
    await serves(bench)
  },

  'a server that stops reading holds the client back': async (bench) => {
    const { client, server } = await rawPair(bench)
    server.socket.pause()
    const taken = await flood(client.socket, masked(2, new Uint8Array(64 * 1024)), 128 * MIB)
    expect(taken).toBeLessThan(64 * MIB)
    server.socket.resetAndDestroy()
    await client.closed()
    await serves(bench)
  },

  'the end of a long message reaches a client that is slow to read it': async (bench) => {
    const { client, server } = await rawPair(bench)
    client.socket.pause()
    const bytes = randomBytes(4 * MIB)
    server.send(unmasked(2, bytes), unmasked(8, Uint8Array.from([0x0f, 0xa1])))
    await new Promise((resolve) => setTimeout(resolve, 300))
    client.socket.resume()
    expect((await client.frame())?.payload.equals(bytes)).toBe(true)
    const goodbye = (await client.frame())!
    expect([goodbye.opcode, goodbye.payload.readUInt16BE()]).toEqual([8, 4001])
    client.socket.destroy()
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

  'a client that resets before the 101 takes the request with it': async (bench) => {
    const asked = bench.raw.next()
    const client = await RawPeer.open(bench.port, handshake('/raw'))
    const { peer } = await asked
    client.socket.resetAndDestroy()
    await peer.closed()
    await serves(bench)
  },

  'an origin that resets before the 101 is 502': async (bench) => {
    const asked = bench.raw.next()
    const answer = ask(bench.port, handshake('/raw-once'))
    const { peer } = await asked
    peer.socket.resetAndDestroy()
    expect((await answer).status).toBe(502)
    await serves(bench)
  },

  'an origin that resets inside its 101 is 502': async (bench) => {
    const asked = bench.raw.next()
    const answer = ask(bench.port, handshake('/raw-once'))
    const { peer } = await asked
    peer.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso', () => peer.socket.resetAndDestroy())
    expect((await answer).status).toBe(502)
    await serves(bench)
  },

  'a reset with the 101, after it or inside a frame ends the other side, and the gateway serves on': async (bench) => {
    const half = (frame: Uint8Array): Uint8Array => frame.subarray(0, frame.byteLength - 2)
    for (const [by, bytes] of [['client', undefined], ['client', masked(1, 'hello')], ['client', half(masked(1, 'hello'))], ['server', undefined], ['server', unmasked(1, 'hello')], ['server', half(unmasked(1, 'hello'))]] as const) {
      const { client, server } = await rawPair(bench)
      const [from, to, framing] = by === 'client' ? [client, server, unmasked] : [server, client, masked]
      if (bytes) await new Promise<void>((resolve) => from.socket.write(bytes, () => resolve()))
      from.socket.resetAndDestroy()
      await gone(to, framing)
    }
    const asked = bench.raw.next()
    const client = await RawPeer.open(bench.port, handshake('/raw'))
    const { peer, accept } = await asked
    accept()
    client.socket.resetAndDestroy()
    await peer.closed()
    await serves(bench)
  },

  'ends that say nothing are pinged, and stay while they answer': (bench) =>
    pinging(bench, '200ms', async ({ client, server }) => {
      await Promise.all([answerPings(client, masked, 3), answerPings(server, unmasked, 3)])
      client.send(masked(1, 'still here'))
      expect(text((await messageOf(server)).payload)).toBe('still here')
    }),

  'a client that does not answer is given up, and the server is told': (bench) =>
    pinging(bench, '200ms', async ({ client, server }) => {
      expect(await goodbyeOf(server, unmasked)).toBe(1001)
      await client.closed()
    }),

  'a server that does not answer is given up, and the client is told': (bench) =>
    pinging(bench, '200ms', async ({ client, server }) => {
      expect(await goodbyeOf(client, masked)).toBe(1011)
      await server.closed()
    }),

  'a ping waits for the end of the frame that passes': (bench) =>
    pinging(bench, '200ms', async ({ client, server }) => {
      const [message, pings] = [unmasked(1, 'hello'), answerPings(client, masked, 1)]
      server.send(message.subarray(0, 4))
      // Both are due at once; the server can answer no sooner than its own frame is complete.
      expect((await server.frame())?.opcode).toBe(9)
      server.send(message.subarray(4), unmasked(10))
      const { before } = await pings
      expect(text((before.find(({ opcode }) => opcode === 1) ?? (await messageOf(client))).payload)).toBe('hello')
    }),

  'pings and their answers are no traffic': (bench) =>
    pinging(bench, '200ms', async ({ client, server }) => {
      const answered = await Promise.all([answerPings(client, masked, Infinity), answerPings(server, unmasked, Infinity)])
      expect(answered.map(({ pings }) => pings > 0)).toEqual([true, true])
    }, '700ms'),

  'hundreds of connections, however they end, keep no file open': async ({ raw, launch }) => {
    const gateway = await launch({ upstreams: { app: { targets: [raw.url] } }, routes: [{ upstream: 'app' }] })
    const pid = gateway.process.pid!
    const endings = [
      async ({ client, server }: Pair) => (client.socket.resetAndDestroy(), gone(server, unmasked)),
      async ({ client, server }: Pair) => (server.socket.resetAndDestroy(), gone(client, masked)),
      async ({ client, server }: Pair) => {
        client.send(masked(8, Uint8Array.from([3, 232])))
        expect(await goodbyeOf(server, unmasked)).toBe(1000)
        server.socket.end()
        await gone(client, masked)
      },
    ]
    const wave = async (): Promise<void> => {
      for (const end of endings) {
        const pair = await rawPair({ port: gateway.port, raw }, '/')
        await end(pair)
        for (const peer of [pair.client, pair.server]) peer.socket.destroy()
      }
    }
    for (let i = 0; i < 5; i++) await wave()
    const before = openFiles(pid)
    for (let i = 0; i < 70; i++) await wave()
    await openFilesFallTo(pid, before + 5)
    await gateway.stop('SIGKILL')
  },

  'a listener carries it beside a strict one': async ({ origin, launch }) => {
    const gateway = await launch({ listen: [{}, { host: '127.0.0.1', port: 0, adapter: 'strict' }], upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    const { client } = await open(`ws://127.0.0.1:${gateway.port}/`)
    client.send('x')
    expect(text((await once(client, 'message'))[0])).toBe('x')
    client.terminate()
    await gateway.stop('SIGKILL')
  },

  'a deadline covers the handshake and not what follows': async ({ raw, launch }) => {
    const gateway = await launch({ upstreams: { app: { targets: [raw.url] } }, routes: [{ upstream: 'app', deadline: '400ms' }] })
    const { client, server } = await rawPair({ port: gateway.port, raw })
    const refused = raw.next()
    expect((await ask(gateway.port, handshake('/'))).status).toBe(504)
    await (await refused).peer.closed()
    server.send(unmasked(1, 'still here'))
    expect(text((await client.frame())?.payload)).toBe('still here')
    client.socket.destroy()
    await gateway.stop('SIGKILL')
  },

  'a connection on which nothing passes is ended, unasked': async ({ port }) => {
    const { client } = await open(`ws://127.0.0.1:${port}/idle`)
    const pings: unknown[] = []
    client.on('ping', (data) => pings.push(data))
    expect((await closed(client))[0]).not.toBe(1000)
    expect(pings).toEqual([])
  },
} satisfies Record<string, (bench: Bench) => Promise<void>>

export type WebSocketCase = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function webSocketContract(name: string, launch: (config: Config) => Promise<GatewayProcess>, skip: Partial<Record<WebSocketCase, string>> = {}): void {
  describe(`${name}, WebSocket`, () => {
    let bench: Bench
    let gateway: GatewayProcess

    beforeAll(async () => {
      const [origin, raw] = [await startOrigin(), await startRawWebSocketServer()]
      gateway = await launch({
        upstreams: {
          app: { targets: [origin.url] },
          raw: { targets: [raw.url] },
          once: { targets: [raw.url], retry: { attempts: 0 } },
          dead: { targets: ['http://127.0.0.1:1'] },
          idle: { targets: [origin.url], timeout: { upgraded: '500ms' } },
        },
        filters: [{ deny: { path: ['/admin/*'] } }],
        routes: [
          { path: '/alive', respond: { body: 'alive' } },
          { path: '/dead', upstream: 'dead' },
          { path: '/idle', upstream: 'idle' },
          { path: '/raw', upstream: 'raw' },
          { path: '/raw-once', upstream: 'once' },
          { path: '/admin/*', upstream: 'raw' },
          { path: '/front/*', upstream: 'app', stripPrefix: '/front', addPrefix: '/back' },
          { path: '/*', upstream: 'app' },
        ],
      })
      bench = { port: gateway.port, origin, raw, launch }
    })

    afterAll(async () => {
      expect(gateway.process.exitCode).toBe(null)
      await gateway.stop('SIGKILL')
      bench.origin.http.closeAllConnections()
      bench.origin.http.close()
      bench.raw.close()
    })

    for (const [title, run] of Object.entries(CASES)) {
      const reason = skip[title as WebSocketCase]
      if (reason === undefined) test(title, () => run(bench))
      else test.skip(`${title} (${name}: ${reason})`, () => {})
    }
  })
}

async function startOrigin(): Promise<WebSocketOrigin> {
  const handshakes: IncomingMessage[] = []
  const waiting: ((accepted: { socket: WebSocket; request: IncomingMessage }) => void)[] = []
  const http = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => response.setHeader('Connection', 'close').end(`${request.method} ${body} ${request.headers.upgrade ?? 'no upgrade'}`))
  })
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
