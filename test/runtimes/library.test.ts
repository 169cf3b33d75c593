// The gateway as a function: `gateway.fetch` over the fetch of each runtime, which decodes bodies and follows redirects if it is let.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerText, type RawOrigin, startRawOrigin } from '../support/raw-origin.js'
import { RUNTIMES } from '../support/runtimes.js'

const USER = fileURLToPath(new URL('../support/library-user.mjs', import.meta.url))
const TEXT = 'hello '.repeat(40)
const TEXT_BYTES = [...Buffer.from(TEXT)]

/** What an origin sends that was asked not to encode. */
const CODED: Readonly<Record<string, [coding: string, body: Buffer]>> = {
  '/plain': ['', Buffer.from(TEXT)],
  '/gzip': ['gzip', gzipSync(TEXT)],
  '/br': ['br', brotliCompressSync(TEXT)],
  '/deflate': ['deflate', deflateSync(TEXT)],
  '/zstd': ['zstd', Buffer.from('not read')],
  '/both': ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
  '/ours': ['aws-chunked', Buffer.from(TEXT)],
}

interface Told {
  readonly codings: readonly { path: string; status: number; coding: string | null; length: string | null; bytes: number[] }[]
  readonly bodiless: unknown
  readonly moved: unknown
  readonly readBefore: unknown
  readonly streamed: unknown
  readonly consumed: unknown
}

describe.each([['node lowest', 'node lowest'], ['node newest', 'node newest'], ['bun', 'bun'], ['deno', 'deno']] as const)('as a function on %s', (_, runtime) => {
  let origin: RawOrigin
  let told: Told

  beforeAll(async () => {
    origin = await startRawOrigin(async (request) => {
      const { target, socket } = request
      const coded = CODED[target]
      if (coded) socket.write(answerText('200 OK', coded[0] === '' ? [] : [`Content-Encoding: ${coded[0]}`], request.method === 'HEAD' ? '' : coded[1]))
      else if (target.startsWith('/status/')) socket.write(answerText(`${target.slice(8)} Whatever`, []))
      else if (target === '/moved') socket.write(answerText('302 Found', [`Location: ${origin.url}/plain`, 'Set-Cookie: a=1; Expires=Thu, 01 Jan 2032 00:00:00 GMT', 'Set-Cookie: b=2']))
      else socket.write(answerText('200 OK', [], await request.body()))
    })
    const [command, ...args] = RUNTIMES[runtime]
    const { stdout } = await promisify(execFile)(command, [...args, USER, origin.url, JSON.stringify(Object.keys(CODED))])
    told = JSON.parse(stdout) as Told
  })

  afterAll(() => origin.close())

  test('a body has the coding that its fields say, or is an error where only some runtimes would have decoded it', () => {
    const decoded = { status: 200, coding: null, length: null, bytes: TEXT_BYTES }
    const refused = { status: 502, coding: null, length: expect.any(String) as string, bytes: expect.any(Array) as number[] }
    expect(told.codings).toEqual([
      { path: '/plain', ...decoded, length: '240' },
      { path: '/gzip', ...decoded },
      { path: '/br', ...decoded },
      { path: '/deflate', ...refused },
      { path: '/zstd', ...refused },
      { path: '/both', ...refused },
      { path: '/ours', ...decoded, coding: 'aws-chunked', length: '240' },
    ])
    expect(origin.seen.filter(({ method }) => method === 'GET').every(({ head }) => /^accept-encoding: identity/im.test(head))).toBe(true)
  })

  test('204, 205 and 304 are Responses, and HEAD has no body', () => {
    expect(told.bodiless).toEqual([[204, null], [205, null], [304, null], [200, '']])
  })

  test('a redirect is handed on with each of its cookies', () => {
    expect(told.moved).toEqual([302, 'http://public.example/plain', ['a=1; Expires=Thu, 01 Jan 2032 00:00:00 GMT', 'b=2']])
  })

  test('a body that was read from a copy, or wrapped anew, is forwarded; one that was used up is an error that says so', () => {
    expect([told.readBefore, told.streamed]).toEqual([['copied', 'copied'], 'streamed'])
    expect(told.consumed).toEqual([500, expect.stringContaining('read before')])
  })
})
