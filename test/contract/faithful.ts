// What users of proxies run into most: an answer or a request that arrives as something else than was sent.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { startBlackHole } from '../support/black-hole.js'
import { startDns } from '../support/dns-server.js'
import { ask, head, RawConnection, values } from '../support/raw-client.js'
import { answerText } from '../support/raw-origin.js'
import { type Case, type Launch, OK, runCases, type Skips, value } from './bench.js'

const TEXT = 'hello '.repeat(40)

/** A zstd frame (RFC 8878 §3.1.1) of one block that is stored as it is; Node 20 cannot make one. */
function zstdStored(text: string): Buffer {
  const header = (text.length << 3) | 1
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, text.length, header & 255, header >> 8, 0]), Buffer.from(text)])
}

/** Bodies by their coding, those that nobody knows included. */
const CODED: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(TEXT),
  deflate: deflateSync(TEXT),
  br: brotliCompressSync(TEXT),
  zstd: zstdStored(TEXT),
  'gzip, br': brotliCompressSync(gzipSync(TEXT)),
  'x-of-our-own': Buffer.from(TEXT).reverse(),
  '': Buffer.from(TEXT),
}

/** What the fetch of a runtime writes where the client wrote nothing: words that say no more than their absence. */
const SAYS_NOTHING = ['accept: */*', 'accept-encoding: identity', 'accept-language: *', 'user-agent: ']

