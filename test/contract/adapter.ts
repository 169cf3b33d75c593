// What every adapter owes, whatever the runtime: run against a gateway in a process of its own, over real sockets.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { answerText, type RawOrigin, type Responder, startRawOrigin } from '../support/raw-origin.js'
import { ask, head, RawConnection, values } from '../support/raw-client.js'
import { startBlackHole } from '../support/black-hole.js'
import { type Case, type Launch, names, OK, runCases, type Skips, value } from './bench.js'

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')

/** Asks for what is never answered, goes when the origin has heard of it, and resolves once the origin is let go. */
async function leaveUnanswered(port: number, origin: RawOrigin): Promise<void> {
  const reached = origin.next()
  const connection = await RawConnection.open(port)
  connection.send(head('GET /silent'))
  const request = await reached
  connection.socket.resetAndDestroy()
  await request.closed
}

const CASES = {
  'the request target arrives as it was sent': async ({ port, on, origin }) => {
    const target = "/raw/%7Eb/c%2Fd//e;p=1\"<`>?x=%27'&y=%20|&z"
    on('/raw/', OK)
    await ask(port, head(`GET ${target}`))
    expect(origin.seen.map((request) => request.target)).toContain(target)
  },

  'a path that one route has to itself arrives as it was sent': async ({ port, on, origin }) => {
    on('/kept/', OK)
    const targets = ['/kept/api/v4/projects/group%2Fproject/files/src%2fx.ts', '/kept/v1/secret/a%252Fb', '/kept/DOMAIN%5Cuser', '/kept/%41%7e//x;p=1/100%25', '/kept/caf%c3%a9%20%3F']
    for (const target of targets) await ask(port, head(`GET ${target}`))
    expect(origin.seen.map((request) => request.target).filter((target) => target.startsWith('/kept'))).toEqual(targets)
  },

  'a path with dot segments arrives without them': async ({ port, on, origin }) => {
    on('/dots/', OK)
    for (const target of ['/dots/a/../b', '/x/%2e%2E/dots/./c', '/dots/x//../d']) await ask(port, head(`GET ${target}`))
    expect(origin.seen.map((request) => request.target).filter((target) => target.startsWith('/dots'))).toEqual(['/dots/b', '/dots/c', '/dots/x/d'])
  },

  'a path that could be read as that of another route is not sent': async ({ launch, on, seen, origin }) => {
    on('/split/', OK)
    const { port } = await launch({ upstreams: { app: { targets: [origin.url] } }, routes: [{ path: '/split/inner/*', upstream: 'app' }, { path: '/*', upstream: 'app' }] })
    const outcomes = []
    for (const target of ['/split%2Finner/x', '/split/inner;/x', '//split/inner/x', '/split/inner%252fx']) outcomes.push((await ask(port, head(`GET ${target}`))).status)
    expect([outcomes, seen('/split/').map((request) => request.target)]).toEqual([[400, 400, 200, 400], ['/split/inner/x']])
  },

  'the query arrives as it was sent': async ({ port, on, origin }) => {
    const target = '/query?a=%41&b=%2F&c=+&a=2&d'
    on('/query', OK)
    await ask(port, head(`GET ${target}`))
    expect(origin.seen.map((request) => request.target)).toContain(target)
  },

  'the origin gets a Host of its own': async ({ port, on, seen, origin }) => {
    on('/host', OK)
    await ask(port, head('GET /host'))
    expect(seen('/host').map((request) => value(request, 'host'))).toEqual([`127.0.0.1:${origin.port}`])
  },

  'a preserved Host is the one the client sent': async ({ launch, on, origin, seen }) => {
    on('/preserve', OK)
    const { port } = await launch({ upstreams: { app: { targets: [origin.url], host: 'preserve' } }, routes: [{ upstream: 'app' }] })
    await ask(port, head('GET /preserve', 'Host: Shop.example:8080'))
    expect(seen('/preserve').map((request) => value(request, 'host')?.toLowerCase())).toEqual(['shop.example:8080'])
  },

  'no header is invented': async ({ port, on, seen }) => {
    on('/plain', OK)
    await ask(port, head('GET /plain', 'X-Mine: 1'))
    expect(names(seen('/plain')[0]!).filter((name) => name !== 'connection').sort()).toEqual(['forwarded', 'host', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-mine', 'x-request-id'])
  },

  'headers of the client arrive with their values': async ({ port, on, seen }) => {
    on('/browser', OK)
    const sent = ['User-Agent: Mozilla/5.0 (X11)', 'Accept: text/html,*/*;q=0.8', 'Accept-Language: de-CH,de;q=0.9', 'Accept-Encoding: gzip, br', 'Sec-Fetch-Mode: navigate', 'Cookie: a=1; b=2', 'Cache-Control: max-age=0', 'If-None-Match: "x"', 'Referer: http://public.example/']
    await ask(port, head('GET /browser', ...sent))
    const [request] = seen('/browser')
    for (const line of sent) expect(value(request!, line.split(':', 1)[0]!.toLowerCase())).toBe(line.slice(line.indexOf(':') + 2))
  },

  'a repeated request header keeps its lines': async ({ port, on, seen }) => {
    on('/twice', OK)
    await ask(port, head('GET /twice', 'X-Two: 1', 'X-Two: 2'))
    expect(seen('/twice')[0]!.fields.filter(([name]) => name.toLowerCase() === 'x-two').map(([, text]) => text)).toEqual(['1', '2'])
  },

  'bytes above ASCII in a header value arrive as they were': async ({ port, on, seen }) => {
    on('/latin1', (request) => void request.socket.write(answerText('200 OK', ['X-Back: caf\xe9'], 'ok')))
    const answer = await ask(port, head('GET /latin1', 'X-There: caf\xe9'))
    expect([value(seen('/latin1')[0]!, 'x-there'), values(answer, 'x-back')]).toEqual(['caf\xe9', ['caf\xe9']])
  },

  'fields of the hop end at the gateway': async ({ port, on, seen }) => {
    on('/hop', (request) => void request.socket.write(answerText('200 OK', ['Connection: x-theirs', 'X-Theirs: 1', 'Keep-Alive: timeout=9', 'X-Kept: 1'], 'ok')))
    const answer = await ask(port, head('GET /hop', 'Connection: keep-alive, x-mine, host, via, x-forwarded-for, forwarded, x-request-id, cookie, authorization', 'Cookie: a=1', 'Authorization: Basic eA==', 'X-Mine: 1', 'TE: gzip', 'Proxy-Authorization: Basic eA==', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'))
    for (const name of ['x-mine', 'te', 'proxy-authorization', 'upgrade', 'http2-settings']) expect(names(seen('/hop')[0]!)).not.toContain(name)
    // What the gateway says itself, and what decides about the request, no client can name away.
    for (const name of ['host', 'via', 'x-forwarded-for', 'forwarded', 'x-request-id', 'cookie', 'authorization']) expect(names(seen('/hop')[0]!)).toContain(name)
    expect([values(answer, 'x-theirs'), values(answer, 'x-kept')]).toEqual([[], ['1']])
  },

  'an encoded body arrives as a body the client can read': async ({ port, on }) => {
    const text = 'hello '.repeat(500)
    on('/gzip', (request) => void request.socket.write(answerText('200 OK', ['Content-Encoding: gzip', 'ETag: "z"'], gzipSync(text))))
    const answer = await ask(port, head('GET /gzip', 'Accept-Encoding: gzip'))
    const encoded = values(answer, 'content-encoding')[0] === 'gzip'
    expect(answer.end).toBe('complete')
    expect(encoded ? answer.body.equals(gzipSync(text)) : answer.body.toString() === text).toBe(true)
  },

  'an encoded body arrives in the bytes the origin sent': async ({ port, on }) => {
    const bytes = gzipSync('hello '.repeat(500))
    on('/gzip-bytes', (request) => void request.socket.write(answerText('200 OK', ['Content-Encoding: gzip'], bytes)))
    const answer = await ask(port, head('GET /gzip-bytes', 'Accept-Encoding: gzip'))
    expect(values(answer, 'content-encoding')).toEqual(['gzip'])
    expect(answer.body.equals(bytes)).toBe(true)
  },

  'several cookies stay several': async ({ port, on }) => {
    const cookies = ['a=1; Expires=Thu, 01 Jan 2032 00:00:00 GMT; Path=/', 'b=2; HttpOnly', 'c=3']
    on('/cookies', (request) => void request.socket.write(answerText('200 OK', cookies.map((cookie) => `Set-Cookie: ${cookie}`), 'ok')))
    expect(values(await ask(port, head('GET /cookies')), 'set-cookie')).toEqual(cookies)
  },

  'a redirect is relayed, its address made public': async ({ port, on, origin }) => {
    on('/moved', (request) => void request.socket.write(answerText('302 Found', [`Location: ${origin.url}/elsewhere?x=1`, 'Set-Cookie: s=1'], 'gone')))
    const answer = await ask(port, head('GET /moved', 'Host: public.example'))
    expect([answer.status, values(answer, 'location'), values(answer, 'set-cookie'), answer.body.toString()]).toEqual([302, ['http://public.example/elsewhere?x=1'], ['s=1'], 'gone'])
  },

  'what runs behind is not told': async ({ port, on }) => {
    on('/server', (request) => void request.socket.write(answerText('200 OK', ['Server: secret/1.0', 'X-Powered-By: Secret', 'Via: 1.1 inner'], 'ok')))
    const answer = await ask(port, head('GET /server'))
    expect(JSON.stringify(answer.fields)).not.toMatch(/secret|inner/i)
  },

  'answers without a body are relayed, and the connection goes on': async ({ port, on }) => {
    on('/none', (request) => void request.socket.write(answerText(value(request, 'x-status') ?? '200 OK', ['ETag: "e"'])))
    const connection = await RawConnection.open(port)
    for (const status of ['204 No Content', '304 Not Modified', '204 No Content']) {
      const answer = await connection.send(head('GET /none', `X-Status: ${status}`)).answer()
      expect([answer.status, values(answer, 'etag'), answer.body.byteLength]).toEqual([Number(status.slice(0, 3)), ['"e"'], 0])
    }
    connection.close()
  },

  'a 304 that tells a length is relayed, again and again': async ({ port, on }) => {
    on('/not-modified', (request) => void request.socket.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: "e"\r\n\r\n'))
    for (let i = 0; i < 3; i++) expect((await ask(port, head('GET /not-modified'))).status).toBe(304)
  },

  'HEAD has the length and no body': async ({ port, on }) => {
    on('/head', (request) => void request.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4321\r\n\r\n'))
    const connection = await RawConnection.open(port)
    const first = await connection.send(head('HEAD /head')).answer('HEAD')
    const second = await connection.send(head('HEAD /head')).answer('HEAD')
    expect([first, second].map((answer) => [answer.status, values(answer, 'content-length')])).toEqual([[200, ['4321']], [200, ['4321']]])
    connection.close()
  },

  'statuses are relayed as they are': async ({ port, on }) => {
    on('/status', (request) => void request.socket.write(answerText(`${value(request, 'x-status')} Whatever`, [], 'body')))
    const statuses = [200, 201, 206, 299, 300, 400, 401, 404, 407, 418, 429, 451, 500, 502, 503, 599]
    for (const status of statuses) expect([status, (await ask(port, head('GET /status', `X-Status: ${status}`))).status]).toEqual([status, status])
  },

  'a status that is none becomes 502': async ({ port, on }) => {
    on('/status-999', (request) => void request.socket.write(answerText('999 Odd', [], 'body')))
    expect((await ask(port, head('GET /status-999'))).status).toBe(502)
  },

  'methods arrive as they are': async ({ port, on, seen }) => {
    on('/method', OK)
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']
    for (const method of methods) expect((await ask(port, head(`${method} /method`, 'Content-Length: 0'), method)).status).toBe(200)
    expect(seen('/method').map((request) => request.method)).toEqual(methods)
  },

  'a method that cannot be carried is refused, never changed': async ({ port, on, seen }) => {
    on('/custom', OK)
    const connection = await RawConnection.open(port)
    const answer = await connection.send(head('FOO-BAR /custom')).answer().catch(() => undefined)
    connection.close()
    if (answer?.status === 200) expect(seen('/custom').map((request) => request.method)).toEqual(['FOO-BAR'])
    else expect([answer === undefined || answer.status === 400 || answer.status === 501, seen('/custom')]).toEqual([true, []])
  },

  'a body with a length arrives with that length': async ({ port, on, seen }) => {
    on('/upload', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    const body = randomBytes(100_000)
    const answer = await ask(port, Buffer.concat([Buffer.from(head('POST /upload', 'Content-Length: 100000')), body]), 'POST')
    expect(answer.body.equals(body)).toBe(true)
    expect([value(seen('/upload')[0]!, 'content-length'), value(seen('/upload')[0]!, 'transfer-encoding')]).toEqual(['100000', undefined])
  },

  'a chunked body arrives whole, whatever the method': async ({ port, on, seen }) => {
    on('/chunked', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    for (const method of ['POST', 'DELETE', 'PUT']) {
      const answer = await ask(port, `${head(`${method} /chunked`, 'Transfer-Encoding: chunked')}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, method)
      expect([method, answer.status, answer.body.toString()]).toEqual([method, 200, 'hello world'])
    }
    for (const request of seen('/chunked')) expect(value(request, 'transfer-encoding') === undefined).not.toBe(value(request, 'content-length') === undefined)
  },

  'a request without a body goes without one': async ({ port, on, seen }) => {
    on('/bodiless', OK)
    for (const method of ['GET', 'DELETE', 'OPTIONS']) await ask(port, head(`${method} /bodiless`), method)
    for (const request of seen('/bodiless')) expect([request.method, value(request, 'transfer-encoding')]).toEqual([request.method, undefined])
  },

  'a GET with a body is carried or refused, never cut': async ({ port, on, seen }) => {
    on('/get-body', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    const answer = await ask(port, `${head('GET /get-body', 'Content-Length: 5')}hello`)
    if (answer.status === 200) expect(answer.body.toString()).toBe('hello')
    else expect([answer.status >= 400 && answer.status < 502, seen('/get-body')]).toEqual([true, []])
  },

  'an upload is passed on as it comes': async ({ port, on, origin }) => {
    on('/trickle', async (request) => {
      await request.body()
      OK(request)
    })
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(`${head('POST /trickle', 'Transfer-Encoding: chunked')}5\r\nfirst\r\n`)
    const request = await reached
    expect((await request.bodyBytes(5)).toString()).toBe('first')
    const answer = await connection.send('6\r\nsecond\r\n0\r\n\r\n').answer('POST')
    expect(answer.status).toBe(200)
    connection.close()
  },

  'an answer during an upload is relayed': async ({ port, on }) => {
    on('/early', (request) => void request.socket.write(answerText('401 Unauthorized', ['WWW-Authenticate: Basic'], 'who?')))
    const connection = await RawConnection.open(port)
    connection.send(`${head('POST /early', 'Content-Length: 1000000')}${'x'.repeat(1000)}`)
    expect([(await connection.answer('POST')).status]).toEqual([401])
    connection.close()
  },

  'the head is sent before the body': async ({ port, on, origin }) => {
    on('/head-first', (request) => void request.socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'))
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(head('GET /head-first'))
    const { socket } = await reached
    expect((await connection.head())?.status).toBe(200)
    socket.destroy()
    connection.close()
  },

  'each event is sent at once': async ({ port, on, origin }) => {
    on('/events', (request) => void request.socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'))
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(head('GET /events', 'Accept: text/event-stream'))
    const { socket } = await reached
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      socket.write(`${event.length.toString(16)}\r\n${event}\r\n`)
      expect(await connection.until(event)).toBe(true)
    }
    connection.close()
  },

  'a client that stops reading stops the origin from sending': async ({ port, on, origin }) => {
    const total = 256 * 1024 * 1024
    on('/flood', ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
      const piece = Buffer.alloc(64 * 1024)
      const send = (): void => {
        while (!socket.destroyed && socket.bytesWritten < total) if (!socket.write(piece)) return void socket.once('drain', send)
      }
      send()
    })
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(head('GET /flood'))
    const { socket } = await reached
    await connection.head()
    connection.socket.pause()
    // Nothing tells that no more will be taken but that it is not: the count has to stand still for half a second.
    let before = -1
    while (socket.bytesWritten !== before) {
      before = socket.bytesWritten
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    connection.close()
    expect(socket.bytesWritten).toBeLessThan(64 * 1024 * 1024)
  },

  'a client that leaves before the answer is followed by the upstream request': async ({ port, on, origin }) => {
    on('/silent', () => {})
    await leaveUnanswered(port, origin)
  },

  'clients that leave give back the places that they took': async ({ launch, on, origin }) => {
    on('/silent', () => {})
    on('/served', OK)
    const { port } = await launch({ upstreams: { app: { targets: [origin.url], breaker: { maxInFlight: 2, maxPending: 0 } } }, routes: [{ upstream: 'app' }] })
    for (let i = 0; i < 4; i++) await leaveUnanswered(port, origin)
    expect((await ask(port, head('GET /served'))).status).toBe(200)
  },

  'a client that leaves during the answer is followed by the upstream request': async ({ port, on, origin }) => {
    on('/endless', (request) => void request.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'))
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(head('GET /endless'))
    const request = await reached
    await connection.until('hello')
    connection.socket.resetAndDestroy()
    await request.closed
  },

  'a client that leaves during an upload leaves the origin no complete request': async ({ port, on, origin }) => {
    on('/half', async (request) => {
      await request.body()
      OK(request)
    })
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(`${head('POST /half', 'Transfer-Encoding: chunked')}5\r\nfirst\r\n`)
    const request = await reached
    await request.bodyBytes(5)
    connection.socket.resetAndDestroy()
    await expect(request.body()).rejects.toThrow('broke off')
  },

  'an origin that breaks off is seen to break off': async ({ port, on }) => {
    on('/broken-length', ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'))
    on('/broken-chunks', ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'))
    for (const path of ['/broken-length', '/broken-chunks']) {
      // Where the break overtakes the head, a 502 or a head that breaks off says as much as a broken body.
      const answer = await ask(port, head(`GET ${path}`)).catch(() => undefined)
      if (answer && answer.status !== 502) expect([path, answer.status, answer.end]).toEqual([path, 200, 'broken'])
    }
  },

  'the client address is told, and cannot be invented': async ({ port, on, seen }) => {
    on('/address', OK)
    await ask(port, head('GET /address', 'X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'Forwarded: for=6.6.6.6', 'X-Real-IP: 6.6.6.6'))
    const [request] = seen('/address')
    expect(request!.head).not.toMatch(/6\.6\.6\.6|evil/)
    expect(value(request!, 'x-forwarded-for')).toBe('127.0.0.1')
    expect(value(request!, 'forwarded')).toBe('for=127.0.0.1;host=public.example;proto=http')
  },

  'a request that goes in circles is ended': async ({ launch }) => {
    let gatewayPort = 0
    const circle = createServer((socket) => {
      const back = connect(gatewayPort, '127.0.0.1')
      socket.on('error', () => back.destroy()).pipe(back)
      back.on('error', () => socket.destroy()).pipe(socket)
    }).listen(0, '127.0.0.1')
    await once(circle, 'listening')
    const { port } = circle.address() as AddressInfo
    gatewayPort = (await launch({ upstreams: { itself: { targets: [`http://127.0.0.1:${port}`] } }, routes: [{ upstream: 'itself' }] })).port
    expect((await ask(gatewayPort, head('GET /loop'))).status).toBe(508)
    circle.close()
  },

  'what could be read in two ways is refused, and the origin sees nothing': async ({ port, on, origin }) => {
    on('/smuggle', OK)
    const smuggled = 'GET /smuggle/inner HTTP/1.1\r\nHost: x\r\n\r\n'
    const attacks = [
      head('POST /smuggle', 'Content-Length: 4', 'Transfer-Encoding: chunked') + `0\r\n\r\n${smuggled}`,
      head('POST /smuggle', 'Content-Length: 4', 'Content-Length: 5') + `abcd${smuggled}`,
      head('POST /smuggle', 'Content-Length: 4, 5') + `abcd${smuggled}`,
      head('POST /smuggle', 'Content-Length: +4') + `abcd${smuggled}`,
      head('POST /smuggle', 'Transfer-Encoding: gzip, chunked') + `0\r\n\r\n${smuggled}`,
      head('POST /smuggle', 'Transfer-Encoding: xchunked') + `0\r\n\r\n${smuggled}`,
      head('POST /smuggle', 'Transfer-Encoding : chunked') + `0\r\n\r\n${smuggled}`,
      head('GET /smuggle', 'Host: a.example', 'Host: b.example'),
      head('GET /smuggle', 'Host: a.example/evil?q='),
      head('GET /smuggle', 'Host: user@a.example'),
      head('GET /smuggle', 'Host: a b'),
      head('GET /smuggle', 'Host: a.example', 'X: 1\r\n folded'),
    ]
    for (const attack of attacks) {
      const before = origin.seen.length
      const connection = await RawConnection.open(port)
      connection.send(attack)
      const answer = await connection.answer().catch(() => undefined)
      connection.close()
      expect([attack, answer === undefined || (answer.status >= 400 && answer.status < 600), origin.seen.slice(before).map((request) => request.target)]).toEqual([attack, true, []])
    }
  },

  'an absolute-form target of another host is refused': async ({ port, on, origin }) => {
    on('/elsewhere', OK)
    const before = origin.seen.length
    expect((await ask(port, head('GET http://other.example/elsewhere', 'Host: a.example'))).status).toBe(400)
    expect(origin.seen.length).toBe(before)
  },

  'an absolute-form target of the same host is served': async ({ port, on, seen }) => {
    on('/absolute', OK)
    expect((await ask(port, head('GET http://public.example/absolute?x'))).status).toBe(200)
    expect(seen('/absolute').map((request) => request.target)).toEqual(['/absolute?x'])
  },

  'a denied path is denied in every disguise': async ({ port, origin }) => {
    const before = origin.seen.length
    const disguises = ['/admin', '/admin/x', '/%61dmin/x', '//admin/x', '/./admin', '/x/../admin/', '/x/%2e%2e/admin', '/admin%2Fx', '/admin%252Fx', '/admin%5Cx', '/admin;v=1/x', '/%61dmin;/x', '/x/..%2fadmin', '/x/..;/admin', '/x/%252e%252e/admin']
    for (const path of disguises) expect([path, (await ask(port, head(`GET ${path}`))).status]).toEqual([path, expect.toBeOneOf([400, 403])])
    expect(origin.seen.length).toBe(before)
  },

  'a refused connection is 502, a silent origin 504, each a problem document': async ({ launch, on, origin }) => {
    on('/never', () => {})
    const { port } = await launch({
      upstreams: { dead: { targets: ['http://127.0.0.1:1'] }, slow: { targets: [origin.url], timeout: { headers: '300ms' } } },
      routes: [{ path: '/dead', upstream: 'dead' }, { path: '/*', upstream: 'slow' }],
    })
    const [dead, slow] = [await ask(port, head('GET /dead')), await ask(port, head('GET /never'))]
    expect([dead.status, slow.status]).toEqual([502, 504])
    expect(values(dead, 'content-type')).toEqual(['application/problem+json'])
    expect(values(slow, 'proxy-status')).toEqual(['fetchgate; error=http_response_timeout'])
    expect(dead.body.toString() + slow.body.toString()).not.toContain('127.0.0.1')
  },

  'a target that does not connect is given up after the connect limit': async ({ launch, on, origin }) => {
    on('/other', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    const hole = await startBlackHole()
    const app = { targets: [hole.url, origin.url], timeout: { connect: '300ms' } }
    const { port } = await launch({ upstreams: { app, alone: { ...app, targets: [hole.url] } }, routes: [{ path: '/alone', upstream: 'alone' }, { path: '/*', upstream: 'app' }] })
    const alone = await ask(port, head('GET /alone'))
    expect([alone.status, values(alone, 'proxy-status')]).toEqual([504, ['fetchgate; error=connection_timeout']])
    const posted = await ask(port, `${head('POST /other', 'Content-Length: 5')}hello`, 'POST')
    expect([posted.status, posted.body.toString()]).toEqual([200, 'hello'])
    await hole.close()
  },

  'a deadline covers the whole exchange': async ({ launch, on, origin }) => {
    on('/late', () => {})
    on('/long', ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'))
    const { port } = await launch({ upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app', deadline: '500ms' }] })
    expect((await ask(port, head('GET /late'))).status).toBe(504)
    const long = await ask(port, head('GET /long'))
    expect([long.status, long.body.toString(), long.end]).toEqual([200, 'hello', 'broken'])
  },

  'a dead target is stepped over': async ({ launch, on, origin }) => {
    on('/alive', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    const { port } = await launch({ upstreams: { app: { targets: ['http://127.0.0.1:1', origin.url] } }, routes: [{ upstream: 'app' }] })
    for (let i = 0; i < 4; i++) expect((await ask(port, head('GET /alive'))).status).toBe(200)
  },

  'targets take turns by weight': async ({ launch }) => {
    const respond = (name: string): Responder => ({ socket }) => void socket.write(answerText('200 OK', [], name))
    const origins = await Promise.all([startRawOrigin(respond('a')), startRawOrigin(respond('b'))])
    const { port } = await launch({ upstreams: { app: { targets: [{ url: origins[0].url, weight: 3 }, origins[1].url] } }, routes: [{ upstream: 'app' }] })
    let turns = ''
    for (let i = 0; i < 8; i++) turns += (await ask(port, head('GET /turn'))).body.toString()
    expect(turns).toBe('aabaaaba')
    await Promise.all(origins.map((origin) => origin.close()))
  },

  'a cacheable answer is served from the cache, in the same bytes': async ({ port, on, seen }) => {
    const body = randomBytes(70_000)
    on('/cached/', (request) => void request.socket.write(answerText('200 OK', ['Cache-Control: max-age=60', 'Content-Type: image/x', 'ETag: "c"'], body)))
    const miss = await ask(port, head('GET /cached/x'))
    expect(values(miss, 'cache-status')[0]).toMatch(/^fetchgate; fwd=uri-miss; .*stored$/)
    const hit = await ask(port, head('GET /cached/x'))
    expect([hit.status, hit.body.equals(body), values(hit, 'age'), values(hit, 'content-type')]).toEqual([200, true, [expect.stringMatching(/^[01]$/)], ['image/x']])
    expect(values(hit, 'cache-status')[0]).toMatch(/^fetchgate; hit; ttl=(60|59)$/)
    expect((await ask(port, head('GET /cached/x', 'If-None-Match: "c"'))).status).toBe(304)
    expect(seen('/cached/')).toHaveLength(1)
  },

  'large bodies pass whole in both directions': async ({ port, on }) => {
    const body = randomBytes(8 * 1024 * 1024)
    on('/large', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    const answer = await ask(port, Buffer.concat([Buffer.from(head('POST /large', `Content-Length: ${body.byteLength}`)), body]), 'POST')
    expect([answer.body.byteLength, md5(answer.body)]).toEqual([body.byteLength, md5(body)])
  },

  'a client that expects 100 gets it and its answer': async ({ port, on }) => {
    on('/expect', async (request) => void request.socket.write(answerText('200 OK', [], await request.body())))
    const connection = await RawConnection.open(port)
    connection.send(head('POST /expect', 'Content-Length: 5', 'Expect: 100-continue'))
    expect((await connection.head())?.status).toBe(100)
    expect((await connection.send('hello').answer('POST')).body.toString()).toBe('hello')
    connection.close()
  },

  'early hints are relayed before the answer, and learnt for the next who asks': async ({ port, on, origin, launch }) => {
    on('/hints', ({ socket }) => void socket.write(`HTTP/1.1 103 Early Hints\r\nLink: <${origin.url}/style.css>; rel=preload\r\n\r\n`))
    const reached = origin.next()
    const connection = await RawConnection.open(port)
    connection.send(head('GET /hints'))
    const { socket } = await reached
    const hints = await connection.head()
    expect([hints?.status, values(hints!, 'link')]).toEqual([103, ['<http://public.example/style.css>; rel=preload']])
    socket.write(answerText('200 OK', [], 'ok'))
    expect((await connection.answer()).status).toBe(200)
    connection.close()

    const learning = await launch({ earlyHints: { links: ['<https://cdn.example>; rel=preconnect'] }, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    on('/page', () => {})
    for (const links of [['<https://cdn.example>; rel=preconnect'], ['<https://cdn.example>; rel=preconnect', '</app.css>; rel=preload; as=style']]) {
      const asked = origin.next()
      const browser = await RawConnection.open(learning.port)
      browser.send(head('GET /page', 'Sec-Fetch-Mode: navigate'))
      // The server has not answered yet.
      const hinted = await browser.head()
      expect([hinted?.status, values(hinted!, 'link').join(', ')]).toEqual([103, links.join(', ')])
      ;(await asked).socket.write(answerText('200 OK', ['Content-Type: text/html', 'Link: </app.css>; rel=preload; as=style'], '<!doctype html>'))
      expect((await browser.answer()).status).toBe(200)
      browser.close()
    }
  },

  'trailers reach a client that takes them': async ({ port, on, seen }) => {
    on('/trailers', ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n'))
    const connection = await RawConnection.open(port)
    connection.send(head('GET /trailers', 'TE: trailers', 'Connection: TE'))
    expect(await connection.until('\r\n0\r\nX-Sum: 7\r\n\r\n')).toBe(true)
    expect(value(seen('/trailers')[0]!, 'te')).toBe('trailers')
    connection.close()
  },

  'the client connection is kept for the next request': async ({ port, on }) => {
    on('/again', OK)
    const connection = await RawConnection.open(port)
    for (let i = 0; i < 5; i++) expect((await connection.send(head('GET /again')).answer()).status).toBe(200)
    connection.close()
  },

  'a head that is never finished is ended': async ({ launch, origin }) => {
    const { port } = await launch({ listen: { headers: '1s' }, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    const connection = await RawConnection.open(port)
    await connection.send('GET / HTTP/1.1\r\nHost: public.example\r\n').closed()
  },

  'an idle connection is ended': async ({ launch, on, origin }) => {
    on('/idle', OK)
    const { port } = await launch({ listen: { keepAlive: '1s' }, upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    const connection = await RawConnection.open(port)
    await connection.send(head('GET /idle')).answer()
    await connection.closed()
  },

  'a stop lets requests in flight end and takes no new ones': async ({ launch, on, origin }) => {
    let answer = (): void => {}
    on('/slow', (request) => void (answer = () => OK(request)))
    const gateway = await launch({ upstreams: { app: { targets: [origin.url] } }, routes: [{ upstream: 'app' }] })
    const reached = origin.next()
    const connection = await RawConnection.open(gateway.port)
    connection.send(head('GET /slow'))
    await reached
    const stopped = gateway.stop('SIGTERM')
    await refused(gateway.port)
    answer()
    expect((await connection.answer()).body.toString()).toBe('ok')
    connection.close()
    expect(await stopped).toBe(0)
  },
} satisfies Record<string, Case>

/** The name of a case, for skips. */
export type AdapterCase = keyof typeof CASES

/** Runs the suite. A skip needs the reason why this runtime cannot, which is part of the case's name in the report. */
export function adapterContract(name: string, launch: Launch, skip: Skips<AdapterCase> = {}): void {
  runCases(name, launch, CASES, skip, (origin) => ({
    upstreams: { app: { targets: [origin.url] } },
    filters: [{ deny: { path: ['/admin/*'] } }],
    routes: [{ path: '/cached/*', upstream: 'app', cache: true }, { path: '/*', upstream: 'app' }],
  }))
}

/** Resolves once connections to the port are refused. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const open = await RawConnection.open(port).then((connection) => (connection.close(), true), () => false)
    if (!open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
