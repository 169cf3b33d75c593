// What only the Node adapter does: the PROXY protocol, Unix sockets on both sides, and offers of h2c on connections that are kept.
import { createServer as createHttpServer } from 'node:http'
import { request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, RawConnection, head } from '../support/raw-client.js'
import { answerText, type RawOrigin, startRawOrigin } from '../support/raw-origin.js'
import { type GatewayProcess, serveOn } from '../support/runtimes.js'

const V2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const v2 = (command: number, family: number, addresses: number[]): Buffer => Buffer.concat([V2, Buffer.from([0x20 | command, family, addresses.length >> 8, addresses.length & 255, ...addresses])])

describe('the PROXY protocol', () => {
  let origin: RawOrigin
  let gateway: GatewayProcess

  beforeAll(async () => {
    origin = await startRawOrigin(({ socket, fields }) => void socket.write(answerText('200 OK', [], fields.find(([name]) => name.toLowerCase() === 'x-forwarded-for')?.[1] ?? 'nobody')))
    gateway = await serveOn('node lowest', { listen: { proxyProtocol: { from: ['127.0.0.0/8'] } }, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
  })

  afterAll(async () => {
    await gateway.stop()
    await origin.close()
  })

  test.each([
    ['version 1, IPv4', Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\n'), '192.0.2.7'],
    ['version 1, IPv6', Buffer.from('PROXY TCP6 2001:db8::7 2001:db8::1 5000 80\r\n'), '2001:db8::7'],
    ['version 1, unknown client', Buffer.from('PROXY UNKNOWN\r\n'), '127.0.0.1'],
    ['version 2, IPv4', v2(1, 0x11, [192, 0, 2, 8, 192, 0, 2, 1, 0x13, 0x88, 0, 80]), '192.0.2.8'],
    ['version 2, IPv6', v2(1, 0x21, [0x20, 1, 0x0d, 0xb8, ...new Array<number>(11).fill(0), 9, ...new Array<number>(16).fill(0), 0x13, 0x88, 0, 80]), '2001:db8:0:0:0:0:0:9'],
    ['version 2, the balancer itself', v2(0, 0, []), '127.0.0.1'],
  ])('%s gives the client address', async (_, header, client) => {
    const connection = await RawConnection.open(gateway.port)
    connection.send(Buffer.concat([header, Buffer.from(head('GET /'))]))
    expect((await connection.answer()).body.toString()).toBe(client)
    expect((await connection.send(head('GET /again')).answer()).body.toString()).toBe(client)
    connection.close()
  })

  test('a header that comes in pieces is read', async () => {
    const connection = await RawConnection.open(gateway.port)
    for (const piece of ['PROXY TC', 'P4 192.0.2.7 192.0.2.1 5000 80\r', '\nGET / HTT', 'P/1.1\r\nHost: a\r\n\r\n']) {
      connection.send(piece)
      await new Promise(setImmediate)
    }
    expect((await connection.answer()).body.toString()).toBe('192.0.2.7')
    connection.close()
  })

  test('anybody else is taken as they are, and cannot choose an address', async () => {
    const { port, stop } = await serveOn('node lowest', { listen: { proxyProtocol: { from: ['10.0.0.0/8'] } }, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    expect((await ask(port, head('GET /'))).body.toString()).toBe('127.0.0.1')
    for (const header of [Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 5000 80\r\n'), v2(1, 0x11, [192, 0, 2, 8, 192, 0, 2, 1, 0x13, 0x88, 0, 80])]) {
      const before = origin.seen.length
      expect([(await ask(port, Buffer.concat([header, Buffer.from(head('GET /'))]))).status, origin.seen.length - before]).toEqual([400, 0])
    }
    await stop()
  })

  test('a balancer that does not finish its header is cut off', async () => {
    const { port, stop } = await serveOn('node lowest', { listen: { headers: '1s', proxyProtocol: { from: ['127.0.0.0/8'] } }, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    const connection = await RawConnection.open(port)
    await connection.send('PROXY TCP4 192.0').closed()
    expect(connection.unread.byteLength).toBe(0)
    await stop()
  })

  test.each([
    ['no header', head('GET /')],
    ['a malformed header', `PROXY TCP4 192.0.2.7\r\n${head('GET /')}`],
    ['an endless line', `PROXY ${'x'.repeat(200)}`],
  ])('a balancer that sends %s is cut off, and the origin sees nothing', async (_, bytes) => {
    const before = origin.seen.length
    const connection = await RawConnection.open(gateway.port)
    await connection.send(bytes).closed()
    expect([connection.unread.byteLength, origin.seen.length - before]).toEqual([0, 0])
  })
})

test.each(['node lowest', 'node newest'] as const)('on %s, a client that offers h2c with every request keeps its connection', async (runtime) => {
  const origin = await startRawOrigin(({ socket }) => void socket.write(answerText('200 OK', [], 'ok')))
  const gateway = await serveOn(runtime, { upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
  const connection = await RawConnection.open(gateway.port)
  for (let i = 0; i < 12; i++) expect((await connection.send(head('GET /', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__')).answer()).status).toBe(200)
  connection.close()
  await gateway.stop()
  expect(gateway.output()).not.toContain('Warning')
  await origin.close()
})

describe('Unix sockets', () => {
  test('on both sides carry a request', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fetchgate-unix-'))
    const [front, back] = [join(folder, 'front.sock'), join(folder, 'back.sock')]
    const origin = createHttpServer((request, response) => response.end(`${request.headers.host} ${request.url} ${String(request.headers['x-forwarded-for'] ?? 'nobody')}`)).listen(back)
    await once(origin, 'listening')
    const gateway = await serveOn('node lowest', { listen: [{}, { unix: front }], upstreams: { app: { targets: [`unix:${back}`] } }, routes: [{ upstream: 'app' }] })
    expect(gateway.output()).toContain(`unix:${front}`)
    const request = httpRequest({ socketPath: front, path: '/over?unix', headers: { Host: 'public.example' } }).end()
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
    let body = ''
    for await (const chunk of response) body += String(chunk)
    expect(body).toBe('localhost /over?unix nobody')
    await gateway.stop()
    origin.close()
    await rm(folder, { recursive: true })
  })
})
