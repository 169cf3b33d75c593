// TLS as openssl finds it, and as attackers do: what is refused, what is resumed by whom, who gets in, and what is left open.
import { once } from 'node:events'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { type Issued, TestAuthority } from '../support/authority.js'
import { HAS_OPENSSL, sClient, type Session, sessionFile } from '../support/openssl.js'
import { type GatewayProcess, type RuntimeName, serveOn } from '../support/runtimes.js'

if (!HAS_OPENSSL) process.stderr.write('no openssl on this machine: TLS is not tested with it\n')

test.runIf(process.env['CI'])('there is an openssl to test with', () => {
  expect(HAS_OPENSSL).toBe(true)
})

const GET = 'GET / HTTP/1.1\r\nHost: main.test\r\nConnection: close\r\n\r\n'
const ROUTES: Config['routes'] = [{ respond: { status: 200, body: 'served' } }]
const NAMED = ['-servername', 'main.test']

/** A ClientHello, without the record around it: `bytes` long as it says, of which the first few are right. */
const hello = (bytes: number): Buffer => Buffer.concat([Buffer.from([1, bytes >> 16, (bytes >> 8) & 255, bytes & 255, 3, 3]), Buffer.alloc(bytes - 2, 7)])
const record = (payload: Buffer): Buffer => Buffer.concat([Buffer.from([22, 3, 1, payload.byteLength >> 8, payload.byteLength & 255]), payload])
const inRecords = (message: Buffer): Buffer => Buffer.concat(Array.from({ length: Math.ceil(message.byteLength / 16_384) }, (_, i) => record(message.subarray(i * 16_384, (i + 1) * 16_384))))

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** All that comes until the other end closes. */
async function until(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  // A reset is a close as well.
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(pieces)
}

