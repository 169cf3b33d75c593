// What the cache does beyond the standard of caching: QUERY, errors, early refresh, and what it does not let near a stored answer.
import { describe, expect, test } from 'vitest'
import { refreshesEarly } from '../../../src/cache/reuse.js'
import { UNKEYED, withoutUnkeyed } from '../../../src/cache/unkeyed.js'
import { BytesPayload, StreamPayload } from '../../../src/adapter.js'
import { type Fields, fieldValue } from '../../../src/http/fields.js'
import { type Origin, text, type World, worldOf } from '../../support/gateway.js'

const cached = (origin: Origin, settings: object = {}, ports: object = {}): World => worldOf({ routes: [{ upstream: 'app', cache: settings }] }, origin, ports)
const payload = (body: string): BytesPayload => new BytesPayload(new TextEncoder().encode(body))

describe('QUERY', () => {
  const echo: Origin = async ({ method, body }, number) => (method === 'QUERY' ? text(`${number} ${await new Response(body?.stream() as BodyInit).text()}`, ['Cache-Control', 'max-age=60']) : text(''))
  const query = ({ ask }: World, body: string, type = 'text/sql') => ask('QUERY', '/q', { fields: ['Content-Type', type, 'Content-Length', String(body.length)], body: payload(body) })

  test('is told from others by its content and the type of it', async () => {
    const world = cached(echo)
    expect((await query(world, 'select 1')).text).toBe('1 select 1')
    expect((await query(world, 'select 2')).text).toBe('2 select 2')
    expect((await query(world, 'select 1', 'text/plain')).text).toBe('3 select 1')
    const hit = await query(world, 'select 1')
    expect([hit.text, hit.value('cache-status'), world.sent.length]).toEqual(['1 select 1', 'fetchgate; hit; ttl=60', 3])
    expect((await world.ask('GET', '/q')).value('cache-status')).toMatch(/uri-miss/)
  })

  test('is taken out by an unsafe method', async () => {
    const world = cached(echo)
    await query(world, 'x')
    world.nowMs += 1
    await world.ask('POST', '/q')
    world.nowMs += 1
    expect((await query(world, 'x')).text).toBe('3 x')
    expect((await query(world, 'x')).text).toBe('3 x')
  })

  test('with a body of unknown length, or a large one, goes by', async () => {
    const { ask } = cached(echo)
    const told = await ask('QUERY', '/q', { body: new StreamPayload(payload('x').stream()) })
    expect([told.text, told.value('cache-status')]).toEqual(['1 x', 'fetchgate; fwd=bypass; fwd-status=200'])
    const large = await ask('QUERY', '/q', { fields: ['Content-Length', '70000'], body: payload('x'.repeat(70_000)) })
    expect([large.text.length, large.value('cache-status')]).toEqual([70_002, 'fetchgate; fwd=bypass; fwd-status=200'])
  })
})

describe('answers that say nothing', () => {
  test.each<[number, Fields, Fields, boolean]>([
    [200, [], [], true],
    [301, [], [], true],
    [404, [], [], false],
    [302, [], [], false],
    [500, [], [], false],
    [200, ['Cache-Control', 'no-store'], [], false],
    [200, ['Cache-Control', 'max-age=0'], [], false],
    [200, [], ['Cookie', 'a=1'], false],
    [200, ['Cache-Control', 'public'], ['Cookie', 'a=1'], true],
  ])('%d with %j, asked with %j, is kept for `ttl`: %s', async (status, fields, asked, kept) => {
    const world = cached((_request, number) => text(String(number), fields, status), { ttl: '10s' })
    await world.ask('GET', '/', { fields: asked })
    world.nowMs += 9000
    expect((await world.ask('GET', '/', { fields: asked })).text).toBe(kept ? '1' : '2')
    world.nowMs += 1000
    expect((await world.ask('GET', '/', { fields: asked })).text).toBe(kept ? '2' : '3')
  })
})

