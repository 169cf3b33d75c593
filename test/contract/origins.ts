// Origins that misbehave: the client gets a clear answer or a broken transfer, never another's bytes, and the gateway lives on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { answerText, type RawOrigin, type Responder, startRawOrigin } from '../support/raw-origin.js'
import { head, type RawAnswer, RawConnection } from '../support/raw-client.js'
import type { GatewayProcess } from '../support/runtimes.js'

/** What a client may see: a status, or a transfer that breaks. */
type Outcome = number | 'broken'

interface Misbehaviour {
  readonly answer: Responder
  readonly allowed: readonly Outcome[]
}

const send = (bytes: string | Buffer): Responder => ({ socket }) => void socket.write(bytes)
const sendAndEnd = (bytes: string): Responder => ({ socket }) => void socket.end(bytes)
const sendAndReset = (bytes: string): Responder => ({ socket }) => void socket.write(bytes, () => setImmediate(() => socket.resetAndDestroy()))

/** Sends it again and again, slowly. */
const drip = (piece: string): Responder => ({ socket }) => {
  const timer = setInterval(() => socket.write(piece), 100)
  socket.once('close', () => clearInterval(timer))
}

const MISBEHAVIOURS = {
  'garbage in place of an answer': { answer: sendAndEnd('\x00\x01\x02 not http at all\r\n\r\n'), allowed: [502] },
  'a status line without a status': { answer: sendAndEnd('HTTP/1.1 OK\r\n\r\n'), allowed: [502] },
  'a body without a head': { answer: sendAndEnd('<html>hello</html>'), allowed: [502] },
  'an end without an answer': { answer: ({ socket }) => void socket.end(), allowed: [502] },
  'a reset without an answer': { answer: ({ socket }) => void socket.resetAndDestroy(), allowed: [502] },
  'a reset inside the head': { answer: sendAndReset('HTTP/1.1 200 OK\r\nContent-Le'), allowed: [502] },
  'a reset after the head': { answer: sendAndReset('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'), allowed: [502, 'broken'] },
  'a reset inside the body': { answer: sendAndReset('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'), allowed: [502, 'broken'] },
  'silence': { answer: () => {}, allowed: [504] },
  'silence inside the head': { answer: send('HTTP/1.1 200 OK\r\nX: 1\r\n'), allowed: [504] },
  'silence inside the body': { answer: send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'), allowed: [502, 'broken'] },
  'silence inside a large body': { answer: send('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf'), allowed: ['broken'] },
  'a head without an end': { answer: send(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(2_000_000)}`), allowed: [502, 504] },
  'a head of a megabyte': { answer: send(answerText('200 OK', Array.from({ length: 1000 }, (_, i) => `X-${i}: ${'x'.repeat(1000)}`), 'ok')), allowed: [502] },
  'a space before a colon': { answer: send('HTTP/1.1 200 OK\r\nX-Bad : 1\r\nContent-Length: 2\r\n\r\nok'), allowed: [502] },
  'a NUL in a value': { answer: send('HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok'), allowed: [502] },
  'two different lengths': { answer: send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'), allowed: [502] },
  'a length that is none': { answer: send('HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nok'), allowed: [502] },
  'a chunk size that is none': { answer: send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n'), allowed: [502, 'broken'] },
  'a 101 that nobody asked for': { answer: send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'), allowed: [502, 504] },
  'a carriage return in a value': { answer: send('HTTP/1.1 200 OK\r\nX: a\rContent-Length: 1\r\nContent-Length: 2\r\n\r\nok'), allowed: [502] },
  'a status below a hundred': { answer: sendAndEnd('HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok'), allowed: [502] },
  'a coding that nobody asked for': { answer: send('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'), allowed: [502] },
  'a coding that is none': { answer: sendAndEnd('HTTP/1.1 200 OK\r\nTransfer-Encoding: whatever\r\n\r\nok'), allowed: [200, 502] },
  'a coding behind chunked': { answer: sendAndEnd('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n2\r\nok\r\n0\r\n\r\n'), allowed: [502] },
  'a reason phrase above ASCII': { answer: send('HTTP/1.1 200 Trouv\xc3\xa9\r\nContent-Length: 2\r\n\r\nok'), allowed: [200] },
  'a reason phrase with a control character': { answer: send('HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok'), allowed: [200, 502] },
  'hints that are malformed': { answer: send('HTTP/1.1 103 Early Hints\r\nLink: </x>; rel="a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), allowed: [200] },
  'hints without an end': { answer: drip('HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n'), allowed: [504] },
  'a thousand interim answers': { answer: send(`${'HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n'.repeat(1000)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`), allowed: [200, 502] },
  'a status of a thousand': { answer: sendAndEnd('HTTP/1.1 1000 OK\r\nContent-Length: 2\r\n\r\nok'), allowed: [502] },
} satisfies Record<string, Misbehaviour>

/** Interim answers before the answer, none of them asked for; cut where a network might. */
const UNASKED: readonly (readonly string[])[] = [
  ['HTTP/1.1 100 Continue\r\n\r\n'],
  ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nX: 1\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'],
  ['HTT', 'P/1.1 100 Cont', 'inue\r\n\r', '\nHTTP/1.1 1', '00 \r\n\r\nHTTP/1'],
]

export type OriginCase = keyof typeof MISBEHAVIOURS | 'a 100 that nobody asked for is passed over' | 'bytes after an answer are not taken for the next one' | 'a length and a coding together are read one way'

/** Runs the suite; skips carry their reason. */
export function originsContract(name: string, launch: (config: Config) => Promise<GatewayProcess>, skip: Partial<Record<OriginCase, string>> = {}): void {
  describe(`${name}, origins that misbehave`, () => {
    let answer: Responder = () => {}
    let origin: RawOrigin
    let gateway: GatewayProcess

    const outcome = async (): Promise<Outcome> => {
      const connection = await RawConnection.open(gateway.port)
      const got: RawAnswer | undefined = await connection.send(head('GET /')).answer().catch(() => undefined)
      connection.close()
      return got === undefined || got.end === 'broken' ? 'broken' : got.status
    }
    const add = (title: OriginCase, run: () => Promise<void>): void => {
      if (skip[title] === undefined) test(title, run)
      else test.skip(`${title} (${name}: ${skip[title]})`, run)
    }

    beforeAll(async () => {
      origin = await startRawOrigin((request) => answer(request))
      gateway = await launch({ upstreams: { app: { targets: [origin.url], timeout: { headers: '1s', idle: '1s' }, retry: { attempts: 0 } } }, routes: [{ upstream: 'app' }] })
    })

    afterAll(async () => {
      await gateway.stop('SIGKILL')
      await origin.close()
    })

    for (const [title, { answer: misbehave, allowed }] of Object.entries<Misbehaviour>(MISBEHAVIOURS)) {
      add(title as OriginCase, async () => {
        answer = misbehave
        expect(allowed).toContain(await outcome())
        answer = send(answerText('200 OK', [], 'ok'))
        expect(await outcome()).toBe(200)
      })
    }

    add('a 100 that nobody asked for is passed over', async () => {
      const connection = await RawConnection.open(gateway.port)
      for (const pieces of UNASKED) {
        answer = async (request) => {
          for (const piece of pieces) {
            request.socket.write(piece)
            await new Promise(setImmediate)
          }
          // The last of the pieces may be the beginning of the answer.
          request.socket.write(answerText('200 OK', [], await request.body()).subarray(pieces.at(-1)!.endsWith('HTTP/1') ? 'HTTP/1'.length : 0))
        }
        for (const body of ['', 'hello']) {
          const got = await connection.send(`${head(body === '' ? 'GET /' : 'POST /', `Content-Length: ${body.length}`)}${body}`).answer()
          expect([pieces, got.status, got.body.toString()]).toEqual([pieces, 200, body])
        }
      }
      connection.close()
    })

    add('bytes after an answer are not taken for the next one', async () => {
      const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
      for (const [method, first] of [['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst'], ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'], ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n'], ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n']] as const) {
        for (const late of [false, true]) {
          answer = ({ socket, target }) => void socket.write(target !== '/first' ? answerText('200 OK', [], 'second') : late ? first : first + poison)
          const reached = origin.next()
          const connection = await RawConnection.open(gateway.port)
          const got = await connection.send(head(`${method} /first`)).answer(method)
          const { socket, closed } = await reached
          // Whoever sees it on an idle connection closes that.
          if (late && socket.write(poison)) await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 200))])
          const next = await connection.send(head('GET /second')).answer()
          connection.close()
          expect([first, late, got.body.toString(), next.body.toString()]).toEqual([first, late, expect.not.stringContaining('poison'), expect.not.stringMatching(/^poison$/)])
        }
      }
    })

    add('a length and a coding together are read one way', async () => {
      answer = send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n')
      const connection = await RawConnection.open(gateway.port)
      const got = await connection.send(head('GET /')).answer()
      connection.close()
      if (got.status !== 502) expect([got.body.toString(), got.fields.filter(([field]) => /^content-length$/i.test(field)).map(([, value]) => value)]).toEqual(['ok', expect.not.arrayContaining(['4'])])
    })
  })
}
