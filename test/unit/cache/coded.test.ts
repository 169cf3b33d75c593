// What a route compresses and its cache stores, in a world made of values: over the memory store and over a plain Web Cache.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Answer, CacheStore, Coding, Compressor, Config } from '../../../src/index.js'
import { createMemoryStore } from '../../../src/cache/stores/memory.js'
import { BytesPayload, type Fields, StreamPayload } from '../../../src/adapter.js'
import { openDiskStore } from '../../../runtimes/stores/disk.js'
import { type Origin, text, type World, worldOf } from '../../support/gateway.js'

const PAGE = 'a page '.repeat(400)
const page = (body = PAGE, ...fields: string[]): Answer => text(body, ['Content-Type', 'text/html', 'Cache-Control', 'max-age=60', 'ETag', `"${body.length}"`, ...fields])

/** A coding that one can read: its name and level in front of the body. */
function readable(name: Coding, made: string[]): Compressor {
  return {
    streams: true,
    compress: (body, { level }) => {
      made.push(`${name}${level}`)
      const head = new TextEncoder().encode(`${name}${level} `)
      return body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({ start: (controller) => void controller.enqueue(head) }))
    },
  }
}

/** The same store by the Web interface alone. */
const plain = ({ match, put, delete: remove }: CacheStore): CacheStore => ({ match, put, delete: remove })

const folders: string[] = []
const folder = (): string => (folders.push(mkdtempSync(join(tmpdir(), 'fetchgate-coded-'))), folders.at(-1)!)
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true })
})

interface CodedWorld extends World {
  /** What was compressed, in order. */
  readonly made: string[]
  pass(ms: number): void
  get(accepted: string, ...fields: string[]): Promise<{ status: number; body: string; coding: string | undefined; length: string | undefined; etag: string | undefined; cache: string | undefined }>
}

function open(store: CacheStore, origin: Origin, more: Partial<Config> = {}): CodedWorld {
  const made: string[] = []
  const config: Partial<Config> = { compress: true, caches: { default: { store: 'platform' } }, routes: [{ upstream: 'app', cache: true }], ...more }
  // Nobody is tired of waiting for another's answer.
  const clock = { nowMs: () => nowMs, sleep: () => new Promise<void>(() => {}) }
  let nowMs = 1_000_000
  const world = worldOf(config, origin, { openStore: () => store, clock, compressors: { br: readable('br', made), gzip: readable('gzip', made) } })
  const get: CodedWorld['get'] = async (accepted, ...fields) => {
    const { status, text: body, value } = await world.ask('GET', '/', { fields: ['Accept-Encoding', accepted, ...fields] })
    return { status, body, coding: value('content-encoding'), length: value('content-length'), etag: value('etag'), cache: value('cache-status') }
  }
  return { ...world, made, get, pass: (ms) => void (nowMs += ms) }
}

const STORES: [string, () => CacheStore][] = [
  ['memory', () => createMemoryStore(1e6)],
  ['a Web Cache', () => {
    const store = createMemoryStore(1e6)
    return plain({ match: (key) => store.match(key), put: (key, response) => store.put(key, response), delete: (key) => store.delete(key) })
  }],
  ['disk', () => openDiskStore(folder(), 1e8)],
]