describe('what a route says of its answers', () => {
  test('a cookie of `key` tells them apart, and the rest of Cookie does not', async () => {
    const { ask } = cached((_request, number) => text(String(number), ['Cache-Control', 'max-age=60']), { key: ['cookie:theme'] })
    const seen = []
    for (const cookie of ['theme=dark; id=1', 'id=2; theme=dark', 'theme=light', 'id=3', 'xtheme=dark']) seen.push((await ask('GET', '/', { fields: ['Cookie', cookie] })).text)
    expect(seen).toEqual(['1', '1', '2', '3', '3'])
  })

  test('its `tags` purge them, also after a validation', async () => {
    const world = worldOf({ routes: [{ path: '/products/:id', upstream: 'app', cache: { tags: ['product-{path.id}', 'all'] } }] }, ({ fields }, number) =>
      fieldValue(fields, 'if-none-match') === undefined ? text(String(number), ['Cache-Control', 'max-age=60', 'ETag', '"a"', 'Cache-Tag', 'own']) : text('', [], 304))
    for (const tag of ['product-7', 'all', 'own']) {
      const first = (await world.ask('GET', '/products/7')).text
      world.nowMs += 60_000
      expect((await world.ask('GET', '/products/7')).text).toBe(first)
      await world.purge({ tag: 'product-8' })
      expect((await world.ask('GET', '/products/7')).text).toBe(first)
      world.nowMs += 1
      await world.purge({ tag })
      world.nowMs += 1
      expect((await world.ask('GET', '/products/7')).text).not.toBe(first)
    }
  })

  test('`staleIfError` lets them stand in for errors of the origin', async () => {
    const world = cached((_request, number) => (number === 1 ? text('good', ['Cache-Control', 'max-age=60']) : text('bad', [], 503)), { staleIfError: '5s' })
    await world.ask('GET', '/')
    world.nowMs += 64_000
    const stood = await world.ask('GET', '/')
    expect([stood.status, stood.text, stood.value('cache-status')]).toEqual([200, 'good', 'fetchgate; fwd=stale; fwd-status=503; detail="stale-if-error"'])
    world.nowMs += 2000
    expect((await world.ask('GET', '/')).status).toBe(503)
  })

  test.each([[true, 1], ['5s', 1], [false, 2], ['0s', 2]])('`collapse: %j` sends %d of two to the origin', async (collapse, count) => {
    const { ask, sent } = cached(async () => {
      await Promise.resolve()
      return text('x', ['Cache-Control', 'max-age=60'])
    }, { collapse }, { clock: { nowMs: () => 0, sleep: () => new Promise(() => {}) } })
    await Promise.all([ask('GET', '/'), ask('GET', '/')])
    expect(sent.length).toBe(count)
  })
})

describe('errors that say nothing', () => {
  test.each([[404, true], [410, true], [501, true], [500, false], [503, false], [400, false], [200, false]])('%d is kept for the operator\'s time: %s', async (status, kept) => {
    const world = cached((_request, number) => text(String(number), [], status), { negativeTtl: '10s' })
    await world.ask('GET', '/')
    world.nowMs += 9000
    expect((await world.ask('GET', '/')).text).toBe(kept ? '1' : '2')
    world.nowMs += 1000
    expect((await world.ask('GET', '/')).text).toBe(kept ? '2' : '3')
  })

  test('what they do say counts', async () => {
    const { ask } = cached((_request, number) => text(String(number), ['Cache-Control', 'no-store'], 404), { negativeTtl: '10s' })
    await ask('GET', '/')
    expect((await ask('GET', '/')).text).toBe('2')
  })
})

describe('early refresh', () => {
  const terms = { bornMs: 0, lifetimeSeconds: 60, validates: false, strict: false, whileRevalidateSeconds: 0, ifErrorSeconds: undefined, generation: 0, costMs: 1000, tags: [], groups: [] }

  test.each([
    [1, 1, 0.9, true],
    [1, 1, 0.5, false],
    [0.5, 1, 0.5, true],
    [1, 0, 0.999, false],
    [30, 1, 0.999, false],
    [0.001, 1, 0, false],
  ])('%d s before the end, eagerness %d, roll %d: %s', (ttl, eagerness, roll, early) => {
    expect(refreshesEarly(terms, ttl, eagerness, roll)).toBe(early)
  })

  test('happens behind the client\'s back', async () => {
    const world: World = cached((_request, number) => ((world.nowMs += 500), text(String(number), ['Cache-Control', 'max-age=60', 'Date', new Date(world.nowMs).toUTCString()])), {}, { random: () => 0.99 })
    await world.ask('GET', '/')
    world.nowMs += 30_000
    await world.ask('GET', '/')
    expect(world.sent).toHaveLength(1)
    world.nowMs += 28_000
    expect((await world.ask('GET', '/')).text).toBe('1')
    expect(world.sent).toHaveLength(2)
    expect((await world.ask('GET', '/')).text).toBe('2')
  })
})

