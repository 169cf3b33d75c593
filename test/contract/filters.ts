// Filters over real sockets: what each lets pass, what it answers otherwise, and that no server hears of what is refused.
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect } from 'vitest'
import type { Config } from '../../src/index.js'
import { startProvider } from '../support/oidc-provider.js'
import { answerText, type SeenRequest } from '../support/raw-origin.js'
import { ask, head, RawConnection, values } from '../support/raw-client.js'
import { handshake, RawPeer } from '../support/raw-websocket.js'
import { type Case, type Launch, OK, runCases, type Skips, value } from './bench.js'

/** A case, with the routes that it needs in the one configuration of the suite; `originUrl` is for filters that ask a server. */
interface FilterCase {
  readonly routes: (originUrl: string) => Config['routes']
  readonly run: Case
}

/** The head of a request whose client has this address: the suite's gateway trusts the loopback. */
const from = (client: string, line: string, ...fields: string[]): string => head(line, `X-Forwarded-For: ${client}`, ...fields)

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** Whether the answer is a problem document of this status, which names neither filter nor setting. */
const isProblem = (answer: Awaited<ReturnType<typeof ask>>, status: number): void => {
  expect([answer.status, values(answer, 'content-type')]).toEqual([status, ['application/problem+json']])
  expect(Object.keys(JSON.parse(answer.body.toString()) as object).filter((key) => key !== 'detail')).toEqual(['type', 'title', 'status', 'code', 'instance'])
}

/** `basicAuth` with one user. */
const ANN = { users: { ann: '$pbkdf2-sha256$i=10000$pfB5WNt0W2+C/90q03gdOA$44tKIgBnA6EO+3gLhrkdDdVMkUAiU/vJccnXoUqeHL0' }, userHeader: 'X-User' }
const basic = (credentials: string): string => `Authorization: Basic ${Buffer.from(credentials).toString('base64')}`

/** A list that stands in a file. */
const ADDRESSES = new URL('../support/addresses.txt', import.meta.url).href