describe.skipIf(!HAS_OPENSSL)('TLS, with openssl as the client', () => {
  let authority: TestAuthority
  let main: Issued
  const started: GatewayProcess[] = []
  const serve = async (runtime: RuntimeName, config: Config, ...flags: string[]): Promise<GatewayProcess> => {
    const gateway = await serveOn(runtime, config, flags)
    started.push(gateway)
    return gateway
  }

  beforeAll(() => {
    authority = new TestAuthority()
    main = authority.issue('main', ['DNS:main.test'])
  })
  afterAll(async () => {
    await Promise.all(started.map((gateway) => gateway.stop('SIGKILL')))
    authority.close()
  })

  describe.each([
    ['Node', 'node lowest', {}],
    ['Bun native', 'bun', {}],
    ['Bun strict', 'bun', { adapter: 'strict' }],
    ['Deno native', 'deno', {}],
    ['Deno strict', 'deno', { adapter: 'strict' }],
  ] as const)('%s', (_, runtime, listen) => {
    let gateway: GatewayProcess
    const handshake = (...options: string[]): Promise<Session> => sClient(gateway.port, [...NAMED, ...options], GET)
    const isServed = async (): Promise<void> => expect((await handshake()).status).toBe(200)

    beforeAll(async () => {
      gateway = await serve(runtime, { listen: [{ ...listen, tls: { cert: main.cert, key: main.key } }, { ...listen, host: '127.0.0.1', port: 0 }], routes: ROUTES })
    })

    test('refuses old versions, ciphers without forward secrecy or authenticated encryption, and to renegotiate', async () => {
      expect(await handshake('-tls1_3')).toMatchObject({ protocol: 'TLSv1.3', status: 200, subject: 'main' })
      expect(await handshake('-tls1_2')).toMatchObject({ protocol: 'TLSv1.2', status: 200 })
      const anything = ['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']
      const weak = [['-tls1_1', ...anything], ['-tls1', ...anything], ...['aNULL:eNULL', 'kRSA', 'AES128-SHA:AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'kDHE'].map((ciphers) => ['-tls1_2', '-cipher', `${ciphers}:@SECLEVEL=0`])]
      for (const options of weak) expect([options, (await handshake(...options)).cipher]).toEqual([options, undefined])
      // Arithmetic in a large finite field, which costs the server far more than the client.
      expect((await handshake('-tls1_3', '-groups', 'ffdhe8192')).cipher).toBeUndefined()
      for (const group of ['X25519', 'P-256', 'P-384']) expect([group, (await handshake('-groups', group)).status]).toEqual([group, 200])
      const renegotiated = await sClient(gateway.port, [...NAMED, '-tls1_2'], 'R\n', /RENEGOTIATING[^]*(no renegotiation|errno|closed|:error:|unexpected)/i)
      expect(renegotiated.output).not.toMatch(/RENEGOTIATING[^]*depth=/)
      await isServed()
    })

    test('closes on a ClientHello that goes on and on, and on plain HTTP; speaks no TLS where there is none; keeps nothing open of handshakes that break off', async () => {
      const openFiles = (): number => readdirSync(`/proc/${gateway.process.pid}/fd`).length
      const before = openFiles()
      // An alert may be said, or in plain HTTP that this is the wrong door; nothing is served.
      const saysNothing = (said: Buffer): void => expect([said.toString('latin1').includes('served'), said.byteLength === 0 || said[0] === 21 || /^HTTP\/1\.1 400 /.test(said.toString('latin1'))]).toEqual([false, true])
      const long = await opened(gateway.port)
      long.write(inRecords(hello(262_144)))
      saysNothing(await until(long))
      const plain = await opened(gateway.port)
      plain.write(GET)
      saysNothing(await until(plain))
      const url = [...gateway.output().matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)][0]![1]!
      const secured = await sClient(Number(url), NAMED, GET)
      expect([secured.cipher, secured.status]).toEqual([undefined, undefined])
      const half = record(hello(512)).subarray(0, 100)
      for (let i = 0; i < 10; i++) {
        const sockets = await Promise.all(Array.from({ length: 30 }, () => opened(gateway.port)))
        for (const [j, socket] of sockets.entries()) {
          if (j % 3 > 0) socket.write(half)
          if (j % 3 === 2) socket.resetAndDestroy()
          else socket.destroy()
        }
      }
      await isServed()
      await expect.poll(openFiles, { timeout: 15_000 }).toBeLessThanOrEqual(before + 5)
    })
  })

  describe.each([['Node', 'node lowest'], ['Deno strict', 'deno']] as const)('%s', (name, runtime) => {
    const adapter = { adapter: 'strict' } as const

    test('who says nothing, or half a ClientHello, is let go when the time for a head is up', async () => {
      const { port } = await serve(runtime, { listen: { ...adapter, headers: '1s', tls: { cert: main.cert, key: main.key } }, routes: ROUTES })
      const sockets = await Promise.all([opened(port), opened(port)])
      sockets[1].write(record(hello(512)).subarray(0, 100))
      const startedAt = performance.now()
      await Promise.all(sockets.map(until))
      expect(performance.now() - startedAt).toBeLessThan(5000)
    })

    test('by name: exact before wildcard, the first for any other and for none', async () => {
      const [app, wild] = [authority.issue('app', ['DNS:app.wild.test']), authority.issue('wild', ['DNS:*.wild.test'])]
      const { port } = await serve(runtime, { listen: { ...adapter, tls: { certificates: [main, wild, app].map(({ cert, key }) => ({ cert, key })) } }, routes: ROUTES })
      const shown = await Promise.all([['-servername', 'app.wild.test'], ['-servername', 'b.wild.test'], ['-servername', 'other.test'], ['-noservername']].map((sni) => sClient(port, sni, GET)))
      expect(shown.map(({ subject }) => subject)).toEqual(['app', 'wild', 'main', 'main'])
    })

    test('certificates of clients: those that have expired, are revoked, or of another authority are none, and no session leads past that', async () => {
      const others = new TestAuthority('others')
      const [ann, late, revoked, stranger] = [authority.issue('ann'), authority.issue('late', [], -1), authority.issue('revoked'), others.issue('ann')]
      const crl = name === 'Node' ? { crl: authority.revoke(revoked) } : {}
      const tls = { cert: main.cert, key: main.key }
      const believed = join(authority.folder, `${runtime}-believed.pem`)
      copyFileSync(others.ca, believed)
      const required = { ...tls, clientAuth: { ca: authority.ca, mode: 'require', ...crl } } as const
      const gateway = await serve(runtime, {
        listen: [
          { ...adapter, tls: required },
          { ...adapter, host: '127.0.0.1', port: 0, tls: { ...tls, clientAuth: { ca: authority.ca, mode: 'request', ...crl } } },
          { ...adapter, host: '127.0.0.1', port: 0, tls },
          { ...adapter, host: '127.0.0.1', port: 0, tls: { ...tls, clientAuth: { ca: believed, mode: 'require' } } },
        ],
        routes: [{ path: '/staff', filters: [{ clientCertificate: {} }], respond: { status: 200 } }, ...ROUTES],
      })
      const [require, request, open, elsewhere] = [...gateway.output().matchAll(/https:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port)) as [number, number, number, number]
      const as = (who?: Issued): string[] => (who ? ['-cert', who.cert, '-key', who.key] : [])
      const statusOf = async (port: number, who: Issued | undefined, text = GET, ...options: string[]): Promise<number | undefined> => (await sClient(port, [...NAMED, ...as(who), ...options], text)).status
      const refused = [undefined, late, stranger, ...(name === 'Node' ? [revoked] : [])]
      expect(await statusOf(require, ann)).toBe(200)
      for (const who of refused) expect([who && 'shown', await statusOf(require, who)]).toEqual([who && 'shown', undefined])
      const staff = GET.replace('/ ', '/staff ')
      expect([await statusOf(request, ann, staff), await statusOf(request, undefined)]).toEqual([200, 200])
      for (const who of refused) expect(await statusOf(request, who, staff)).toBe(403)
      // A session made where nobody, or somebody else, is asked for is worth nothing here; nor is one for which another name is asked.
      const session = sessionFile()
      for (const [port, who] of [[open, undefined], [elsewhere, stranger], [request, stranger], [request, undefined]] as const) {
        for (const version of ['-tls1_2', '-tls1_3']) {
          expect(await statusOf(port, who, GET, version, '-sess_out', session.path)).toBe(200)
          expect([port, version, (await sClient(require, [...NAMED, version, '-sess_in', session.path], GET)).status]).toEqual([port, version, undefined])
        }
      }
      expect(await statusOf(require, ann, GET, '-sess_out', session.path)).toBe(200)
      expect(await sClient(require, [...NAMED, '-sess_in', session.path], GET)).toMatchObject({ isResumed: true, status: 200 })
      expect((await sClient(require, ['-servername', 'other.test', '-sess_in', session.path], GET)).status).not.toBe(200)
      // Nor one from before another authority took the place of the one that is believed.
      expect(await statusOf(elsewhere, stranger, GET, '-sess_out', session.path)).toBe(200)
      copyFileSync(authority.ca, believed)
      gateway.process.kill('SIGHUP')
      await expect.poll(() => statusOf(elsewhere, ann)).toBe(200)
      expect((await sClient(elsewhere, [...NAMED, '-sess_in', session.path], GET)).status).toBeUndefined()
      session.remove()
      others.close()
    })
  })

  test('Node, a session of one worker is resumed by the other', async () => {
    const gateway = await serve('node lowest', { listen: { tls: { cert: main.cert, key: main.key } }, routes: ROUTES }, '--workers', '2')
    const workers = readFileSync(`/proc/${gateway.process.pid}/task/${gateway.process.pid}/children`, 'utf8').trim().split(' ').map(Number)
    expect(workers.length).toBe(2)
    const session = sessionFile()
    for (const version of ['-tls1_2', '-tls1_3']) {
      for (const [stopped, going] of [workers, [...workers].reverse()] as [number, number][]) {
        // Both accept from one socket: what one does not take the other does.
        process.kill(stopped, 'SIGSTOP')
        expect((await sClient(gateway.port, [...NAMED, version, '-sess_out', session.path], GET)).status).toBe(200)
        process.kill(stopped, 'SIGCONT')
        process.kill(going, 'SIGSTOP')
        expect(await sClient(gateway.port, [...NAMED, version, '-sess_in', session.path], GET)).toMatchObject({ isResumed: true, status: 200 })
        process.kill(going, 'SIGCONT')
      }
    }
    session.remove()
  })
})