describe('poisoning', () => {
  // An origin that believes everything and says so to everybody: whatever a request can smuggle in, the next client would get.
  const gullible: Origin = ({ fields, target }) => text(`${target}\n${fields.join('\n')}`, ['Cache-Control', 'max-age=60'])
  const KNOWN = [...UNKEYED, 'x-forwarded-host', 'x-forwarded-scheme', 'x-forwarded-proto', 'x-forwarded-port', 'x-forwarded-prefix', 'x-forwarded-server', 'x-forwarded-for', 'x-forwarded-path', 'forwarded', 'x-real-ip', 'x-request-id', 'x_forwarded_host', 'x.forwarded.host']

  test.each(KNOWN)('by %s', async (name) => {
    const { ask } = cached(gullible)
    await ask('GET', '/', { fields: [name, 'evil.example'] })
    await ask('HEAD', '/head', { fields: [name, 'evil.example'] })
    const victim = await ask('GET', '/')
    expect(victim.value('cache-status')).toMatch(/hit/)
    expect(victim.text).not.toContain('evil')
  })

  test('by a body under a GET', async () => {
    const { ask } = cached(async ({ body }) => text(await new Response(body?.stream() as BodyInit).text(), ['Cache-Control', 'max-age=60']))
    await ask('GET', '/', { fields: ['Content-Length', '4'], body: payload('evil') })
    expect((await ask('GET', '/')).text).toBe('')
  })

  test.each<[string, { ignoreQuery?: string[]; sortQuery?: boolean }, string[], string]>([
    ['behind an ignored one', { ignoreQuery: ['utm_*'] }, [], '/p?utm_x=1;callback=evil'],
    ['behind an ignored one, once more', { ignoreQuery: ['utm_*'] }, [], '/p?callback=good&utm_x=1;callback=evil'],
    ['in an ignored one, escaped', { ignoreQuery: ['utm_*'] }, [], '/p?utm_x=1%26callback=evil'],
    ['under a name that is ignored once it is decoded', { ignoreQuery: ['callback'] }, [], '/p?%63allback=evil'],
    ['behind a name that only looks ignored', { ignoreQuery: ['utm_*'] }, [], '/p?utm%5fx=1;callback=evil'],
    ['in another order', { sortQuery: true }, [], '/p?callback=evil&a=1&callback=good'],
    ['behind what the origin does not look at', {}, ['No-Vary-Search', 'params=("utm_x")'], '/p?utm_x=1;callback=evil'],
    ['behind a second question mark', { ignoreQuery: ['utm_*'] }, ['No-Vary-Search', 'params=("utm_x")'], '/p?utm_x=1?callback=evil'],
  ])('by a parameter %s', async (_, settings, fields, attack) => {
    // An origin that divides by & and ;, then decodes, divides again, and takes the last.
    const { ask } = cached(({ target }) => text(decodeURIComponent(target).split(/[?&;]/).filter((one) => one.startsWith('callback=')).at(-1) ?? 'none', ['Cache-Control', 'max-age=60', ...fields]), settings)
    await ask('GET', attack)
    for (const innocent of ['/p', '/p?utm_x=2', '/p?callback=good', '/p?utm_x=1&callback=good']) expect((await ask('GET', innocent)).text).not.toContain('evil')
  })

  test('of a field that is part of the key reaches its sender alone', async () => {
    const { ask } = cached(gullible, { key: ['header:X-Original-URL'] })
    expect((await ask('GET', '/', { fields: ['X-Original-URL', 'evil'] })).text).toContain('evil')
    expect((await ask('GET', '/')).text).not.toContain('evil')
  })

  test('what is unkeyed reaches the origin where nothing is stored', async () => {
    const { ask, sent } = worldOf({ routes: [{ upstream: 'app' }] }, gullible)
    await ask('GET', '/', { fields: ['X-HTTP-Method-Override', 'PUT'] })
    expect(fieldValue(sent[0]!.fields, 'x-http-method-override')).toBe('PUT')
  })

  test('fields without any are not copied', () => {
    const fields = ['Accept', 'x']
    expect(withoutUnkeyed(fields, [])).toBe(fields)
  })
})