const CASES = {
  'so many of a client\'s requests are under way at a time, and each gives its place back however it ends': {
    routes: () => [{ path: '/places/*', filters: [{ concurrency: { limit: 1, by: 'header:x-key' } }], upstream: 'app' }],
    run: async ({ port, on }) => {
      const open: Socket[] = []
      on('/places/open', ({ socket }) => {
        open.push(socket)
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\nhello')
      })
      on('/places/', ({ method, socket }) => void socket.write(answerText('200 OK', [], method === 'HEAD' ? '' : 'ok')))
      const again = (key: string): Promise<number> => ask(port, head('GET /places/a', `X-Key: ${key}`)).then(({ status }) => status)
      for (const [key, end] of [['ends', (socket) => socket.write('x'.repeat(299_995))], ['breaks', (socket) => socket.destroy()], ['leaves', (_, client) => client.destroy()]] as [string, (server: Socket, client: Socket) => void][]) {
        const client = (await RawConnection.open(port)).send(head('GET /places/open', `X-Key: ${key}`))
        // The place is taken before the server hears of the request, and its head is out by the next answer.
        await expect.poll(() => [key, open.length], { timeout: 5000 }).toEqual([key, 1])
        isProblem(await ask(port, head('GET /places/a', `X-Key: ${key}`)), 429)
        expect(await again('other')).toBe(200)
        client.socket.resume()
        end(open.pop()!, client.socket)
        await expect.poll(async () => [key, await again(key)], { timeout: 5000 }).toEqual([key, 200])
      }
      for (const request of [head('HEAD /places/a', 'X-Key: head'), head('GET /places/a', 'X-Key: head'), handshake('/places/a', 'X-Key: head')]) expect((await ask(port, request)).status).toBe(200)
    },
  },

  'a WebSocket has its place until it ends': {
    routes: () => [{ path: '/tunnels/*', filters: [{ concurrency: { limit: 1, by: 'header:x-key' } }], upstream: 'app' }],
    run: async ({ port, on }) => {
      const servers: Socket[] = []
      on('/tunnels/', (request) => {
        servers.push(request.socket)
        const accept = createHash('sha1').update(`${value(request, 'sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
        request.socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
      })
      const told = async (): Promise<[RawPeer, boolean]> => {
        const client = await RawPeer.open(port, handshake('/tunnels/a', 'X-Key: k'))
        return [client, (await client.head()).includes(' 101 ')]
      }
      let [client, isOpen] = await told()
      expect(isOpen).toBe(true)
      for (const end of [() => client.socket.destroy(), () => servers.at(-1)!.destroy()]) {
        isProblem(await ask(port, handshake('/tunnels/a', 'X-Key: k')), 429)
        end()
        await expect.poll(async () => {
          ;[client, isOpen] = await told()
          return isOpen
        }, { timeout: 5000 }).toBe(true)
      }
    },
  },

  'allow and deny go by the client\'s address, the method and every reading of the path, and the server hears of none that is refused': {
    routes: () => [
      { path: '/access/in/*', filters: [{ allow: { ip: ['192.0.2.0/24', '2001:db8::/32'] } }, { deny: { ip: ['192.0.2.66'] } }], upstream: 'app' },
      { path: '/access/agents/*', filters: [{ deny: { userAgent: ['*bot*', ''] } }], upstream: 'app' },
      { path: '/access/*', filters: [{ deny: { method: ['DELETE'] } }, { deny: { path: ['/access/secret/*'] } }], upstream: 'app' },
    ],
    run: async ({ port, on, seen }) => {
      on('/access/', OK)
      const refused = [
        from('203.0.113.9', 'GET /access/in/a'), from('192.0.2.66', 'GET /access/in/a'), from('::ffff:192.0.2.66', 'GET /access/in/a'), from('192.0.2.1, 203.0.113.9', 'GET /access/in/a'), head('GET /access/in/a'),
        head('GET /access/agents/a', 'User-Agent: A BOT/1'), head('GET /access/agents/a'), head('DELETE /access/a'), head('GET /access/secret'), head('GET /access/x/../%73ecret/a'), head('GET /access//secret%2fa'), `${head('POST /access/secret/a', 'Content-Length: 3')}abc`,
      ]
      for (const request of refused) isProblem(await ask(port, request), 403)
      expect(seen('/access/')).toEqual([])
      for (const request of [from('192.0.2.1', 'GET /access/in/a'), from('2001:DB8::1', 'GET /access/in/a'), head('GET /access/agents/a', 'User-Agent: curl/8'), head('GET /access/a')]) expect((await ask(port, request)).status).toBe(200)
    },
  },

  'a list of addresses in a file is one with those that are written down': {
    routes: () => [{ path: '/listed/*', filters: [{ deny: { ip: ['198.51.100.1'], ipFrom: ADDRESSES } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/listed/', OK)
      for (const client of ['198.51.100.1', '192.0.2.77', '2001:db8:7::1']) isProblem(await ask(port, from(client, 'GET /listed/a')), 403)
      expect(seen('/listed/')).toEqual([])
      expect((await ask(port, from('198.51.100.2', 'GET /listed/a'))).status).toBe(200)
    },
  },

  'a WebSocket is refused before its server hears of it': {
    routes: () => [{ path: '/sockets/*', filters: [{ allow: { ip: ['192.0.2.0/24'] } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/sockets/', (request) => void request.socket.write(answerText('418 No', [], '')))
      isProblem(await ask(port, handshake('/sockets/a')), 403)
      expect(seen('/sockets/')).toEqual([])
      // The one that may pass is refused by the server itself.
      expect((await ask(port, handshake('/sockets/a', 'X-Forwarded-For: 192.0.2.1'))).status).toBe(418)
    },
  },

  'pages of a listed origin may read what they get, others not, and preflights are answered without the server': {
    routes: () => [{ path: '/cors/*', filters: [{ cors: { origins: ['https://*.shop.example'], credentials: true } }, { deny: { path: ['/cors/secret'] } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/cors/', (request) => void request.socket.write(answerText('200 OK', ['Access-Control-Allow-Origin: *'], 'ok')))
      const told = async (line: string, ...fields: string[]) => {
        const answer = await ask(port, head(line, ...fields))
        return [answer.status, values(answer, 'access-control-allow-origin'), values(answer, 'access-control-allow-credentials'), values(answer, 'vary').join().includes('Origin')]
      }
      const preflight = ['Access-Control-Request-Method: PUT', 'Access-Control-Request-Headers: x-a']
      expect(await told('OPTIONS /cors/a', 'Origin: https://www.shop.example', ...preflight)).toEqual([204, ['https://www.shop.example'], ['true'], true])
      expect(await told('OPTIONS /cors/a', 'Origin: https://evil-shop.example', ...preflight)).toEqual([204, [], [], true])
      expect(seen('/cors/')).toEqual([])
      expect(await told('GET /cors/a', 'Origin: https://www.shop.example')).toEqual([200, ['https://www.shop.example'], ['true'], true])
      expect(await told('GET /cors/secret', 'Origin: https://www.shop.example')).toEqual([403, ['https://www.shop.example'], ['true'], true])
      expect(await told('GET /cors/a', 'Origin: https://www.shop.example.evil')).toEqual([200, [], [], true])
      expect(await told('GET /cors/a')).toEqual([200, [], [], true])
    },
  },

  'what a page of another origin sends behind its user\'s back is refused, a WebSocket too, and the server hears of none': {
    routes: () => [{ path: '/csrf/*', filters: [{ csrf: { origins: ['https://pay.example'] } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/csrf/', (request) => void request.socket.write(answerText('418 No', [], '')))
      const post = (...fields: string[]): string => `${head('POST /csrf/a', 'Content-Length: 3', ...fields)}abc`
      for (const request of [post('Sec-Fetch-Site: cross-site'), post('Origin: https://evil.test'), post('Origin: null'), post('Referer: https://evil.test/a.test')]) isProblem(await ask(port, request), 403)
      isProblem(await ask(port, handshake('/csrf/a', 'Origin: https://evil.test')), 403)
      expect(seen('/csrf/')).toEqual([])
      for (const request of [post('Sec-Fetch-Site: same-origin'), post('Origin: https://public.example'), post('Origin: https://pay.example'), post(), head('GET /csrf/a', 'Sec-Fetch-Site: cross-site'), handshake('/csrf/a', 'Origin: https://public.example')]) expect((await ask(port, request)).status).toBe(418)
    },
  },

  'a browser is asked for work, and passes by its solution and no other, while everything else is refused': {
    routes: () => [{ path: '/challenge/*', filters: [{ challenge: { secret: 'the secret of a test, which is long', difficulty: 6, exempt: { path: ['/challenge/robots.txt'] } } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/challenge/', OK)
      const page = await ask(port, from('192.0.2.1', 'GET /challenge/a?b', 'Accept: text/html'))
      const challenge = /data-challenge="([^"]+)"/.exec(page.body.toString())![1]!
      expect([page.status, values(page, 'cache-control'), values(page, 'x-robots-tag')]).toEqual([403, ['no-store'], ['noindex, nofollow']])
      isProblem(await ask(port, from('192.0.2.1', 'GET /challenge/a', 'Accept: */*')), 403)
      isProblem(await ask(port, `${from('192.0.2.1', 'POST /challenge/a', 'Content-Length: 1')}x`), 403)
      isProblem(await ask(port, handshake('/challenge/a')), 403)
      const solutions = Array.from({ length: 4096 }, (_, n) => `${challenge}:${n}`)
      const isRight = (text: string): boolean => createHash('sha256').update(text).digest()[0]! < 4
      isProblem(await ask(port, from('192.0.2.1', 'GET /challenge/a', `Fetchgate-Solution: ${solutions.find((text) => !isRight(text))}`)), 403)
      isProblem(await ask(port, from('198.51.100.1', 'GET /challenge/a', `Fetchgate-Solution: ${solutions.find(isRight)}`)), 403)
      const solved = await ask(port, from('192.0.2.1', 'GET /challenge/a', `Fetchgate-Solution: ${solutions.find(isRight)}`))
      const pass = values(solved, 'set-cookie')[0]!.split(';')[0]!
      isProblem(await ask(port, from('198.51.100.1', 'GET /challenge/a', `Cookie: ${pass}`)), 403)
      expect([solved.status, seen('/challenge/')]).toEqual([204, []])
      for (const request of [from('192.0.2.9', 'GET /challenge/a?b', `Cookie: ${pass}; x=1`), head('GET /challenge/robots.txt')]) expect((await ask(port, request)).status).toBe(200)
      expect(seen('/challenge/').map((request) => [request.target, value(request, 'cookie')])).toEqual([['/challenge/a?b', 'x=1'], ['/challenge/robots.txt', undefined]])
    },
  },

  'a crawler that is denied is turned away by its name, may read why, and no other is': {
    routes: () => [{ path: '/robots.txt', filters: [{ crawlers: { deny: ['ai-training'], robotsTxt: true } }], upstream: 'app' }, { path: '/crawled/*', filters: [{ crawlers: { deny: ['ai-training'], verified: { Googlebot: ['192.0.2.0/24'] } } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/crawled/', OK)
      for (const request of [head('GET /crawled/a', 'User-Agent: x GPTBot/1.2'), from('198.51.100.1', 'GET /crawled/a', 'User-Agent: Googlebot/2.1')]) isProblem(await ask(port, request), 403)
      expect([(await ask(port, head('GET /robots.txt', 'User-Agent: GPTBot'))).body.toString(), seen('/crawled/')]).toEqual([expect.stringContaining('User-agent: GPTBot\n'), []])
      for (const request of [head('GET /crawled/a', 'User-Agent: curl'), from('192.0.2.1', 'GET /crawled/a', 'User-Agent: Googlebot/2.1')]) expect((await ask(port, request)).status).toBe(200)
    },
  },

  'answers tell browsers to be careful with them, over HTTPS to come by it, and a nonce is one that the server was told': {
    routes: () => [
      { path: '/guarded/nonce', filters: [{ securityHeaders: { contentSecurityPolicy: "script-src 'nonce-{nonce}'" } }], upstream: 'app' },
      { path: '/guarded/*', filters: [{ securityHeaders: 'basic' }], upstream: 'app' },
    ],
    run: async ({ port, on, seen }) => {
      on('/guarded/', (request) => void request.socket.write(answerText('200 OK', ['Referrer-Policy: origin'], 'ok')))
      const plain = await ask(port, head('GET /guarded/a'))
      expect(['x-content-type-options', 'referrer-policy', 'x-frame-options', 'strict-transport-security'].map((name) => values(plain, name))).toEqual([['nosniff'], ['origin'], ['SAMEORIGIN'], []])
      expect(values(await ask(port, from('192.0.2.1', 'GET /guarded/a', 'X-Forwarded-Proto: https')), 'strict-transport-security')).toEqual(['max-age=31536000'])
      const nonced = await ask(port, head('GET /guarded/nonce', 'X-CSP-Nonce: mine'))
      expect(values(nonced, 'content-security-policy')).toEqual(seen('/guarded/nonce').map((request) => `script-src 'nonce-${value(request, 'x-csp-nonce')}'`))
    },
  },

  'jwt lets requests pass by keys that their issuer publishes, tells the server what a token says and nobody else\'s claim, and refuses others before it hears of them': {
    routes: (originUrl) => [
      { path: '/jwt/far/*', filters: [{ jwt: { jwksUrl: 'http://127.0.0.1:1/keys', issuer: 'issuer', audience: 'app' } }], upstream: 'app' },
      { path: '/jwt/*', filters: [{ jwt: { jwksUrl: `${originUrl}/published-keys`, issuer: 'issuer', audience: 'app', scopes: ['read'], forward: { sub: 'X-User', roles: 'X-Roles' } } }], upstream: 'app' },
    ],
    run: async ({ port, on, seen }) => {
      const { privateKey, publicKey } = await generateKeyPair('ES256')
      const jwk = { ...(await exportJWK(publicKey)), kid: 'k1' }
      const nowS = Math.floor(Date.now() / 1000)
      const signed = (claims: object, header: object = {}, key: CryptoKey | Uint8Array = privateKey): Promise<string> =>
        new SignJWT({ iss: 'issuer', aud: 'app', sub: 'Zoë', scope: 'read', exp: nowS + 300, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(key)
      const bearer = (token: string): string => `Authorization: Bearer ${token}`
      const good = await signed({ roles: ['a,b', 'c'] })
      on('/jwt/', OK)
      on('/published-keys', (request) => void request.socket.write(answerText('200 OK', ['Content-Type: application/jwk-set+json'], JSON.stringify({ keys: [jwk] }))))
      isProblem(await ask(port, head('GET /jwt/far/a', bearer(good))), 503)
      const both = await Promise.all([ask(port, head('GET /jwt/a', bearer(good), 'x-user: root', 'X_User: root', 'X-ROLES: root')), ask(port, head('GET /jwt/a', bearer(await signed({}))))])
      expect([both.map(({ status }) => status), seen('/published-keys').length]).toEqual([[200, 200], 1])
      expect((await ask(port, head('GET /jwt/a', bearer(good)))).status).toBe(200)
      expect(seen('/jwt/').map((request) => [value(request, 'x-user'), value(request, 'x-roles'), value(request, 'x_user')]).sort()).toEqual([undefined, 'a%2Cb,c', 'a%2Cb,c'].map((roles) => ['Zo%C3%AB', roles, undefined]))
      const wrong = [
        [], [bearer(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`)], [bearer(await signed({}, { alg: 'HS256' }, Buffer.from(JSON.stringify(jwk))))], [bearer(await signed({}, {}, (await generateKeyPair('ES256')).privateKey))],
        [bearer(await signed({ exp: nowS - 61 }))], [bearer(await signed({ aud: ['web'] }))], [bearer(good), bearer(good)], [`Cookie: authorization=${good}`],
      ]
      for (const fields of wrong) {
        const refused = await ask(port, head('GET /jwt/a', ...fields))
        isProblem(refused, 401)
        expect(values(refused, 'www-authenticate')[0]).toMatch(/^Bearer realm="restricted"/)
      }
      isProblem(await ask(port, head('GET /jwt/a', bearer(await signed({ scope: 'write' })))), 403)
      isProblem(await ask(port, handshake('/jwt/a')), 401)
      expect([seen('/jwt/').length, seen('/published-keys').length]).toEqual([3, 1])
    },
  },

  'apiKey lets clients pass who have a key, keeps the key from the server and tells it whose it is, and refuses others before it hears of them': {
    routes: () => [{ path: '/key/*', filters: [{ apiKey: { keys: { shop: 'sha256:44cfdcdd88354fa1412781f5a01a901c9112db33bfa8b165fbec9b618d9cf112' }, query: 'k', userHeader: 'X-Client' } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/key/', OK)
      for (const request of [head('GET /key/a'), head('GET /key/a', 'X-API-Key: shop-kez'), head('GET /key/a', 'X-API-Key: shop-key', 'X-API-Key: shop-key'), head('GET /key/a?k=shop-key', 'X-API-Key: shop-key'), head('GET /key/a', 'X_API_Key: shop-key'), handshake('/key/a')]) {
        const refused = await ask(port, request)
        isProblem(refused, 401)
        expect(values(refused, 'www-authenticate')).toEqual(['ApiKey realm="restricted"'])
      }
      expect(seen('/key/')).toEqual([])
      for (const request of [head('GET /key/a', 'x-api-key: shop-key', 'x-client: root'), head('GET /key/a', 'X-API-Key: shop-key', 'X_Client: root'), head('GET /key/a?k=shop-key')]) expect((await ask(port, request)).status).toBe(200)
      expect(seen('/key/').map((request) => [value(request, 'x-api-key'), value(request, 'x-client'), value(request, 'x_client')])).toEqual([1, 2, 3].map(() => [undefined, 'shop', undefined]))
    },
  },

  'basicAuth lets users pass who prove to be such, tells the server who they are and nobody else\'s claim, and refuses others before it hears of them': {
    routes: () => [{ path: '/basic/*', filters: [{ basicAuth: { ...ANN, realm: 'back' } }], upstream: 'app' }, { path: '/stripped/*', filters: [{ basicAuth: { ...ANN, stripCredentials: true } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/basic/', OK)
      on('/stripped/', OK)
      for (const fields of [[], [basic('ann:password')], [basic('eve:pässwörd')], [basic('ann:')], ['Authorization: Basic !'], [basic('ann:pässwörd'), basic('ann:pässwörd')], ['X-User: ann']]) {
        const refused = await ask(port, head('GET /basic/a', ...fields))
        isProblem(refused, 401)
        expect(values(refused, 'www-authenticate')).toEqual(['Basic realm="back", charset="UTF-8"'])
      }
      isProblem(await ask(port, handshake('/basic/a')), 401)
      expect(seen('/basic/')).toEqual([])
      for (const target of ['/basic/a', '/basic/b', '/stripped/a']) expect((await ask(port, head(`GET ${target}`, basic('ann:pässwörd'), 'x-user: root', 'X_User: root', 'Connection: x-user'))).status).toBe(200)
      expect(seen('/basic/').map((request) => [value(request, 'x-user'), value(request, 'x_user'), value(request, 'authorization')])).toEqual([1, 2].map(() => ['ann', undefined, basic('ann:pässwörd').slice('Authorization: '.length)]))
      expect(seen('/stripped/').map((request) => [value(request, 'x-user'), value(request, 'authorization')])).toEqual([['ann', undefined]])
    },
  },

  'what is too large is refused by its head, and the server hears nothing of it': {
    routes: () => [{ path: '/sizes/*', filters: [{ limits: { url: '60B', headers: '2KiB', headerCount: 12, args: 3, body: '1KiB' } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/sizes/', OK)
      const many = Array.from({ length: 20 }, (_, i) => `X-${i}: 1`)
      const refused: [string, number][] = [
        [head(`GET /sizes/${'x'.repeat(60)}`), 414], [head('GET /sizes/?a=1&b=2&c=3;d=4'), 414], [head('GET /sizes/', `X: ${'x'.repeat(2048)}`), 431], [head('GET /sizes/', ...many), 431],
        [`${head('POST /sizes/', 'Content-Length: 1025')}${'x'.repeat(1025)}`, 413], [head('POST /sizes/', 'Content-Length: 1025', 'Expect: 100-continue'), 413],
      ]
      for (const [request, status] of refused) isProblem(await ask(port, request), status)
      expect(seen('/sizes/')).toEqual([])
      expect((await ask(port, `${head('POST /sizes/?a=1&b=2&c=3', 'Content-Length: 1024')}${'x'.repeat(1024)}`)).status).toBe(200)
    },
  },

  'a rate limit lets so many of a client\'s requests pass, whatever addresses it makes up, and tells it when to come again': {
    routes: () => [{ path: '/rates/*', filters: [{ rateLimit: { limit: 3, window: '1h', by: 'client-ip' } }], upstream: 'app' }],
    run: async ({ port, on, seen }) => {
      on('/rates/', OK)
      const many = await Promise.all(Array.from({ length: 10 }, (_, i) => ask(port, from(`198.51.100.${i}, 2001:db8:0:1:${i}::1`, `GET /rates/${i}`))))
      expect(many.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429, 429, 429, 429, 429, 429])
      expect(seen('/rates/').length).toBe(3)
      const [passed, refused] = [many.find(({ status }) => status === 200)!, many.find(({ status }) => status === 429)!]
      isProblem(refused, 429)
      expect([values(refused, 'ratelimit-policy'), values(passed, 'ratelimit-policy')]).toEqual([['"3/3600s";q=3;w=3600'], ['"3/3600s";q=3;w=3600']])
      expect([values(refused, 'ratelimit'), values(passed, 'ratelimit')]).toEqual([[expect.stringMatching(/^"3\/3600s";r=0;t=1(200|199)$/)], [expect.stringMatching(/^"3\/3600s";r=[012];t=\d+$/)]])
      expect(['1200', '1199']).toContain(values(refused, 'retry-after')[0])
      isProblem(await ask(port, handshake('/rates/socket', 'X-Forwarded-For: 2001:db8:0:1::9')), 429)
      expect((await ask(port, from('192.0.2.1', 'GET /rates/a'))).status).toBe(200)
    },
  },

  'a service is asked who may pass; what it says is believed, what a client says in its name is not': {
    routes: (url) => [
      { path: '/asked/kept/*', filters: [{ forwardAuth: { url: `${url}/verify/kept`, copyHeaders: ['X-User'], cache: { ttl: '1m', by: ['cookie:s'] } } }], upstream: 'app' },
      { path: '/asked/dead/*', filters: [{ forwardAuth: { url: 'http://127.0.0.1:1/' } }], upstream: 'app' },
      { path: '/asked/*', filters: [{ forwardAuth: { url: `${url}/verify?a=1`, copyHeaders: ['X-User'] } }], upstream: 'app' },
    ],
    run: async ({ port, on, seen, origin }) => {
      on('/asked/', OK)
      const verify = (request: SeenRequest): void => {
        const grants = value(request, 'cookie') === 's=eve'
        request.socket.write(grants ? answerText('204 No Content', ['X-User: eve', 'Set-Cookie: t=1'], '') : answerText('302 Found', [`Location: ${origin.url}/login?a=%2F`, 'Set-Cookie: s=; Max-Age=0', 'Set-Cookie: u=2', 'Server: authd', 'X-Hop: 1', 'Connection: X-Hop'], 'log in'))
      }
      on('/verify', verify)
      on('/verify/kept', ({ socket }) => void socket.write(answerText('200 OK', ['X-User: eve'], '')))

      const refused = await ask(port, `${head('POST /asked/x/../a?b=1', 'X-User: root', 'Content-Length: 3')}abc`)
      expect([refused.status, refused.body.toString(), values(refused, 'location'), values(refused, 'set-cookie'), values(refused, 'server'), values(refused, 'x-hop')]).toEqual([302, 'log in', ['http://public.example/login?a=%2F'], ['s=; Max-Age=0', 'u=2'], [], []])
      expect(seen('/asked/')).toEqual([])
      const [question] = seen('/verify')
      expect(['x-forwarded-method', 'x-forwarded-uri', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-for', 'x-user', 'content-length'].map((name) => value(question!, name))).toEqual(['POST', '/asked/a?b=1', 'public.example', 'http', '127.0.0.1', undefined, undefined])
      expect([question!.method, question!.target]).toEqual(['GET', '/verify?a=1'])

      const passed = await ask(port, head('GET /asked/a', 'Cookie: s=eve', 'X-User: root', 'x-user: root', 'Connection: X-User'))
      expect([passed.status, values(passed, 'set-cookie'), value(seen('/asked/')[0]!, 'x-user')]).toEqual([200, ['t=1'], 'eve'])

      for (let i = 0; i < 2; i++) expect((await ask(port, head('GET /asked/kept/a', 'Cookie: s=bob', 'X-User: root'))).status).toBe(200)
      expect([seen('/verify/kept').length, seen('/asked/kept/').map((request) => value(request, 'x-user'))]).toEqual([1, ['eve', 'eve']])

      isProblem(await ask(port, head('GET /asked/dead/a')), 502)
      expect(seen('/asked/dead/')).toEqual([])
    },
  },

  'a body of no declared length is broken off at its limit, whether or not it is kept or mirrored, and the server gets no more of it': {
    routes: () => [
      { path: '/cut/plain', filters: [{ limits: { body: '1KiB' } }], upstream: 'app' },
      { path: '/cut/kept', filters: [{ limits: { body: '1KiB' } }], upstream: 'kept', mirror: { upstream: 'app' } },
      { path: '/cut/json', filters: [{ limits: { jsonDepth: 20 } }], upstream: 'app' },
    ],
    run: async ({ port, on, origin }) => {
      // It would take everything, and answers once it has.
      on('/cut/', async (request) => {
        await request.body()
        OK(request)
      })
      const cut = async (path: string, first: string, second: string, ...fields: string[]): Promise<void> => {
        const reached = origin.next()
        const connection = await RawConnection.open(port)
        connection.send(`${head(`PUT ${path}`, 'Transfer-Encoding: chunked', ...fields)}${chunk(first)}`)
        const request = await reached
        expect((await request.bodyBytes(first.length)).toString()).toBe(first)
        connection.send(chunk(second))
        isProblem(await connection.answer('PUT'), 413)
        await request.closed
        expect((await request.bodyBytes(0)).toString()).toBe(first)
        connection.close()
      }
      await cut('/cut/plain', 'x'.repeat(1000), 'x'.repeat(25))
      await cut('/cut/plain', 'x'.repeat(1024), 'x'.repeat(500_000), 'Expect: 100-continue')
      await cut('/cut/kept', 'x'.repeat(1000), 'x'.repeat(25))
      await cut('/cut/json', `{"a":"${'[]'.repeat(50)}"`, `,"b":${'['.repeat(20)}`, 'Content-Type: application/json')
      const whole = `${head('PUT /cut/kept', 'Transfer-Encoding: chunked')}${chunk('x'.repeat(1024))}${chunk('')}`
      expect((await ask(port, whole, 'PUT')).status).toBe(200)
    },
  },

  'login sends a browser to its OpenID provider and back, tells the server who it is, and takes neither a foreign nor a used login': {
    routes: (url) => [{ path: '/login/*', filters: [{ login: { issuer: `${url}/oidc`, clientId: 'gate', clientSecret: 'gate secret', secret: 'a secret of more than 32 characters', redirectPath: '/login/back', logoutPath: '/login/out', forward: { sub: 'X-User' } } }], upstream: 'app' }],
    run: async ({ port, on, seen, origin }) => {
      await using provider = await startProvider(`${origin.url}/oidc`)
      on('/login/', OK)
      on('/oidc/', async (request) => {
        const headers = { authorization: value(request, 'authorization') ?? '' }
        const told = await fetch(`http://127.0.0.1:${provider.port}${request.target}`, { method: request.method, headers, redirect: 'manual', ...(request.method === 'POST' ? { body: new Uint8Array(await request.body()) } : {}) })
        request.socket.write(answerText(`${told.status} Said`, ['Content-Type: application/json', `Location: ${told.headers.get('location') ?? ''}`], await told.text()))
      })
      isProblem(await ask(port, head('GET /login/a', 'Accept: */*')), 401)
      const begun = await ask(port, head('GET /login/a?b=1', 'Sec-Fetch-Mode: navigate'))
      expect(begun.status).toBe(302)
      const [back] = [(await fetch(values(begun, 'location')[0]!, { redirect: 'manual' })).headers.get('location')!.slice('http://public.example'.length)]
      const cookieOf = (answer: typeof begun): string => `Cookie: ${values(answer, 'set-cookie').map((line) => line.split(';')[0]).join('; ')}`
      isProblem(await ask(port, head(`GET ${back}`)), 403)
      const ended = await ask(port, head(`GET ${back}`, cookieOf(begun)))
      expect([ended.status, values(ended, 'location')]).toEqual([303, ['/login/a?b=1']])
      expect(values(ended, 'set-cookie').every((line) => /^__Host-.*; Path=\/; Secure; HttpOnly; SameSite=Lax$/.test(line))).toBe(true)
      isProblem(await ask(port, head(`GET ${back}`, cookieOf(begun))), 403)
      expect(seen('/login/')).toEqual([])
      expect((await ask(port, head('GET /login/a', cookieOf(ended), 'X-User: root'))).status).toBe(200)
      expect(seen('/login/').map((request) => [value(request, 'x-user'), value(request, 'cookie')])).toEqual([['eve', undefined]])
    },
  },
} satisfies Record<string, FilterCase>

/** The name of a case, for skips. */
export type FiltersCase = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function filtersContract(name: string, launch: Launch, skip: Skips<FiltersCase> = {}): void {
  const entries = Object.entries<FilterCase>(CASES).filter(([title]) => skip[title as FiltersCase] === undefined)
  const runs = Object.fromEntries(Object.entries<FilterCase>(CASES).map(([title, { run }]) => [title, run])) as Record<FiltersCase, Case>
  runCases(`${name}, filters`, launch, runs, skip, ({ url }) => ({
    trustedProxies: ['127.0.0.0/8'],
    upstreams: { app: { targets: [url], retry: { attempts: 0 } }, kept: { targets: [url], retry: { replayBody: '64KiB' } } },
    // A case that is skipped may need what this runtime refuses at start.
    routes: entries.flatMap(([, { routes }]) => routes(url)),
  }))
}