const CASES = {
  'every coding arrives in the bytes and with the length that the origin sent, from the origin and from the cache': async ({ port, on, seen }) => {
    for (const [i, [coding, bytes]] of Object.entries(CODED).entries()) {
      const fields = ['Cache-Control: max-age=60', 'ETag: "e"', ...(coding === '' ? [] : [`Content-Encoding: ${coding}`])]
      on(`/kept/sized-${i}`, ({ socket }) => void socket.write(answerText('200 OK', fields, bytes)))
      on(`/kept/chunked-${i}`, ({ socket }) => void socket.write(Buffer.concat([answerText('200 OK', [...fields, 'Transfer-Encoding: chunked']), Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')])))
      for (const path of [`/kept/sized-${i}`, `/kept/chunked-${i}`]) {
        for (const source of ['origin', 'cache']) {
          const answer = await ask(port, head(`GET ${path}`, 'Accept-Encoding: gzip, deflate, br, zstd'))
          const lengths = values(answer, 'content-length')
          const got = { path, source, coding: values(answer, 'content-encoding').join(), etag: values(answer, 'etag'), same: answer.body.equals(bytes), end: answer.end, lengths }
          expect(got).toEqual({ path, source, coding, etag: ['"e"'], same: true, end: 'complete', lengths: path.startsWith('/kept/sized') || lengths.length > 0 ? [String(bytes.byteLength)] : [] })
        }
        expect(seen(path)).toHaveLength(1)
      }
    }
  },

  'an encoded body of many pieces keeps its length': async ({ port, on }) => {
    const bytes = gzipSync(randomBytes(1_000_000))
    on('/long', ({ socket }) => void socket.write(answerText('200 OK', ['Content-Encoding: gzip'], bytes)))
    const answer = await ask(port, head('GET /long', 'Accept-Encoding: gzip'))
    expect([values(answer, 'content-encoding'), values(answer, 'content-length'), answer.body.equals(bytes)]).toEqual([['gzip'], [String(bytes.byteLength)], true])
  },

  'an origin that compresses on demand is asked for what the client takes': async ({ port, on }) => {
    on('/on-demand', (request) => {
      const taken = (value(request, 'accept-encoding') ?? '').split(',').map((text) => text.trim())
      const coding = ['zstd', 'br', 'gzip', 'deflate'].find((name) => taken.includes(name)) ?? ''
      request.socket.write(answerText('200 OK', coding === '' ? [] : [`Content-Encoding: ${coding}`], CODED[coding]))
    })
    for (const [accepted, coding] of [['gzip', 'gzip'], ['br, gzip', 'br'], ['zstd', 'zstd'], ['deflate', 'deflate'], ['gzip;q=0, br', 'br'], ['identity', ''], [undefined, '']] as const) {
      const answer = await ask(port, head('GET /on-demand', ...(accepted === undefined ? [] : [`Accept-Encoding: ${accepted}`])))
      expect([accepted, values(answer, 'content-encoding').join(), answer.body.equals(CODED[coding]!)]).toEqual([accepted, coding, true])
    }
  },

  '204, 304 and every answer to HEAD arrive without a body, whatever the origin sends behind them, and the connection goes on': async ({ port, on }) => {
    on('/bodiless', (request) => {
      const [status = '', ...fields] = value(request, 'x-answer')!.split('; ')
      request.socket.write(answerText(status, ['ETag: "e"', ...fields]))
    })
    const cases: [method: string, status: number, fields: string[]][] = [
      ['GET', 204, []], ['GET', 304, []], ['GET', 304, ['Content-Length: 240', 'Content-Encoding: gzip']], ['POST', 204, []], ['DELETE', 204, []], ['OPTIONS', 204, []],
      ['HEAD', 200, ['Content-Length: 240']], ['HEAD', 200, ['Content-Length: 99', 'Content-Encoding: gzip']], ['HEAD', 200, ['Content-Encoding: br', 'Transfer-Encoding: chunked']], ['HEAD', 204, []], ['HEAD', 304, []], ['HEAD', 404, ['Content-Length: 9']], ['HEAD', 302, ['Location: /x']],
    ]
    const connection = await RawConnection.open(port)
    for (const [method, status, fields] of cases) {
      const answer = await connection.send(head(`${method} /bodiless`, `X-Answer: ${[`${status} Whatever`, ...fields].join('; ')}`, ...(method === 'POST' ? ['Content-Length: 0'] : []))).answer(method)
      const coding = fields.find((field) => field.startsWith('Content-Encoding'))?.slice('Content-Encoding: '.length)
      expect([method, status, fields, answer.status, values(answer, 'etag'), answer.body.byteLength, values(answer, 'content-encoding')]).toEqual([method, status, fields, status, ['"e"'], 0, coding === undefined ? [] : [coding]])
    }
    on('/next', OK)
    for (const status of ['204 No Content', '304 Not Modified']) {
      on('/overfull', ({ socket }) => void socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 6\r\n\r\npoison`))
      const answers = [await connection.send(head('GET /overfull')).answer(), await connection.send(head('GET /next')).answer()]
      expect([status, ...answers.map((answer) => answer.body.toString())]).toEqual([status, '', 'ok'])
    }
    connection.close()
  },

  'a 205 arrives without a body and tells so, whatever the origin sends behind it, and the connection goes on': async ({ port, on }) => {
    on('/next', OK)
    const connection = await RawConnection.open(port)
    for (const sent of ['Content-Length: 0\r\n\r\n', 'Content-Length: 6\r\n\r\npoison', 'Transfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n']) {
      on('/reset', ({ socket }) => void socket.write(`HTTP/1.1 205 Reset Content\r\nETag: "e"\r\n${sent}`))
      for (const method of ['GET', 'POST']) {
        // A 205 that tells no length would be read up to the end of the connection here, as many clients do (RFC 9112 §6.3).
        const answers = [await connection.send(head(`${method} /reset`, ...(method === 'POST' ? ['Content-Length: 0'] : []))).answer(method), await connection.send(head('GET /next')).answer()]
        expect([sent, method, ...answers.flatMap((answer) => [answer.status, answer.body.toString()])]).toEqual([sent, method, 205, '', 200, 'ok'])
      }
    }
    connection.close()
  },

  'a redirect of any kind goes to the client, with its cookies, and nobody follows it': async ({ port, on, seen, origin }) => {
    const cookies = ['a=1; Expires=Thu, 01 Jan 2032 00:00:00 GMT; Path=/', 'b=2; HttpOnly', `c=3; Domain=127.0.0.1`]
    on('/followed', OK)
    on('/moved', (request) => void request.socket.write(answerText(`${value(request, 'x-status')} Whatever`, [`Location: ${value(request, 'x-location')}`, ...cookies.map((cookie) => `Set-Cookie: ${cookie}`)], 'moved')))
    for (const status of [300, 301, 302, 303, 307, 308]) {
      for (const [sent, told] of [[`${origin.url}/followed?x=1`, 'http://public.example/followed?x=1'], ['/followed', '/followed'], ['https://elsewhere.example/followed', 'https://elsewhere.example/followed']] as const) {
        for (const method of ['GET', 'POST']) {
          const answer = await ask(port, `${head(`${method} /moved`, `X-Status: ${status}`, `X-Location: ${sent}`, ...(method === 'POST' ? ['Content-Length: 5'] : []))}${method === 'POST' ? 'hello' : ''}`, method)
          expect([method, answer.status, values(answer, 'location'), values(answer, 'set-cookie'), answer.body.toString()]).toEqual([method, status, [told], [...cookies.slice(0, 2), 'c=3'], 'moved'])
        }
      }
    }
    expect(seen('/followed')).toEqual([])
  },

  'Expect: 100-continue is answered, for clients that wait for it and for those that do not, and is not passed on': async ({ port, on, seen }) => {
    const body = randomBytes(200_000)
    const chunked = Buffer.concat([Buffer.from(`${body.byteLength.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
    on('/expected', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    on('/unwanted', ({ socket }) => void socket.write(answerText('413 Content Too Large', ['Connection: close'], 'no')))
    for (const [framing, bytes] of [[`Content-Length: ${body.byteLength}`, body], ['Transfer-Encoding: chunked', chunked]] as const) {
      for (const waits of [true, false]) {
        const connection = await RawConnection.open(port)
        connection.send(head('POST /expected', framing, 'Expect: 100-continue', 'Content-Type: application/json'))
        if (waits) expect((await connection.head())?.status).toBe(100)
        const answer = await connection.send(bytes).answer('POST')
        expect([framing, waits, answer.status, answer.body.equals(body)]).toEqual([framing, waits, 200, true])
        connection.close()
      }
    }
    for (const request of seen('/expected')) expect(request.head).not.toMatch(/^expect:/im)
    for (const [path, status] of [['/unwanted', 413], ['/denied/x', 403]] as const) {
      const connection = await RawConnection.open(port)
      const first = (await connection.send(head(`POST ${path}`, 'Content-Length: 200000', 'Expect: 100-continue')).head())!
      // Whoever is told to go on does.
      const answer = first.status === 100 ? await connection.send(body.subarray(0, 1000)).answer('POST') : first
      expect([path, answer.status]).toEqual([path, status])
      connection.close()
    }
  },

  'a trusted proxy in front is believed, where it makes sense, and only then': async ({ launch, on, seen, origin }) => {
    on('/through', ({ socket }) => void socket.write(answerText('302 Found', [`Location: ${origin.url}/login`])))
    const told = ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: shop.example:8443', 'X-Request-ID: theirs']
    const route = { upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] }
    const [trusting, strict] = [await launch({ trustedProxies: ['127.0.0.0/8'], ...route }), await launch({ trustedProxies: ['10.0.0.0/8'], ...route })]
    const locations: string[] = []
    for (const [{ port }, fields] of [[trusting, told], [strict, told], [trusting, ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: javascript', 'X-Forwarded-Host: a b/c']]] as const) {
      locations.push(...values(await ask(port, head('GET /through', ...fields)), 'location'))
    }
    const got = seen('/through').map((request) => ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-request-id'].map((name) => value(request, name)))
    const own = expect.stringMatching(/^[0-9a-f-]{36}$/) as string
    expect(got).toEqual([
      ['203.0.113.7, 127.0.0.1', 'https', 'shop.example:8443', 'theirs'],
      ['127.0.0.1', 'http', 'public.example', own],
      ['203.0.113.7, 127.0.0.1', 'http', 'public.example', own],
    ])
    expect(locations).toEqual(['https://shop.example:8443/login', 'http://public.example/login', 'http://public.example/login'])
  },

  'the client\'s fields arrive in their order and case, Host first and the gateway\'s behind them': async ({ port, on, seen }) => {
    on('/order', OK)
    const sent = ['x-B: 1', 'ACCEPT: */*', 'X-a: 1', 'cookie: a=1', 'X-a: 2', 'Accept-encoding: gzip', 'x-b: 2', 'User-Agent: curl/8']
    await ask(port, head('GET /order', ...sent))
    const lines = seen('/order')[0]!.head.split('\r\n').slice(1).filter((line) => !/^connection:/i.test(line))
    expect(lines.slice(0, sent.length + 1).map((line) => line.replace(/^host: .*/i, 'Host'))).toEqual(['Host', ...sent])
    expect(lines.slice(sent.length + 1).map((line) => line.split(':', 1)[0])).toEqual(['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Forwarded', 'Via', 'X-Request-ID'])
  },

  'nothing is said to the origin that the client did not say': async ({ port, on, seen }) => {
    on('/bare', OK)
    const ours = /^(host|connection|forwarded|via|x-forwarded-(for|host|proto)|x-request-id|content-length): /
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE']) await ask(port, head(`${method} /bare`, ...(method === 'POST' ? ['Content-Length: 0'] : [])), method)
    const said = seen('/bare').flatMap(({ fields }) => fields.map(([name, text]) => `${name.toLowerCase()}: ${text}`).filter((line) => !ours.test(line)))
    expect(said.filter((line) => !SAYS_NOTHING.includes(line))).toEqual([])
    // What the client does say stands alone beside them.
    await ask(port, head('GET /bare', 'Accept: text/css', 'Accept-Language: de', 'User-Agent: curl/8', 'Sec-Fetch-Mode: no-cors'))
    const request = seen('/bare').at(-1)!
    expect(['accept', 'accept-language', 'user-agent', 'sec-fetch-mode'].map((name) => value(request, name))).toEqual(['text/css', 'de', 'curl/8', 'no-cors'])
  },

  'a trailer that was announced and does not come breaks nothing': async ({ port, on }) => {
    on('/announced', ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: grpc-status, X-Sum\r\n\r\n2\r\nok\r\n0\r\n\r\n'))
    for (const fields of [[], ['TE: trailers', 'Connection: TE']]) {
      const answer = await ask(port, head('GET /announced', ...fields))
      expect([answer.status, answer.body.toString(), answer.end]).toEqual([200, 'ok', 'complete'])
    }
  },

  'a gRPC call has its status, or is refused before the origin hears of it; gRPC-Web passes': async ({ port, on, seen }) => {
    on('/call', async ({ body, socket }) => {
      await body()
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/grpc+proto\r\nTransfer-Encoding: chunked\r\nTrailer: grpc-status\r\n\r\n2\r\nok\r\n0\r\ngrpc-status: 0\r\n\r\n')
    })
    const call = (type: string): string => `${head('POST /call', `Content-Type: ${type}`, 'TE: trailers', 'Connection: TE', 'Content-Length: 5')}hello`
    const connection = await RawConnection.open(port)
    const answer = await connection.send(call('application/grpc')).head()
    if (answer?.status === 200) expect(await connection.until('grpc-status: 0')).toBe(true)
    else expect([answer?.status, await connection.until('trailers'), seen('/call')]).toEqual([501, true, []])
    connection.close()
    const web = await ask(port, call('application/grpc-web+proto'), 'POST')
    expect([web.status, web.body.toString()]).toEqual([200, 'ok'])
  },

  'the limits on connecting and on finding the address are the configured ones, and the answer names them': async ({ launch }) => {
    const [hole, dns] = [await startBlackHole(), await startDns({ 'app.test': 'silence' })]
    const upstream = (target: string) => ({ targets: [target], timeout: { connect: '300ms' }, retry: { attempts: 0 } })
    const { port } = await launch({
      resolver: { servers: [dns.address] },
      upstreams: { address: upstream(hole.url), name: upstream('http://app.test') },
      routes: [{ path: '/address', upstream: 'address' }, { path: '/name', upstream: 'name' }],
    })
    expect(await Promise.all([head('GET /address'), head('GET /name')].map((request) => limited(port, request)))).toEqual([
      [504, ['fetchgate; error=connection_timeout'], expect.stringContaining('timeout.connect'), true],
      [504, ['fetchgate; error=dns_timeout'], expect.stringContaining('timeout.connect'), true],
    ])
    await Promise.all([hole.close(), dns.close()])
  },

  'the limits on the head of an answer, on silence and on the whole are the configured ones, and the answer names them': async ({ launch, on, origin }) => {
    on('/silent', () => {})
    const upstream = (timeout: object) => ({ targets: [origin.url], timeout: { headers: '20s', idle: '20s', ...timeout }, retry: { attempts: 0 } })
    const { port } = await launch({
      upstreams: { headers: upstream({ headers: '300ms' }), idle: upstream({ idle: '300ms' }), whole: upstream({}) },
      routes: [{ path: '/headers', upstream: 'headers', rewrite: '/silent' }, { path: '/idle', upstream: 'idle', rewrite: '/silent' }, { path: '/whole', upstream: 'whole', rewrite: '/silent', deadline: '300ms' }],
    })
    expect(await Promise.all([head('GET /headers'), `${head('POST /idle', 'Content-Length: 100')}half`, head('GET /whole')].map((request) => limited(port, request)))).toEqual([
      [504, ['fetchgate; error=http_response_timeout'], expect.stringContaining('timeout.headers'), true],
      // Here it is the client that is silent.
      [408, [], expect.stringContaining('timeout.idle'), true],
      [504, ['fetchgate; error=http_response_timeout'], expect.stringContaining('deadline'), true],
    ])
  },
} satisfies Record<string, Case>

/** What is answered to a request that a limit of 300 ms ends, and whether it took about so long. */
async function limited(port: number, request: string): Promise<[status: number, proxyStatus: string[], detail: string, inTime: boolean]> {
  const startedMs = performance.now()
  const answer = await ask(port, request)
  const tookMs = performance.now() - startedMs
  return [answer.status, values(answer, 'proxy-status'), (JSON.parse(answer.body.toString()) as { detail: string }).detail, tookMs > 250 && tookMs < 5000]
}

/** The name of a case, for skips. */
export type FaithfulCase = keyof typeof CASES

/** Runs the suite; skips carry their reason. */
export function faithfulContract(name: string, launch: Launch, skip: Skips<FaithfulCase> = {}): void {
  runCases(`${name}, faithful relay`, launch, CASES, skip, (origin) => ({
    upstreams: { app: { targets: [origin.url] } },
    filters: [{ deny: { path: ['/denied/*'] } }],
    routes: [{ path: '/kept/*', upstream: 'app', cache: true }, { path: '/*', upstream: 'app' }],
  }))
}
