// The cache as a whole, in a world made of values: each story once over the memory store and once over a plain Web Cache.
import { describe, expect, test } from 'vitest'
import { type Answer, type CacheStore, type Config, createGateway, validateConfig } from '../../../src/index.js'
import { BytesPayload, type Fields, StreamPayload } from '../../../src/adapter.js'
import { fieldValue } from '../../../src/http/fields.js'
import { fails, type Origin, text, type World, worldOf } from '../../support/gateway.js'

/** A Web Cache that keeps Responses as any platform would, and takes its time. */
function webCache(): CacheStore {
  const kept = new Map<string, Response>()
  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
  return {
    match: async (key) => (await later(), kept.get(new URL(key).href)?.clone()),
    put: async (key, response) => {
      const body = await response.arrayBuffer()
      await later()
      kept.set(new URL(key).href, new Response(body, { status: response.status, headers: response.headers }))
    },
    delete: async (key) => (await later(), kept.delete(new URL(key).href)),
  }
}

type RouteSettings = Exclude<NonNullable<Config['routes'][number]['cache']>, boolean>

const STORES: [string, (origin: Origin, settings?: RouteSettings, more?: Partial<Config>) => World][] = [
  ['memory', (origin, settings = {}, more = {}) => worldOf({ routes: [{ upstream: 'app', cache: settings }], ...more }, origin)],
  [
    'a Web Cache',
    (origin, settings = {}, more = {}) => worldOf({ routes: [{ upstream: 'app', cache: settings }], caches: { default: { store: 'platform' } }, ...more }, origin, { openStore: () => webCache() }),
  ],
]

test('a reload keeps what is stored, unless the store is another', async () => {
  const config = (maxSize: string, path: string): Config => ({ upstreams: { app: { targets: ['http://a.internal'] } }, caches: { default: { maxSize } }, routes: [{ path, upstream: 'app', cache: true }] })
  let sent = 0
  const gateway = createGateway(config('1MiB', '/*'), { transport: { lacks: new Set(), send: async () => (sent++, answer('one', 'max-age=60')) } })
  const ask = async (): Promise<string> => {
    const response = await gateway.fetch(new Request('http://gate.example/x'))
    await response.text()
    return response.headers.get('cache-status')!
  }
  const reload = (next: Config): void => {
    const checked = validateConfig(next)
    if (checked.kind === 'valid') gateway.reload(checked.config)
  }
  await ask()
  reload(config('1MiB', '/x'))
  expect(await ask()).toMatch(/hit/)
  reload(config('2MiB', '/x'))
  expect([await ask(), sent]).toEqual([expect.stringMatching(/fwd=uri-miss/), 2])
})

const NOT_MODIFIED = (fields: Fields = []): Answer => ({ status: 304, fields, body: undefined })
const answer = (body: string, control: string, ...fields: string[]): Answer => text(body, ['Cache-Control', control, ...fields])
const settled = async (world: World): Promise<void> => void (await Promise.all(world.background))

