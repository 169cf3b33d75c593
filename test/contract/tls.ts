// TLS in front of clients: which certificate, which versions, whose certificates are believed, and what changes without a restart.
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterAll, expect } from 'vitest'
import { WebSocket } from 'ws'
import type { Config } from '../../src/index.js'
import { type Issued, TestAuthority } from '../support/authority.js'
import { ask, head, RawConnection, values } from '../support/raw-client.js'
import { startRawWebSocketServer, unmasked } from '../support/raw-websocket.js'
import type { GatewayProcess } from '../support/runtimes.js'
import { answerText, type SeenRequest, startRawOrigin } from '../support/raw-origin.js'
import { type Case, type Launch, OK, runCases, type Skips, value } from './bench.js'

/** What the cases of one runtime share. */
interface Certificates {
  readonly authority: TestAuthority
  readonly main: Issued
  readonly app: Issued
  readonly wild: Issued
}

function makeCertificates(): Certificates {
  const authority = new TestAuthority()
  return { authority, main: authority.issue('main', ['DNS:main.test', 'IP:127.0.0.1']), app: authority.issue('app', ['DNS:app.wild.test']), wild: authority.issue('wild', ['DNS:*.wild.test']) }
}

type Answered = { readonly status: number; readonly socket: TLSSocket; readonly body: string }

/** Asks over TLS with Node's own client. */
async function askSecurely(port: number, options: RequestOptions & { readonly path?: string } = {}): Promise<Answered> {
  const request = httpsRequest({ host: '127.0.0.1', port, servername: 'main.test', path: '/', agent: false, ...options, headers: { Host: 'main.test', ...options.headers } }).end()
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  let body = ''
  for await (const piece of response) body += String(piece)
  return { status: response.statusCode!, socket: response.socket as TLSSocket, body }
}

const filesOf = ({ cert, key }: Issued): { cert: string; key: string } => ({ cert, key })

/** The code of the error that a request or a handshake ends in; undefined when it goes well. */
async function failureOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(() => undefined, (error: Error & { code?: string }) => error.code ?? error.message)
}

/** The subject of the certificate that is shown for a name. */
async function shownFor(port: number, servername: string, ca: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, servername, ca, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

/** What openssl says of a handshake. */
async function handshakeBy(port: number, ...options: string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...options], { timeout: 5000 }, (_error, stdout, stderr) => resolve(/Cipher is (\S+)/.exec(stdout)?.[1] ?? stderr))
    child.stdin!.end()
  })
}

/** Certificates in files that change. */
function liveFiles({ authority, main }: Certificates, name: string) {
  const files = { cert: join(authority.folder, `${name}-live.pem`), key: join(authority.folder, `${name}-live.key`) }
  const put = ({ cert, key }: Issued): void => {
    copyFileSync(cert, files.cert)
    copyFileSync(key, files.key)
  }
  put(main)
  return {
    files,
    /** Resolves once nothing but the next one is shown. */
    change: async ({ process, port }: GatewayProcess): Promise<void> => {
      put(authority.issue('next', ['DNS:main.test']))
      process.kill('SIGHUP')
      // Two listeners may stand beside each other for a while, and the system chooses between them.
      for (let inTurn = 0; inTurn < 20; ) inTurn = (await shownFor(port, 'main.test', authority.pem).catch(() => '')) === 'next' ? inTurn + 1 : 0
    },
  }
}

/** Asks again and again until it is ended; gives the different outcomes. */
function askOn(ask: () => Promise<Answered>): { end(): Promise<unknown[]> } {
  let asking = true
  const outcomes = (async () => {
    const seen = new Set<unknown>()
    while (asking) seen.add(await ask().then(({ status }) => status, (error: Error & { code?: string }) => error.code))
    return [...seen]
  })()
  return {
    end: () => {
      asking = false
      return outcomes
    },
  }
}