describe.each(STORES)('over %s', (_, store) => {
  test('each coding is made once, by the level for what is stored, and who takes none gets the body as it came', async () => {
    const { get, made, sent } = open(store(), () => page())
    expect(await get('br')).toMatchObject({ status: 200, body: `br6 ${PAGE}`, coding: 'br', length: undefined, etag: 'W/"2800"' })
    for (let i = 0; i < 2; i++) {
      expect(await get('br, gzip')).toEqual({ status: 200, body: `br6 ${PAGE}`, coding: 'br', length: String(PAGE.length + 4), etag: 'W/"2800"', cache: 'fetchgate; hit; ttl=60' })
      expect(await get('gzip')).toMatchObject({ body: `gzip6 ${PAGE}`, coding: 'gzip', etag: 'W/"2800"' })
      for (const accepted of ['identity', 'deflate', 'br;q=0, *;q=0', 'br;q=0.5, identity']) expect(await get(accepted)).toMatchObject({ body: PAGE, coding: undefined, length: String(PAGE.length), etag: '"2800"' })
    }
    expect([made, sent.length]).toEqual([['br6', 'gzip6'], 1])
  })

  test('conditions, ranges and HEAD cost no compression: ranges are those of the body as it came', async () => {
    const { get, ask, made } = open(store(), () => page())
    await get('br')
    expect(await get('br', 'If-None-Match', 'W/"2800"')).toMatchObject({ status: 304, body: '', etag: 'W/"2800"', coding: undefined })
    expect(await get('br', 'If-None-Match', '"other"')).toMatchObject({ status: 200, coding: 'br' })
    expect(await get('br', 'Range', 'bytes=2-5')).toMatchObject({ status: 206, body: 'page', coding: undefined, etag: '"2800"' })
    expect(await get('br', 'Range', 'bytes=2-5', 'If-Range', 'W/"2800"')).toMatchObject({ status: 200, body: PAGE, coding: undefined })
    const head = await ask('HEAD', '/', { fields: ['Accept-Encoding', 'br'] })
    expect([head.status, head.value('content-encoding'), head.value('etag'), head.hasBody, made]).toEqual([200, 'br', 'W/"2800"', false, ['br6']])
  })

  test('a validation refreshes all forms, and another body has forms of its own', async () => {
    let [body, version] = [PAGE, 0]
    const world = open(store(), ({ fields }) => (fields.includes(`"${body.length}"`) ? { status: 304, fields: ['Cache-Control', 'max-age=60', 'X-Version', String(++version)], body: undefined } : page(body)))
    await world.get('br')
    await world.get('gzip')
    world.pass(60_000)
    expect(await world.get('br')).toMatchObject({ coding: 'br', cache: 'fetchgate; fwd=stale; fwd-status=304' })
    for (const coding of ['gzip', 'br']) {
      const { value } = await world.ask('GET', '/', { fields: ['Accept-Encoding', coding] })
      expect([value('content-encoding'), value('x-version'), value('cache-status'), world.made]).toEqual([coding, '1', 'fetchgate; hit; ttl=60', ['br6', 'gzip6']])
    }
    world.pass(60_000)
    body = 'another '.repeat(200)
    for (let i = 0; i < 2; i++) for (const coding of ['br', 'gzip']) expect(await world.get(coding)).toMatchObject({ body: `${coding}6 ${body}`, etag: 'W/"1600"' })
    expect(world.made).toEqual(['br6', 'gzip6', 'br6', 'gzip6'])
  })

  test.each([{ url: 'http://gate.example/' }, { tag: 't' }, { all: true as const }])('a purge of %j takes every form out', async (purge) => {
    let number = 0
    const { get, purge: take } = open(store(), () => page(`${++number}${PAGE}`, 'Cache-Tag', 't'))
    for (const coding of ['br', 'gzip', 'identity']) expect((await get(coding)).body).toContain(`1${PAGE}`)
    await take(purge)
    for (const coding of ['br', 'gzip', 'identity']) expect((await get(coding)).body).toContain(`2${PAGE}`)
  })

  test('several who ask at the same time share one answer and one compression', async () => {
    const { get, made, sent } = open(store(), () => page())
    const answers = await Promise.all(['br', 'br', 'identity', 'br', 'gzip'].map((coding) => get(coding)))
    expect(answers.map(({ body }) => body)).toEqual([`br6 ${PAGE}`, `br6 ${PAGE}`, PAGE, `br6 ${PAGE}`, `gzip6 ${PAGE}`])
    expect([sent.length, [...made].sort()]).toEqual([1, ['br6', 'gzip6']])
  })

  test('an answer that may not be stored is compressed for its client, by the quick level', async () => {
    const { get, made } = open(store(), () => text(PAGE, ['Content-Type', 'text/html', 'Cache-Control', 'no-store']))
    for (let i = 0; i < 2; i++) expect((await get('br')).body).toBe(`br4 ${PAGE}`)
    expect(made).toEqual(['br4', 'br4'])
  })

  test('nothing is kept of a body that breaks, nor of a client that leaves', async () => {
    const { fetch, get, made, background } = open(store(), (_request, number) => (number === 1 ? broken() : page()))
    const ask = (): Promise<Response> => fetch(new Request('http://gate.example/', { headers: { 'Accept-Encoding': 'br' } }), { waitUntil: (work) => void background.push(work) })
    await expect((await ask()).text()).rejects.toThrow('reset')
    expect((await get('identity')).body).toBe(PAGE)
    const reader = (await ask()).body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('br6 ')
    await reader.cancel()
    expect((await get('br')).body).toBe(`br6 ${PAGE}`)
    expect(made).toHaveLength(3)
  })

  test('the place of a client is given back with the form that it gets', async () => {
    const { get, made } = open(store(), () => page(), { filters: [{ concurrency: { limit: 1, by: ['client-ip'] } }] })
    for (let i = 0; i < 3; i++) expect(await get('br')).toMatchObject({ status: 200, body: `br6 ${PAGE}` })
    expect(made).toEqual(['br6'])
  })
})