describe.each(STORES)('over %s', (_, open) => {
  test('a stale answer is validated by both validators, and its fields are updated', async () => {
    const world = open((_request, number) => (number === 1 ? answer('one', 'max-age=60', 'ETag', '"a"', 'Last-Modified', 'Tue, 06 Jan 2026 12:00:00 GMT', 'X-A', '1', 'X-B', '1') : NOT_MODIFIED(['Cache-Control', 'max-age=90', 'X-A', '2'])))
    await world.ask('GET', '/')
    world.nowMs += 60_000
    const validated = await world.ask('GET', '/', { fields: ['If-None-Match', '"z"', 'X-Own', '1'] })
    expect([fieldValue(world.sent[1]!.fields, 'if-none-match'), fieldValue(world.sent[1]!.fields, 'if-modified-since'), fieldValue(world.sent[1]!.fields, 'x-own')]).toEqual(['"a"', 'Tue, 06 Jan 2026 12:00:00 GMT', '1'])
    expect([validated.status, validated.text, validated.value('x-a'), validated.value('x-b'), validated.value('cache-status')]).toEqual([200, 'one', '2', '1', 'fetchgate; fwd=stale; fwd-status=304'])
    world.nowMs += 89_000
    const hit = await world.ask('GET', '/')
    expect([hit.text, hit.value('x-a'), hit.value('age'), hit.value('cache-status')]).toEqual(['one', '2', '89', 'fetchgate; hit; ttl=1'])
  })

  test('who asks while an answer is being written gets it', async () => {
    const world = open((_request, number) => answer(String(number), 'max-age=60'))
    const ask = async (): Promise<string[]> => {
      const response = await world.fetch(new Request('http://gate.example/'))
      return [await response.text(), response.headers.get('cache-status')!]
    }
    expect([await ask(), await ask()]).toEqual([['1', 'fetchgate; fwd=uri-miss; fwd-status=200; stored'], ['1', 'fetchgate; hit; ttl=60']])
  })

  test('a client that has the validated answer gets 304', async () => {
    const { ask } = open((_request, number) => (number === 1 ? answer('one', 'no-cache', 'ETag', '"a"') : NOT_MODIFIED()))
    await ask('GET', '/')
    expect(await ask('GET', '/', { fields: ['If-None-Match', '"a"'] })).toMatchObject({ status: 304, hasBody: false })
    expect(await ask('GET', '/', { fields: ['If-None-Match', '"b"'] })).toMatchObject({ status: 200, text: 'one' })
  })

  test('another answer to a validation takes the place of the stored one', async () => {
    const { ask, sent } = open((_request, number) => answer(String(number), number === 1 ? 'no-cache' : 'max-age=60', 'ETag', `"${number}"`))
    await ask('GET', '/')
    expect([(await ask('GET', '/')).text, (await ask('GET', '/')).text, sent.length]).toEqual(['2', '2', 2])
  })

  test('a cookie that comes with a 304 is that client\'s alone', async () => {
    const { ask } = open((_request, number) => (number === 1 ? answer('one', 'no-cache', 'ETag', '"a"') : NOT_MODIFIED(number === 2 ? ['Cache-Control', 'max-age=60', 'Set-Cookie', 'who=me'] : [])))
    await ask('GET', '/')
    expect((await ask('GET', '/')).value('set-cookie')).toBe('who=me')
    const next = await ask('GET', '/')
    expect([next.value('cache-status'), next.value('set-cookie')]).toEqual(['fetchgate; hit; ttl=60', undefined])
  })

  test('a 304 that says private takes the answer out', async () => {
    const { ask } = open((_request, number) => (number === 2 ? NOT_MODIFIED(['Cache-Control', 'private, max-age=60']) : answer(String(number), 'no-cache', 'ETag', '"a"')))
    await ask('GET', '/')
    expect((await ask('GET', '/')).text).toBe('1')
    expect((await ask('GET', '/')).value('cache-status')).toMatch(/fwd=uri-miss/)
  })

  test('within stale-while-revalidate the client waits for nobody, and the origin is asked once', async () => {
    let release = (): void => {}
    const world = open(async (_request, number) => {
      if (number === 2) await new Promise<void>((resolve) => (release = resolve))
      return answer(String(number), 'max-age=60, stale-while-revalidate=30', 'ETag', `"${number}"`)
    })
    await world.ask('GET', '/', { fields: ['Range', 'bytes=0-0'] })
    world.nowMs += 70_000
    const waiting = world.background.length
    const asks = Promise.all([world.ask('GET', '/'), world.ask('GET', '/'), world.ask('HEAD', '/')])
    while (world.background.length < waiting + 3) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(world.sent).toHaveLength(2)
    release()
    const [first, second] = await asks
    expect([first.text, second.text, first.value('cache-status'), first.value('age')]).toEqual(['1', '1', 'fetchgate; hit; ttl=-10', '70'])
    expect(world.sent[1]).toMatchObject({ method: 'GET', signal: undefined })
    await settled(world)
    expect((await world.ask('GET', '/')).text).toBe('2')
  })

  test('a stale answer stands in for an origin that cannot be reached', async () => {
    const world = open((_request, number) => (number === 1 ? answer('one', 'max-age=60') : fails('connection_refused')), { staleIfUnreachable: '1m' })
    await world.ask('GET', '/')
    world.nowMs += 119_000
    const stale = await world.ask('GET', '/')
    expect([stale.status, stale.text, stale.value('age'), stale.value('cache-status')]).toEqual([200, 'one', '119', 'fetchgate; fwd=stale; detail="unreachable"'])
    world.nowMs += 2000
    expect((await world.ask('GET', '/')).status).toBe(502)
  })

  test.each(['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'])('but not where it says %s: that is a 504', async (directive) => {
    const world = open((_request, number) => (number === 1 ? answer('one', `max-age=60, ${directive}`, 'ETag', '"a"') : fails('connection_terminated')))
    await world.ask('GET', '/')
    world.nowMs += 60_000
    const failed = await world.ask('GET', '/')
    expect([failed.status, failed.value('proxy-status'), failed.value('server-request-count')]).toEqual([504, 'fetchgate; error=revalidation_failed', undefined])
  })

  test('an error passes, unless the stored answer says stale-if-error', async () => {
    const world = open((request, number) => (number % 2 === 1 ? answer('good', request.target === '/sie' ? 'max-age=60, stale-if-error=30' : 'max-age=60') : text('bad', [], 503)))
    for (const target of ['/sie', '/']) {
      await world.ask('GET', target)
      world.nowMs += 80_000
      const next = await world.ask('GET', target)
      expect([next.status, next.text]).toEqual(target === '/sie' ? [200, 'good'] : [503, 'bad'])
    }
    expect((await world.ask('GET', '/sie')).text).toBe('good')
  })

  test('only-if-cached is answered from the cache or not at all', async () => {
    const { ask, sent } = open(() => answer('one', 'max-age=60'))
    const only = { fields: ['Cache-Control', 'only-if-cached'] }
    expect((await ask('GET', '/', only)).status).toBe(504)
    expect(sent).toHaveLength(0)
    await ask('GET', '/')
    expect((await ask('GET', '/', only)).text).toBe('one')
  })

  test.each([['limited', '1'], ['full', '2']] as const)('a client that says no-cache, under "%s" control, gets answer %s', async (clientControl, expected) => {
    const { ask } = open((_request, number) => answer(String(number), 'max-age=60'), { clientControl })
    await ask('GET', '/')
    expect((await ask('GET', '/', { fields: ['Cache-Control', 'no-cache'] })).text).toBe(expected)
    expect((await ask('GET', '/')).text).toBe(expected)
  })

  test('a HEAD that goes through freshens what is stored, or takes it out when it speaks of something else', async () => {
    const world = open(({ method }, number) => (method === 'HEAD' ? { status: 200, fields: ['Content-Length', number === 2 ? '1' : '9', 'Cache-Control', 'max-age=60', 'X-A', '2'], body: undefined } : answer(String(number), 'max-age=60', 'X-A', '1', 'X-B', '1')))
    await world.ask('GET', '/')
    world.nowMs += 60_000
    const head = await world.ask('HEAD', '/')
    expect([head.value('x-a'), head.value('x-b')]).toEqual(['2', '1'])
    const hit = await world.ask('GET', '/')
    expect([hit.text, hit.value('x-a'), hit.value('cache-status')]).toEqual(['1', '2', 'fetchgate; hit; ttl=60'])
    world.nowMs += 60_000
    await world.ask('HEAD', '/')
    expect((await world.ask('GET', '/')).value('cache-status')).toMatch(/fwd=uri-miss/)
  })

  test('a POST that tells what stands at its target answers later GETs', async () => {
    const { ask, sent } = open(({ method }, number) => answer(`${method} ${number}`, 'max-age=60', 'Content-Location', 'http://origin-a.internal:3001/x'))
    await ask('POST', '/x', { body: new BytesPayload(new Uint8Array(1)) })
    expect([(await ask('GET', '/x')).text, sent.length]).toEqual(['POST 1', 1])
    await ask('POST', '/y', { body: new BytesPayload(new Uint8Array(1)) })
    expect((await ask('GET', '/y')).text).toBe('GET 3')
  })

  test('an unsafe method takes out what Location and Content-Location name, in the client\'s terms, on this host only', async () => {
    const routes: Config['routes'] = [{ path: '/api/*', upstream: 'app', stripPrefix: '/api', cache: true }]
    const world = open(({ method }, number) => (method === 'GET' ? answer(String(number), 'max-age=60') : text('', ['Location', 'http://origin-a.internal:3001/made', 'Content-Location', 'seen', 'Refresh', '0'], 201)), undefined, { routes })
    for (const target of ['/api/made', '/api/seen', '/api/other']) await world.ask('GET', target)
    await world.ask('POST', '/api/new')
    expect([(await world.ask('GET', '/api/made')).text, (await world.ask('GET', '/api/seen')).text, (await world.ask('GET', '/api/other')).text]).toEqual(['5', '6', '3'])
  })

  test('a GET that began before an unsafe method stores nothing after it', async () => {
    let release = (): void => {}
    const world = open(async ({ method }, number) => {
      if (number === 1) await new Promise<void>((resolve) => (release = resolve))
      return method === 'GET' ? answer(String(number), 'max-age=60') : text('')
    })
    const slow = world.ask('GET', '/')
    while (world.sent.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await world.ask('POST', '/')
    release()
    expect((await slow).text).toBe('1')
    expect((await world.ask('GET', '/')).text).toBe('3')
  })

  test('two variants that are stored at once into an empty cache are both kept', async () => {
    const world = open(({ fields }, number) => answer(`${number} ${fieldValue(fields, 'accept')}`, 'max-age=60', 'Vary', 'Accept'))
    const speak = async (accept: string): Promise<string> => (await world.ask('GET', '/', { fields: ['Accept', accept] })).text.slice(2)
    expect(await Promise.all([speak('a'), speak('b'), speak('c')])).toEqual(['a', 'b', 'c'])
    expect(await Promise.all([speak('a'), speak('b'), speak('c')])).toEqual(['a', 'b', 'c'])
    expect(world.sent).toHaveLength(3)
  })

  test('a range is cut from a whole answer that is stored', async () => {
    const { ask, sent } = open(() => answer('0123456789', 'max-age=60', 'ETag', '"a"'))
    await ask('GET', '/')
    const part = await ask('GET', '/', { fields: ['Range', 'bytes=2-4'] })
    expect([part.status, part.text, part.value('content-range'), part.value('content-length'), sent.length]).toEqual([206, '234', 'bytes 2-4/10', '3', 1])
  })

  test('parts of one answer grow together, until they are the whole', async () => {
    const whole = '0123456789'
    const { ask, sent } = open(({ fields }) => {
      const [, first, last] = /(\d+)-(\d+)/.exec(fieldValue(fields, 'range') ?? '')!.map(Number) as [number, number, number]
      return text(whole.slice(first, last + 1), ['Cache-Control', 'max-age=60', 'ETag', '"a"', 'Content-Range', `bytes ${first}-${last}/10`], 206)
    })
    const range = (value: string): Promise<{ status: number; text: string; value(name: string): string | undefined }> => ask('GET', '/', { fields: ['Range', `bytes=${value}`] })
    await range('2-4')
    const inside = await range('3-3')
    expect([inside.status, inside.text, inside.value('content-range'), inside.value('cache-status'), sent.length]).toEqual([206, '3', 'bytes 3-3/10', 'fetchgate; hit; ttl=60', 1])
    expect((await range('3-6')).value('cache-status')).toBe('fetchgate; fwd=partial; fwd-status=206; stored')
    expect([(await range('2-6')).text, sent.length]).toEqual(['23456', 2])
    await range('7-9')
    await range('0-1')
    const all = await ask('GET', '/')
    expect([all.status, all.text, all.value('content-length'), all.value('content-range'), sent.length]).toEqual([200, whole, '10', undefined, 4])
  })

  test('parts of different answers, or with a gap between them, are not put together', async () => {
    let tag = '"a"'
    const { ask, sent } = open(({ fields }) => {
      const [, first, last] = /(\d+)-(\d+)/.exec(fieldValue(fields, 'range')!)!.map(Number) as [number, number, number]
      return text('x'.repeat(last - first + 1), ['Cache-Control', 'max-age=60', 'ETag', tag, 'Content-Range', `bytes ${first}-${last}/10`], 206)
    })
    const range = (value: string): Promise<unknown> => ask('GET', '/', { fields: ['Range', `bytes=${value}`] })
    await range('0-1')
    await range('8-9')
    await range('0-1')
    expect(sent).toHaveLength(3)
    tag = '"b"'
    await range('2-3')
    await range('0-1')
    expect(sent).toHaveLength(5)
  })

  test('an answer without a length is stored with one, and one that ends short is not stored', async () => {
    const chunks = (...pieces: string[]): ReadableStream<Uint8Array> => new ReadableStream({ start: (controller) => (pieces.forEach((piece) => controller.enqueue(new TextEncoder().encode(piece))), controller.close()) })
    const { ask } = open(({ target }) => ({ status: 200, fields: ['Cache-Control', 'max-age=60'], body: new StreamPayload(chunks('ab', 'cd'), target === '/short' ? 5 : undefined) }))
    for (const target of ['/', '/short']) await ask('GET', target)
    const hit = await ask('GET', '/')
    expect([hit.text, hit.value('content-length'), hit.value('cache-status')]).toEqual(['abcd', '4', 'fetchgate; hit; ttl=60'])
    expect((await ask('GET', '/short')).value('cache-status')).toMatch(/fwd=uri-miss/)
  })
})
