// Pages made of a template and fragments, through the whole gateway.
import { describe, expect, test } from 'vitest'
import type { Config } from '../../../src/index.js'
import { type Origin, text, worldOf } from '../../support/gateway.js'

const HTML = ['Content-Type', 'text/html; charset=utf-8']
const page = (body: string, fields: string[] = [], status = 200) => text(body, [...HTML, ...fields], status)
const include = (src: string, more = ''): string => `<esi:include src="${src}"${more}/>`
type Esi = NonNullable<Config['routes'][number]['esi']>

/** Servers by the path that they are asked for; what is not there is 404. */
const made = (pages: Record<string, Origin>, esi: Esi = true, config: Partial<Config> = {}) =>
  worldOf({ routes: [{ path: '/part/*', upstream: 'app', cache: true }, { path: '/deep/*', upstream: 'app', esi }, { path: '/*', upstream: 'app', esi, cache: true }], ...config }, (request, number) => pages[request.target.split('?', 1)[0]!]?.(request, number) ?? text('none', [], 404))
const fails = async (asked: Promise<unknown>): Promise<boolean> => asked.then(() => false, () => true)

describe('a page', () => {
  test('is made of its fragments, asked for as the page was and as nothing else', async () => {
    const world = made({ '/': () => page(`<a>${include('/part/nav?x=1&amp;y=2')}<b>${include('http://gate.example/part/user')}</b>`, ['ETag', '"t"', 'Last-Modified', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Cache-Control', 'max-age=60', 'Surrogate-Control', 'x']), '/part/nav': () => text('NAV'), '/part/user': () => text('USER') })
    const { status, text: body, value } = await world.ask('GET', '/', { fields: ['Cookie', 'a=1', 'Accept', 'text/html', 'Accept-Encoding', 'gzip', 'Range', 'bytes=0-1', 'If-Modified-Since', 'Thu, 01 Jan 2026 00:00:00 GMT', 'Sec-Fetch-Mode', 'navigate'] })
    expect([status, body]).toEqual([200, '<a>NAV<b>USER</b>'])
    expect(['etag', 'last-modified', 'content-length', 'surrogate-control', 'cache-control'].map(value)).toEqual([undefined, undefined, undefined, undefined, 'private, no-cache'])
    const asked = world.sent.map(({ target, fields }) => [target, ['cookie', 'accept', 'accept-encoding', 'range', 'if-modified-since', 'sec-fetch-mode', 'surrogate-capability'].map((name) => fields[fields.findIndex((field, i) => i % 2 === 0 && field.toLowerCase() === name) + 1]).map((found, i) => (found === 'Host' || i === -1 ? '' : found))])
    expect(asked[0]).toEqual(['/', ['a=1', 'text/html', 'identity', 'Host', 'Host', 'navigate', 'fetchgate="ESI/1.0"'].map((each) => (each === 'Host' ? '' : each))])
    expect(asked.slice(1).map(([target]) => target).sort()).toEqual(['/part/nav?x=1&y=2', '/part/user'])
    expect((asked[1]![1] as string[]).slice(0, 3)).toEqual(['a=1', '*/*', 'identity'])
  })

  test('is cached as its template, and its fragments by what they say themselves', async () => {
    let users = 0
    const world = made({ '/': () => page(include('/part/a') + include('/part/b'), ['Cache-Control', 'max-age=60']), '/part/a': () => text('A', ['Cache-Control', 'max-age=60']), '/part/b': () => text(String(++users), ['Cache-Control', 'no-store']) })
    expect([(await world.ask('GET', '/')).text, (await world.ask('GET', '/')).text, (await world.ask('GET', '/')).text]).toEqual(['A1', 'A2', 'A3'])
    expect(world.sent.map(({ target }) => target).sort()).toEqual(['/', '/part/a', '/part/b', '/part/b', '/part/b'])
  })

  test('is compressed when it is made, for clients that take it', async () => {
    const world = made({ '/': () => page(include('/part/a')), '/part/a': () => text('A'.repeat(5000)) }, true, { compress: true })
    const coded = await world.ask('GET', '/', { fields: ['Accept-Encoding', 'gzip'] })
    expect([coded.value('vary'), (await world.ask('HEAD', '/')).value('content-length')]).toEqual(['Accept-Encoding', undefined])
  })

  test('begins before its fragments are there', async () => {
    let answer = (): void => {}
    const waits = new Promise<void>((resolve) => (answer = resolve))
    const world = made({ '/': () => page(`first${include('/part/slow')}last`), '/part/slow': async () => { await waits; return text('SLOW') } })
    const reader = (await world.fetch(new Request('http://gate.example/'))).body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('first')
    answer()
    let rest = ''
    for (let read = await reader.read(); read.value; read = await reader.read()) rest += new TextDecoder().decode(read.value)
    expect(rest).toBe('SLOWlast')
  })

  test('asks for fragments side by side, and keeps their order', async () => {
    const order: string[] = []
    const answers = new Map<string, () => void>()
    const part = (name: string): Origin => async () => { order.push(name); await new Promise<void>((resolve) => { answers.set(name, resolve); if (answers.size === 3) for (const go of [...answers.values()].reverse()) go() }); return text(name) }
    const world = made({ '/': () => page(['a', 'b', 'c'].map((name) => include(`/part/${name}`)).join('-')), '/part/a': part('a'), '/part/b': part('b'), '/part/c': part('c') })
    expect((await world.ask('GET', '/')).text).toBe('a-b-c')
    expect(order.sort()).toEqual(['a', 'b', 'c'])
  })
})

describe('a fragment that cannot be had', () => {
  test('gives way to alt, to nothing, or to what is tried instead', async () => {
    const world = made({ '/': () => page(`${include('/part/none', ' alt="/part/a"')}[${include('/part/none', ' onerror="continue"')}]<esi:try><esi:attempt>x${include('/part/a')}${include('/part/none')}</esi:attempt><esi:except>instead ${include('/part/a')}</esi:except></esi:try>`), '/part/a': () => text('A') })
    expect((await world.ask('GET', '/')).text).toBe('A[]instead A')
  })

  test('breaks the page off otherwise, and is told', async () => {
    const world = made({ '/': () => page(`a${include('/part/none')}b`) })
    expect(await fails(world.ask('GET', '/'))).toBe(true)
    expect(world.events.filter(({ kind }) => kind === 'background-failed')).toEqual([{ kind: 'background-failed', id: 'id-1', what: 'include', detail: 'Error: "/part/none" was answered with 404' }])
  })
})

describe('what a template may not do', () => {
  test.each(['//evil.example/x', 'http://evil.example/x', 'https://gate.example/x', 'http://gate.example@evil.example/', 'http://user@gate.example/part/a', '/\\evil.example/x', 'http://127.0.0.1/', 'file:///etc/passwd', 'http://gate.example:81/x', ''])('lead elsewhere: %s', async (src) => {
    const world = made({ '/': () => page(`[${include(src, ' onerror="continue"')}]`) })
    expect((await world.ask('GET', '/')).text).toBe('[]')
    expect(world.sent).toHaveLength(1)
  })

  test('pass a filter that its client would not pass', async () => {
    const world = made({ '/': () => page(`[${include('/part/admin', ' onerror="continue"')}]`), '/part/admin': () => text('secret') }, true, { filters: [{ deny: { path: ['/part/admin'] } }] })
    expect((await world.ask('GET', '/')).text).toBe('[]')
  })

  test('include itself for ever, too much, or too many', async () => {
    const world = made({ '/deep/a': ({ target }) => page(`(${include(`/deep/a?${target.length}`, ' onerror="continue"')})`) })
    expect((await world.ask('GET', '/deep/a')).text).toBe('(((())))')
    const many = made({ '/': () => page(include('/part/a', ' onerror="continue"').repeat(10)), '/part/a': () => text('A', ['Cache-Control', 'max-age=60']) }, { maxIncludes: 3 })
    expect((await many.ask('GET', '/')).text).toBe('AAA')
    const large = made({ '/': () => page(include('/part/a')), '/part/a': () => text('A'.repeat(2000)) }, { maxSize: '1KiB' })
    expect(await fails(large.ask('GET', '/'))).toBe(true)
  })

  test('be written by users: fragments, other types and what does not ask for it are no templates', async () => {
    const tag = include('/part/a')
    const pages: Record<string, Origin> = { '/': () => page(include('/part/comments')), '/part/comments': () => page(tag), '/part/a': () => text('A'), '/json': () => text(tag, ['Content-Type', 'application/json']), '/page': () => page(tag), '/asks': () => page(tag, ['Surrogate-Control', 'max-age=1, content="ESI/1.0"']) }
    const world = made(pages)
    expect([(await world.ask('GET', '/')).text, (await world.ask('GET', '/json')).text]).toEqual([tag, tag])
    const asked = made(pages, { when: 'surrogate-control' })
    expect([(await asked.ask('GET', '/page')).text, (await asked.ask('GET', '/asks')).text]).toEqual([tag, 'A'])
    expect((await made(pages, false).ask('GET', '/page')).text).toBe(tag)
    expect((await world.ask('GET', `/missing?${encodeURIComponent(tag)}`, { fields: ['Accept', 'text/html'] })).text).not.toContain('<esi')
  })
})

test('a client that leaves takes its fragments along', async () => {
  const cancelled: string[] = []
  const endless = (name: string): Origin => () => ({ status: 200, fields: HTML, body: { length: undefined, used: false, stream: () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10)), cancel: () => void cancelled.push(name) }), cancel: () => void cancelled.push(name) } })
  const world = made({ '/': () => page(include('/part/a') + include('/part/b')), '/part/a': endless('a'), '/part/b': endless('b') }, true, { routes: [{ path: '/part/*', upstream: 'app' }, { upstream: 'app', esi: true }] })
  const reader = (await world.fetch(new Request('http://gate.example/'))).body!.getReader()
  await reader.read()
  await reader.cancel()
  await new Promise((resolve) => setImmediate(resolve))
  expect(cancelled.sort()).toEqual(['a', 'b'])
})
