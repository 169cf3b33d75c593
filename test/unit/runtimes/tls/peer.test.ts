// What a listener with TLS tells the gateway of its clients.
import { once } from 'node:events'
import { request } from 'node:https'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveNodeHttp } from '../../../../runtimes/node-http/serve.js'
import type { Server } from '../../../../runtimes/shared/adapter.js'
import { OwnAnswers } from '../../../../runtimes/shared/own-answers.js'
import { loadTls, type ServedTls } from '../../../../runtimes/tls/served.js'
import type { Gateway, RequestInfo } from '../../../../src/index.js'
import type { WireRequest } from '../../../../src/wire.js'
import { type Issued, TestAuthority } from '../../../support/authority.js'
import { exchangeOf } from '../../../support/exchange.js'

const authority = new TestAuthority()
const others = new TestAuthority('others')
const main = authority.issue('main', ['DNS:main.test'])
const seen: RequestInfo[] = []
let server: Server

function tlsBelieving({ ca }: TestAuthority): ServedTls {
  const loaded = loadTls({ cert: main.cert, key: main.key, clientAuth: { ca, mode: 'request' } }, 'listen.tls', Date.now())
  if (loaded.kind === 'faults') throw new Error(JSON.stringify(loaded.issues))
  return loaded.tls
}

beforeAll(async () => {
  const gateway = {
    handle: (_: WireRequest, info: RequestInfo) => {
      seen.push(info)
      return Promise.resolve({ status: 204, fields: [], body: undefined })
    },
  } as unknown as Gateway
  server = await serveNodeHttp(gateway, {
    host: '127.0.0.1', port: 0, unix: undefined, reusePort: false, ticketSecret: undefined, tls: tlsBelieving(authority), http2: true, redirectPort: undefined, certificates: undefined, own: new OwnAnswers(undefined), proxiesFrom: [], adapter: 'native', keepAliveMs: 1000, headersMs: 1000, stallMs: 1000,
  })
})

afterAll(async () => {
  await server.close(0)
  authority.close()
  others.close()
})

async function peerOf(who?: Issued): Promise<RequestInfo['peer']> {
  const asked = request({ host: '127.0.0.1', port: server.port, servername: 'main.test', ca: authority.pem, agent: false, headers: { Host: 'main.test' }, ...who?.pem }).end()
  const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage]
  response.resume()
  return seen.at(-1)!.peer
}

test.each([
  ['its own certificate', () => authority.issue('ann', ['email:ann@example.com']), { subject: 'CN=ann,O=Example', names: ['ann@example.com'], verified: true }],
  ['one of others, by the same name', () => others.issue('ann'), { subject: 'CN=ann,O=Example', names: [], verified: false }],
  ['one that is over', () => authority.issue('old', [], -1), { subject: 'CN=old,O=Example', verified: false }],
  ['none', () => undefined, undefined],
])('a client that shows %s is told by it', async (_, issued, certificate) => {
  const peer = await peerOf(issued())
  expect(peer).toMatchObject({ scheme: 'https', address: '127.0.0.1' })
  if (certificate) expect(peer?.certificate).toMatchObject(certificate)
  else expect(peer?.certificate).toBeUndefined()
})

test('filters are given it', async () => {
  const peer = await peerOf(authority.issue('ann'))
  expect(exchangeOf({ info: seen.at(-1)! }).peer.certificate).toBe(peer!.certificate)
})

test('a session is resumed until the settings change, and not behind that', async () => {
  const ann = authority.issue('ann')
  const say = async (session?: Buffer): Promise<{ ticket: Buffer | undefined; reused: boolean }> => {
    const socket = connect({ host: '127.0.0.1', port: server.port, servername: 'main.test', ca: authority.pem, ...ann.pem, ...(session && { session }) })
    let ticket: Buffer | undefined
    socket.on('session', (given: Buffer) => (ticket = given))
    await once(socket, 'secureConnect')
    const answered = once(socket, 'data')
    socket.write('GET / HTTP/1.1\r\nHost: main.test\r\n\r\n')
    await answered
    const reused = socket.isSessionReused()
    socket.destroy()
    return { ticket, reused }
  }
  const { ticket } = await say()
  expect((await say(ticket)).reused).toBe(true)
  server.renew!(tlsBelieving(others))
  expect((await say(ticket)).reused).toBe(false)
})