function broken(): Answer {
  let pulls = 0
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => (pulls++ === 0 ? controller.enqueue(new TextEncoder().encode(PAGE)) : controller.error(new Error('reset'))) })
  return { ...page(), fields: ['Content-Type', 'text/html', 'Cache-Control', 'max-age=60'], body: new StreamPayload(body) }
}

describe('what is stored', () => {
  const used = async (compress: Config['compress'], ...codings: string[]): Promise<{ bytes: number; made: string[]; bodies: string[] }> => {
    const store = createMemoryStore(1e6)
    const { get, made } = open(store, () => page(), { compress })
    const bodies: string[] = []
    for (const coding of codings) bodies.push((await get(coding)).body)
    return { bytes: store.bytesUsed, made, bodies }
  }

  test('counts towards the limit of the store', async () => {
    const { bytes: one } = await used(true, 'identity')
    const { bytes: three } = await used(true, 'identity', 'br', 'gzip')
    expect(three - one).toBeGreaterThan(2 * PAGE.length)
  })

  test('is the body as it came alone where that is asked for, and levels are those of the settings', async () => {
    const { bytes: one } = await used(true, 'identity')
    expect(await used({ store: false }, 'br', 'br')).toMatchObject({ bytes: one, made: ['br4', 'br4'] })
    expect((await used({ level: { br: 7 }, storedLevel: { gzip: 9 } }, 'br', 'gzip')).made).toEqual(['br7', 'gzip9'])
  })

  test('is no form of a body that is too large to be stored itself', async () => {
    const store = createMemoryStore(1e6)
    const chunked = (): Answer => ({ ...page(), fields: ['Content-Type', 'text/html', 'Cache-Control', 'max-age=60'], body: new StreamPayload(new BytesPayload(new TextEncoder().encode(PAGE)).stream()) })
    const { get } = open(store, chunked, { routes: [{ upstream: 'app', cache: { maxEntrySize: '2KiB' } }], compress: true })
    await get('br')
    expect(store.bytesUsed).toBe(0)
  })

  test('goes to the disk while it is made, where it is large', async () => {
    const large = 'a page '.repeat(300_000)
    const { get, made } = open(openDiskStore(folder(), 1e8), () => page(large))
    for (const expected of [undefined, large.length + 4, large.length + 4]) {
      const { body, length } = await get('br')
      expect([body === `br6 ${large}`, length]).toEqual([true, expected === undefined ? undefined : String(expected)])
    }
    expect([made, (await get('identity')).body === large]).toEqual([['br6'], true])
  })

  test('is nothing of what says no-transform', async () => {
    const { get, made } = open(createMemoryStore(1e6), () => page(PAGE, 'Cache-Control', 'no-transform'))
    for (let i = 0; i < 2; i++) expect(await get('br')).toMatchObject({ body: PAGE, coding: undefined })
    expect(made).toEqual([])
  })

  test('is one answer for all codings where the origin, which varies by them, is asked for none', async () => {
    const routes: Config['routes'] = [{ upstream: 'app', headers: { request: { set: { 'Accept-Encoding': 'identity' } } }, cache: true }]
    const { get, sent } = open(createMemoryStore(1e6), () => page(PAGE, 'Vary', 'Accept-Encoding'), { routes })
    for (const accepted of ['br', 'br, gzip', 'gzip', 'identity']) expect((await get(accepted)).body).toContain(PAGE)
    expect(sent).toHaveLength(1)
  })

  test('is another variant of each answer that varies', async () => {
    const origin: Origin = ({ fields }) => page(`${valueOf(fields, 'Accept-Language')}${PAGE}`, 'Vary', 'Accept-Language')
    const { get, made } = open(createMemoryStore(1e6), origin)
    for (let i = 0; i < 2; i++) for (const language of ['de', 'en']) expect((await get('br', 'Accept-Language', language)).body).toBe(`br6 ${language}${PAGE}`)
    expect(made).toHaveLength(2)
  })
})

const valueOf = (fields: Fields, name: string): string => fields[fields.indexOf(name) + 1]!
