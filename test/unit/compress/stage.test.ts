import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../../src/index.js'
import { text, worldOf } from '../../support/gateway.js'

const PAGE = 'a page '.repeat(400)
const html = (): ReturnType<typeof text> => text(PAGE, ['Content-Type', 'text/html'])
const asked = (path: string): Request => new Request(`http://gate.example${path}`, { headers: { 'Accept-Encoding': 'gzip, br' } })

describe('compression of a gateway', () => {
  const config: Partial<Config> = { compress: true, routes: [{ path: '/plain', upstream: 'app', compress: false }, { path: '/own', respond: { body: PAGE, headers: { 'Content-Type': 'text/html' } } }, { upstream: 'app' }] }

  test('is for all routes but those that say no, by what the Web brings where nothing else is given', async () => {
    const { fetch } = worldOf(config, html)
    for (const path of ['/', '/own']) {
      const response = await fetch(asked(path))
      expect([path, response.headers.get('content-encoding'), response.headers.get('content-length')]).toEqual([path, 'gzip', null])
      expect(gunzipSync(new Uint8Array(await response.arrayBuffer())).toString()).toBe(PAGE)
    }
    const plain = await fetch(asked('/plain'))
    expect([plain.headers.get('content-encoding'), plain.headers.get('vary'), await plain.text()]).toEqual([null, null, PAGE])
  })

  test('comes after the filters, and works by the level of its coding', async () => {
    const levels: unknown[] = []
    const compress = (body: ReadableStream<Uint8Array>, settings: unknown): ReadableStream<Uint8Array> => (levels.push(settings), body)
    const { fetch } = worldOf({ compress: { level: { br: 7 } }, filters: [{ securityHeaders: {} }] }, html, { compressors: { br: { streams: true, compress } } })
    const response = await fetch(asked('/'))
    expect([response.headers.get('content-encoding'), response.headers.has('x-content-type-options'), levels]).toEqual(['br', true, [{ level: 7, length: PAGE.length }]])
  })

  test('is refused where none of its codings can be had', () => {
    expect(() => worldOf({ routes: [{ upstream: 'app', compress: { encodings: ['zstd'] } }] })).toThrow(/routes\[0\]\.compress\.encodings: this runtime can only compress by: gzip/)
  })
})
