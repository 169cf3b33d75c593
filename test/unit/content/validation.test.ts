import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { BytesPayload, type Fields, StreamPayload } from '../../../src/adapter.js'
import { GatewayError } from '../../../src/index.js'
import { wantsTag } from '../../../src/http/etag/wanted.js'
import { text, worldOf } from '../../support/gateway.js'

const PAGE = 'a page '.repeat(400)
const TAG = `"${createHash('sha256').update(PAGE).digest().subarray(0, 16).toString('base64url')}"`
const chunked = (body: string, fields: Fields = []) => ({ status: 200, fields, body: new StreamPayload(new BytesPayload(new TextEncoder().encode(body)).stream()) })

describe('tags of the gateway', () => {
  test('are strong, of the bytes, and spare who has them the body', async () => {
    const { ask, sent } = worldOf({ etag: true, routes: [{ path: '/off', upstream: 'app', etag: false }, { upstream: 'app' }] }, () => text(PAGE, ['Content-Type', 'text/html']))
    const first = await ask('GET', '/')
    expect([first.status, first.value('etag'), first.text, first.value('content-length')]).toEqual([200, TAG, PAGE, String(PAGE.length)])
    for (const tag of [TAG, `W/${TAG}`, `"x", ${TAG}`, '*']) {
      const known = await ask('GET', '/', { fields: ['If-None-Match', tag] })
      expect([tag, known.status, known.value('etag'), known.hasBody, known.value('content-length'), known.value('content-type')]).toEqual([tag, 304, TAG, false, undefined, undefined])
    }
    expect((await ask('GET', '/', { fields: ['If-None-Match', '"other"'] })).text).toBe(PAGE)
    expect([(await ask('GET', '/off')).value('etag'), sent.length]).toEqual([undefined, 7])
  })

  test.each<[string, () => ReturnType<typeof text> | ReturnType<typeof chunked>]>([
    ['a body that does not tell its length', () => chunked(PAGE)],
    ['a body above the limit', () => text(PAGE.repeat(2))],
    ['an answer with a date of its own', () => text(PAGE, ['Last-Modified', 'Tue, 06 Jan 2026 12:00:00 GMT'])],
    ['what nobody may keep', () => text(PAGE, ['Cache-Control', 'no-store'])],
    ['an error', () => text(PAGE, [], 404)],
  ])('are not for %s', async (_, origin) => {
    const { ask } = worldOf({ etag: { maxSize: '4KiB' } }, origin)
    const told = await ask('GET', '/')
    expect([told.value('etag'), told.text.startsWith(PAGE)]).toEqual([undefined, true])
  })

  test('are not for what trailers follow', () => {
    const { body } = text(PAGE)
    expect([wantsTag({ status: 200, fields: [], body }, 4096), wantsTag({ status: 200, fields: ['Trailer', 'X'], body }, 4096)]).toEqual([true, false])
  })

  test('are weak where the body is compressed, and known all the same', async () => {
    const { ask } = worldOf({ etag: true, compress: true }, () => text(PAGE, ['Content-Type', 'text/html']))
    const gzip = ['Accept-Encoding', 'gzip']
    expect((await ask('GET', '/', { fields: gzip })).value('etag')).toBe(`W/${TAG}`)
    const known = await ask('GET', '/', { fields: [...gzip, 'If-None-Match', `W/${TAG}`] })
    expect([known.status, known.value('etag'), known.value('content-encoding')]).toEqual([304, `W/${TAG}`, undefined])
  })

  test('are stored with what a cache stores, however it came, for conditions and ranges', async () => {
    for (const origin of [() => text(PAGE, ['Content-Type', 'text/html', 'Cache-Control', 'max-age=60']), () => chunked(PAGE, ['Content-Type', 'text/html', 'Cache-Control', 'max-age=60'])]) {
      const { fetch, ask, sent } = worldOf({ etag: true, compress: true, routes: [{ upstream: 'app', cache: true }] }, origin)
      const get = (fields: Record<string, string> = {}): Promise<Response> => fetch(new Request('http://gate.example/', { headers: fields }))
      await (await get({ 'Accept-Encoding': 'gzip' })).arrayBuffer()
      const hit = await get({ 'Accept-Encoding': 'gzip' })
      expect([hit.headers.get('etag'), hit.headers.get('cache-status'), gunzipSync(new Uint8Array(await hit.arrayBuffer())).toString()]).toEqual([`W/${TAG}`, 'fetchgate; hit; ttl=60', PAGE])
      expect((await get({ 'If-None-Match': TAG })).status).toBe(304)
      const part = await ask('GET', '/', { fields: ['Range', 'bytes=2-5', 'If-Range', TAG] })
      expect([part.status, part.text, part.value('etag'), sent.length]).toEqual([206, 'page', TAG, 1])
    }
  })

  test('a body that breaks before it is whole is a failure of the server', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new GatewayError('connection_terminated')) }, { highWaterMark: 0 })
    const { ask } = worldOf({ etag: true }, () => ({ status: 200, fields: ['Content-Length', '5'], body: new StreamPayload(body, 5) }))
    expect((await ask('GET', '/')).status).toBe(502)
  })
})

describe('conditions, where the server does not judge them', () => {
  const MODIFIED = 'Tue, 06 Jan 2026 12:00:00 GMT'
  const LATER = 'Tue, 06 Jan 2026 13:00:00 GMT'
  test.each<[string, Fields, Fields, number]>([
    ['the tag of the server', ['ETag', '"a"'], ['If-None-Match', '"a"'], 304],
    ['a weak tag', ['ETag', 'W/"a"'], ['If-None-Match', '"a"'], 304],
    ['another tag', ['ETag', '"a"'], ['If-None-Match', '"b"'], 200],
    ['a date', ['Last-Modified', MODIFIED], ['If-Modified-Since', LATER], 304],
    ['an earlier date', ['Last-Modified', LATER], ['If-Modified-Since', MODIFIED], 200],
    ['a tag that differs, before a date that does not', ['ETag', '"a"', 'Last-Modified', MODIFIED], ['If-None-Match', '"b"', 'If-Modified-Since', LATER], 200],
    ['a tag that does not differ, before a date that does', ['ETag', '"a"', 'Last-Modified', LATER], ['If-None-Match', '"a"', 'If-Modified-Since', MODIFIED], 304],
    ['what is for the server', ['ETag', '"a"'], ['If-None-Match', '"a"', 'If-Match', '"a"'], 200],
    ['what is for the server by date', ['Last-Modified', MODIFIED], ['If-Modified-Since', LATER, 'If-Unmodified-Since', LATER], 200],
    ['the date of the answer alone', ['Date', MODIFIED, 'Cache-Control', 'no-store'], ['If-Modified-Since', LATER], 200],
  ])('%s', async (_, validators, conditions, status) => {
    const { ask } = worldOf({ etag: true }, () => text(PAGE, [...validators, 'X-Own', '1']))
    const told = await ask('GET', '/', { fields: conditions })
    expect([told.status, told.hasBody, told.value('x-own')]).toEqual([status, status === 200, '1'])
    expect((await ask('HEAD', '/', { fields: conditions })).status).toBe(status)
    expect((await ask('POST', '/', { fields: conditions })).status).toBe(200)
  })
})