/** The line of an access log on stdout that has this in it, once it is there. */
async function lineOf(output: () => string, has: RegExp): Promise<unknown> {
  for (;;) {
    const line = output().split('\n').slice(0, -1).find((each) => has.test(each))
    if (line !== undefined) return JSON.parse(line)
    await new Promise(setImmediate)
  }
}

/** A session that a server gave, once it came. */
async function resumes(port: number, options: ConnectionOptions): Promise<boolean> {
  const say = async (session?: Buffer): Promise<{ ticket: Buffer | undefined; reused: boolean }> => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'main.test', ...options, ...(session ? { session } : {}) })
    let ticket: Buffer | undefined
    socket.on('session', (given: Buffer) => (ticket = given))
    await once(socket, 'secureConnect')
    const answered = once(socket, 'data')
    socket.write(head('GET /alive', 'Host: main.test', 'Connection: close'))
    const [answer] = (await answered) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /)
    const reused = socket.isSessionReused()
    socket.destroy()
    return { ticket, reused }
  }
  const { ticket } = await say()
  return (await say(ticket)).reused
}

function casesOf(certificates: () => Certificates) {
  const upstreams = (url: string): Pick<Config, 'upstreams' | 'routes'> => ({ upstreams: { app: { targets: [url] } }, routes: [{ upstream: 'app' }] })
  return {
    'clients are served over TLS 1.2 and 1.3 with forward secrecy, and the origin is told of https': async ({ port, gateway, on, seen }) => {
      const { authority } = certificates()
      on('/secure', OK)
      const { status, socket } = await askSecurely(port, { path: '/secure', ca: authority.pem })
      expect([status, socket.authorized, value(seen('/secure')[0]!, 'x-forwarded-proto')]).toEqual([200, true, 'https'])
      expect(gateway.output()).toContain(`https://127.0.0.1:${port}`)
      expect(await handshakeBy(port, '-tls1_3')).toMatch(/^TLS_AES_/)
      expect(await handshakeBy(port, '-tls1_2')).toMatch(/^ECDHE-ECDSA-.*(GCM|POLY1305)/)
      for (const weak of [['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'], ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA']]) expect(await handshakeBy(port, ...weak)).toBe('(NONE)')
      // Who does not speak TLS gets nothing of an origin, and nobody else is the worse for it.
      await expect(ask(port, head('GET /secure')).then((answer) => answer.status)).resolves.toBe(400).catch(() => {})
      expect([seen('/secure').length, (await askSecurely(port, { path: '/secure', ca: authority.pem })).status]).toEqual([1, 200])
    },

    'answers follow one another on a connection, with a body, an empty one and none': async ({ port, on }) => {
      const answers = { '/some': 'HTTP/1.1 200 OK\r\nX-Name: caf\xe9\r\nContent-Length: 2\r\n\r\nok', '/empty': 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', '/chunked': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '/none': 'HTTP/1.1 204 No Content\r\n\r\n', '/last': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend' }
      for (const [path, answer] of Object.entries(answers)) on(path, ({ socket }) => void socket.write(Buffer.from(answer, 'latin1')))
      const client = await RawConnection.secure(port, { ca: certificates().authority.pem, servername: 'main.test' })
      const bodies: string[] = []
      for (const path of Object.keys(answers)) {
        const answer = await client.send(head(`GET ${path}`)).answer()
        bodies.push(answer.body.toString() + values(answer, 'x-name').join())
      }
      expect(bodies).toEqual(['okcaf\xe9', '', '', '', 'end'])
      client.close()
    },

    'a session is resumed': async ({ port, on }) => {
      on('/alive', OK)
      expect(await resumes(port, { ca: certificates().authority.pem })).toBe(true)
    },

    'a WebSocket passes, and a large upload and answer': async ({ launch, origin, on }) => {
      const { main, authority } = certificates()
      const server = await startRawWebSocketServer()
      const { port } = await launch({ listen: { tls: { cert: main.cert, key: main.key } }, upstreams: { app: { targets: [origin.url] }, socket: { targets: [server.url] } }, routes: [{ path: '/socket', upstream: 'socket' }, { upstream: 'app' }] })
      const asked = server.next()
      const client = new WebSocket(`wss://127.0.0.1:${port}/socket`, { ca: authority.pem, servername: 'main.test' } as object)
      const { accept, peer } = await asked
      accept()
      await once(client, 'open')
      client.send('up')
      expect((await peer.frame())!.payload.toString()).toBe('up')
      const told = once(client, 'message')
      peer.send(unmasked(1, 'down'))
      expect(String((await told)[0])).toBe('down')
      client.terminate()
      server.close()
      on('/upload', async (request) => void request.socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${3_000_000}\r\n\r\n`), await request.body()])))
      const upload = httpsRequest({ host: '127.0.0.1', port, ca: authority.pem, servername: 'main.test', path: '/upload', method: 'POST', headers: { 'Content-Length': 3_000_000 } })
      upload.end(Buffer.alloc(3_000_000, 'x'))
      const [response] = (await once(upload, 'response')) as [import('node:http').IncomingMessage]
      let bytes = 0
      for await (const piece of response) bytes += (piece as Buffer).byteLength
      expect(bytes).toBe(3_000_000)
    },

    'what is not there, or does not fit, is told at start with its place': async ({ launch, origin, port }) => {
      const { main, app } = certificates()
      // Where a listener may share its port with the one that follows it, somebody else's is to be refused all the same.
      await expect(launch({ listen: [{}, { host: '127.0.0.1', port, tls: filesOf(main) }], ...upstreams(origin.url) })).rejects.toThrow(/the port is in use/)
      await expect(launch({ listen: { tls: { cert: '/nowhere.pem', key: main.key } }, ...upstreams(origin.url) })).rejects.toThrow(/listen\[0\]\.tls\.cert: "\/nowhere\.pem" cannot be read/)
      await expect(launch({ listen: { tls: { cert: main.cert, key: app.key } }, ...upstreams(origin.url) })).rejects.toThrow(/listen\[0\]\.tls\.key: ".*\.key" is not the key of the certificate in ".*\.pem"/)
    },

    'servers are verified, and shown a certificate, by the settings of their upstream': async ({ launch }) => {
      const { authority, main } = certificates()
      const [origin, asking] = await Promise.all([{}, { requestCert: true, ca: authority.pem }].map((more) => startRawOrigin(OK, { tls: { ...main.pem, ...more } })))
      const { ca } = authority
      const { cert, key } = authority.issue('gateway')
      const ways = {
        unknown: { targets: [origin!.url] },
        known: { targets: [origin!.url], tls: { ca } },
        misnamed: { targets: [origin!.url], tls: { ca, serverName: 'other.test' } },
        named: { targets: [origin!.url], tls: { ca, serverName: 'main.test' } },
        unverified: { targets: [origin!.url], tls: { verify: false } },
        bare: { targets: [asking!.url], tls: { ca } },
        shown: { targets: [asking!.url], tls: { ca, cert, key } },
        checked: { targets: [asking!.url], tls: { ca, cert, key }, health: { interval: '1s' } },
      } satisfies Config['upstreams']
      const { port } = await launch({ upstreams: ways, routes: Object.keys(ways).map((name) => ({ path: `/${name}`, upstream: name })) })
      const outcomes: Record<string, unknown> = {}
      // Twice, and in this order: no connection that was had by one way may serve another.
      for (const name of [...Object.keys(ways), ...Object.keys(ways)]) {
        const answer = await ask(port, head(`GET /${name}`))
        outcomes[name] = answer.status === 502 ? values(answer, 'proxy-status')[0] : answer.status
      }
      const unverifiable = 'fetchgate; error=tls_certificate_error'
      expect(outcomes).toEqual({ unknown: unverifiable, known: 200, misnamed: unverifiable, named: 200, unverified: 200, bare: expect.stringMatching(/error=(tls_\w+|connection_terminated)/) as unknown, shown: 200, checked: 200 })
      expect(origin!.seen.length + asking!.seen.filter(({ target }) => target === '/bare').length).toBe(6)
      await Promise.all([origin!.close(), asking!.close()])
    },

    'HTTP/2 is spoken: the host of its pseudo-field, cookies in one line, bodies of unknown length and none': async ({ port, on, seen }) => {
      on('/h2', async (request) => void request.socket.write(answerText('200 OK', [], String((await request.body()).byteLength))))
      const session = connectHttp2(`https://main.test:${port}`, { createConnection: () => connect({ host: '127.0.0.1', port, servername: 'main.test', ca: certificates().authority.pem, ALPNProtocols: ['h2'] }) })
      const send = async (method: string, body?: Buffer): Promise<[unknown, string]> => {
        const stream = session.request({ ':method': method, ':path': '/h2?q', cookie: ['a=1', 'b=2'] }, { endStream: body === undefined })
        if (body) stream.end(body)
        const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
        let text = ''
        for await (const piece of stream) text += String(piece)
        return [answer[':status'], text]
      }
      expect(await Promise.all([send('POST', Buffer.alloc(100_000)), send('GET'), send('DELETE')])).toEqual([[200, '100000'], [200, '0'], [200, '0']])
      for (const request of seen('/h2')) expect([request.target, value(request, 'x-forwarded-host'), value(request, 'cookie')]).toEqual(['/h2?q', `main.test:${port}`, 'a=1; b=2'])
      session.destroy()
    },

    'a plain listener sends clients to TLS, and answers challenges of authorities': async ({ launch, origin, on, seen }) => {
      on('/.well-known/acme-challenge/token', OK)
      on('/plain', OK)
      const { port, output } = await launch({ listen: { redirectToHttps: { port: 8443 } }, accessLog: {}, ...upstreams(origin.url) })
      const moved = await ask(port, `${head('POST /plain?a=b', 'Content-Length: 5')}hello`, 'POST')
      expect([moved.status, values(moved, 'location'), moved.body.byteLength, seen('/plain').length]).toEqual([308, ['https://public.example:8443/plain?a=b'], 0, 0])
      expect(await lineOf(output, /"target":"\/plain\?a=b"/)).toMatchObject({ id: values(moved, 'x-request-id')[0], client: '127.0.0.1', method: 'POST', host: 'public.example', status: 308, attempts: 0 })
      expect([(await ask(port, head('GET /.well-known/acme-challenge/token'))).status, (await ask(port, head('GET /a', 'Host: a/b'))).status]).toEqual([200, 400])
    },

    'the certificate is that of the name asked for, exact before wildcard, the first for any other': async ({ launch, origin }) => {
      const { authority, main, app, wild } = certificates()
      const { port } = await launch({ listen: { tls: { certificates: [filesOf(main), filesOf(wild), { ...filesOf(app), hosts: ['app.wild.test', 'odd.test'] }] } }, ...upstreams(origin.url) })
      const shown = await Promise.all(['main.test', 'app.wild.test', 'other.wild.test', 'a.other.wild.test', 'odd.test', 'unknown.test', ''].map((name) => shownFor(port, name, authority.pem)))
      expect(shown).toEqual(['main', 'app', 'wild', 'main', 'app', 'main', 'main'])
    },

    'certificates that have changed are shown, a broken one is not, and no request on a kept connection fails meanwhile': async ({ launch, origin, on }) => {
      const { authority } = certificates()
      on('/alive', OK)
      const live = liveFiles(certificates(), 'kept')
      const gateway = await launch({ listen: { tls: live.files }, ...upstreams(origin.url) })
      const agent = new Agent({ keepAlive: true, ca: authority.pem, servername: 'main.test' })
      const asking = askOn(() => askSecurely(gateway.port, { path: '/alive', agent, ca: authority.pem }))
      await live.change(gateway)
      writeFileSync(live.files.key, 'half a ke')
      gateway.process.kill('SIGHUP')
      while (!gateway.output().includes('the certificates stay as they were: listen[0].tls.key')) await new Promise(setImmediate)
      expect([await shownFor(gateway.port, 'main.test', authority.pem), await shownFor(gateway.port, '', authority.pem)]).toEqual(['next', 'next'])
      expect(await asking.end()).toEqual([200])
      agent.destroy()
    },

    'no new connection fails while certificates change': async ({ launch, origin, on }) => {
      const { authority } = certificates()
      on('/alive', OK)
      const live = liveFiles(certificates(), 'new')
      const gateway = await launch({ listen: { tls: live.files }, ...upstreams(origin.url) })
      const asking = askOn(() => askSecurely(gateway.port, { path: '/alive', ca: authority.pem }))
      await live.change(gateway)
      expect(await asking.end()).toEqual([200])
    },

    'clients are let in by their certificates, of which none and those of others will not do': async ({ launch, origin, on }) => {
      const { authority, main } = certificates()
      on('/alive', OK)
      const others = new TestAuthority('others')
      const [ann, stranger] = [authority.issue('ann', ['email:ann@example.com']), others.issue('ann')]
      const { cert, key } = main
      const [required, asked] = await Promise.all((['require', 'request'] as const).map((mode) => launch({ listen: { tls: { cert, key, clientAuth: { ca: authority.ca, mode } } }, accessLog: {}, ...upstreams(origin.url) })))
      const as = (port: number, who?: Issued, host = 'main.test'): Promise<Answered> => askSecurely(port, { path: '/alive', ca: authority.pem, headers: { Host: host }, ...(who ? who.pem : {}) })
      for (const who of [undefined, stranger]) expect(await failureOf(as(required!.port, who))).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_)/)
      for (const [port, who] of [[required!.port, ann], [asked!.port, ann], [asked!.port, undefined], [asked!.port, stranger]] as const) expect((await as(port, who)).status).toBe(200)
      // Let in for one name, asking for another.
      expect([(await as(required!.port, ann, 'other.test')).status, (await as(asked!.port, undefined, 'other.test')).status]).toEqual([421, 421])
      expect(await lineOf(required!.output, /"host":"other.test"/)).toMatchObject({ client: '127.0.0.1', method: 'GET', target: '/alive', status: 421, error: 'misdirected' })
      expect(await resumes(required!.port, { ca: authority.pem, ...ann.pem })).toBe(true)
      others.close()
    },

    'servers are told of the certificate, and of none that a client merely claims': async ({ launch, origin, on, seen }) => {
      const { authority, main: { cert, key } } = certificates()
      const others = new TestAuthority('others')
      const ann = authority.issue('ann', ['email:ann@example.com'])
      // Believes what it is told, like many a server behind TLS; and reads names as CGI does.
      const claimed = ({ fields }: SeenRequest): string[] => fields.flatMap(([name, text]) => (/^client[^a-z]cert/i.test(name) ? [text] : []))
      on('/', (request) => void request.socket.write(answerText('200 OK', [], claimed(request).join() || 'nobody')))
      const { port } = await launch({
        listen: { tls: { cert, key, clientAuth: { ca: authority.ca, mode: 'request' } } },
        upstreams: { app: { targets: [origin.url] } },
        normalization: { oddHeaders: 'keep' },
        routes: [
          { path: '/staff', filters: [{ clientCertificate: { names: ['ann@example.com'], subjects: ['CN=ann,O=Staff,O=Example', 'O=Staff,CN=ann,O=Example'] } }], upstream: 'app' },
          { path: '/alive', filters: [{ clientCertificate: {} }], upstream: 'app' },
          { path: '/*', upstream: 'app' },
        ],
      })
      const line = `:${new X509Certificate(ann.pem.cert).raw.toString('base64')}:`
      const as = async (path: string, who?: Issued): Promise<[number, string]> => {
        const { status, body } = await askSecurely(port, { path, ca: authority.pem, headers: { 'Client-Cert': line, client_cert: line, 'Client-Cert-Chain': line, Connection: 'close, Client-Cert' }, ...who?.pem })
        return [status, status === 200 ? body : '']
      }
      expect([await as('/staff', ann), await as('/open'), await as('/open', ann)]).toEqual([[200, line], [200, 'nobody'], [200, 'nobody']])
      // None; of another authority; of this one, by names that read like those of another: a comma, a line's end.
      for (const who of [undefined, others.issue('ann', ['email:ann@example.com']), authority.issue('ann,O=Staff'), authority.issue('ann\nO=Staff'), authority.issue('ann', ['DNS:ann.example.com'])]) expect(await as('/staff', who)).toEqual([403, ''])
      expect(seen('/staff').length).toBe(1)
      expect(await resumes(port, { ca: authority.pem, ...ann.pem })).toBe(true)
      others.close()
    },

    'a revoked certificate is refused': async ({ launch, origin, on }) => {
      const { authority, main: { cert, key } } = certificates()
      on('/alive', OK)
      const [ann, bob] = [authority.issue('ann'), authority.issue('bob')]
      const { port } = await launch({ listen: { tls: { cert, key, clientAuth: { ca: authority.ca, mode: 'require', crl: authority.revoke(bob) } } }, ...upstreams(origin.url) })
      expect((await askSecurely(port, { path: '/alive', ca: authority.pem, ...ann.pem })).status).toBe(200)
      expect(await failureOf(askSecurely(port, { path: '/alive', ca: authority.pem, ...bob.pem }))).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_)/)
    },

    'a client is told by a PROXY header before its handshake': async ({ launch, origin, on, seen }) => {
      const { authority, main } = certificates()
      on('/proxied', OK)
      const { port } = await launch({ listen: { tls: { cert: main.cert, key: main.key }, proxyProtocol: { from: ['127.0.0.0/8'] } }, ...upstreams(origin.url) })
      const socket = connectPlain(port, '127.0.0.1')
      socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 5000 443\r\n')
      const secured = connect({ socket, servername: 'main.test', ca: authority.pem })
      const answered = once(secured, 'data')
      secured.write(head('GET /proxied'))
      expect(String((await answered)[0])).toMatch(/^HTTP\/1.1 200 /)
      expect([value(seen('/proxied')[0]!, 'x-forwarded-for'), value(seen('/proxied')[0]!, 'x-forwarded-proto')]).toEqual(['192.0.2.7', 'https'])
      secured.destroy()
    },
  } satisfies Record<string, Case>
}

export type TlsCase = keyof ReturnType<typeof casesOf>

export function tlsContract(name: string, launch: Launch, skip: Skips<TlsCase> = {}): void {
  runTlsCases(`TLS on ${name}`, launch, (cases) => cases, skip)
}

/** Of the contract, that certificates change; for a runtime that does so when it is started in another way. */
export function changingCertificatesContract(name: string, launch: Launch): void {
  const title = 'certificates that have changed are shown, a broken one is not, and no request on a kept connection fails meanwhile'
  runTlsCases(`TLS on ${name}`, launch, (cases) => ({ [title]: cases[title] }), {})
}

function runTlsCases<Title extends string>(name: string, launch: Launch, choose: (cases: ReturnType<typeof casesOf>) => Readonly<Record<Title, Case>>, skip: Skips<Title>): void {
  let made: Certificates | undefined
  afterAll(() => made?.authority.close())
  const certificates = (): Certificates => (made ??= makeCertificates())
  runCases(name, launch, choose(casesOf(certificates)), skip, ({ url }) => {
    const { main } = certificates()
    return { listen: { tls: { cert: main.cert, key: main.key } }, upstreams: { app: { targets: [url] } }, routes: [{ upstream: 'app' }] }
  })
}
