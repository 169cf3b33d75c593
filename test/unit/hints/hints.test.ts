import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hintedLinks, isForAll, takesHints } from '../../../src/hints/decision.js'
import { LinkMemory } from '../../../src/hints/memory.js'
import { fieldValues } from '../../../src/http/fields.js'
import type { Config } from '../../../src/index.js'
import type { Fields } from '../../../src/adapter.js'
import { type AskOptions, fails, type Origin, text, type World, worldOf } from '../../support/gateway.js'

const ORIGIN = 'https://gate.example'

describe('links of an answer', () => {
  test.each<[string, string[]]>([
    ['</a.css>; rel=preload; as=style', ['</a.css>; rel=preload; as=style']],
    ['</a.css>;rel="preload";as="style", </b.js>; rel=modulepreload', ['</a.css>;rel="preload";as="style"', '</b.js>; rel=modulepreload']],
    ['<https://gate.example/a,b.css>; rel=PRELOAD', ['<https://gate.example/a,b.css>; rel=PRELOAD']],
    ['</feed>; rel=alternate, </a>; rel=prefetch, </a>', []],
    ['</a>; title="; rel=preload"', []],
    ['<https://other.example/a.js>; rel=preload', []],
    ['<//other.example/a.js>; rel=preload', []],
    ['</\\other.example/a.js>; rel=preload', []],
    ['<https://gate.example.evil.example/>; rel=preconnect', []],
    ['<a.css>; rel=preload, <javascript:x>; rel=preload, <\t/a>; rel=preload', []],
    ['</a b>; rel=preload', []],
    ['</a.png>; rel=preload; imagesrcset="a.png 1x"', []],
    [`</${'a'.repeat(600)}>; rel=preload`, []],
  ])('%s', (line, links) => {
    expect(hintedLinks(['Link', line], ORIGIN)).toEqual(links)
  })

  test('are few, and of all lines', () => {
    const lines = Array.from({ length: 40 }, (_, i) => ['Link', `</${i}>; rel=preload`]).flat()
    expect(hintedLinks(lines, ORIGIN)).toHaveLength(16)
  })

  test('name nobody else, whatever the field says', () => {
    const line = fc.array(fc.oneof(fc.constantFrom('<', '>', '; rel=preload', ', ', '/', '\\', '//evil.example', 'https://gate.example', '@evil.example/', '"', ' '), fc.string({ maxLength: 5 })), { maxLength: 20 })
    fc.assert(fc.property(line, (parts) => {
      for (const link of hintedLinks(['Link', parts.join('')], ORIGIN)) expect(new URL(link.slice(1, link.indexOf('>')), `${ORIGIN}/page`).origin).toBe(ORIGIN)
    }))
  })
})

const HTML: Fields = ['Content-Type', 'text/html; charset=utf-8']

test.each<[string, boolean, Fields, Fields, object?]>([
  ['a page that says nothing, of a client whom nobody knows', true, [], HTML],
  ['a public page, to a client with a cookie', true, ['Cookie', 'a=1'], [...HTML, 'Cache-Control', 'public, max-age=1']],
  ['a page to a client with a cookie', false, ['Cookie', 'a=1'], [...HTML, 'Cache-Control', 'max-age=60']],
  ['a page to a client with credentials', false, ['Authorization', 'Basic eA=='], [...HTML, 'Cache-Control', 'public']],
  ['a page to a client that a filter knows', false, [], [...HTML, 'Cache-Control', 'public'], {}],
  ['a page that sets a cookie', false, [], [...HTML, 'Set-Cookie', 'a=1']],
  ['a private page', false, [], [...HTML, 'Cache-Control', 'private']],
  ['a page that nobody may keep', false, [], [...HTML, 'Cache-Control', 'no-store']],
  ['a page that differs by cookies', false, [], [...HTML, 'Vary', 'Accept, Cookie']],
  ['something that is no page', false, [], ['Content-Type', 'application/json']],
])('%s is for everybody: %j', (_, isTrue, asked, fields, identity) => {
  expect(isForAll({ method: 'GET', fields: asked, identity }, 200, fields)).toBe(isTrue)
})

test('only browsers that open a page take hints', () => {
  const by = (method: string, mode?: string): boolean => takesHints({ method, fields: mode === undefined ? [] : ['Sec-Fetch-Mode', mode], identity: undefined })
  expect([by('GET', 'navigate'), by('POST', 'navigate'), by('GET', 'cors'), by('GET')]).toEqual([true, false, false, false])
})

test('the memory of links is bounded, and keeps what is asked for', () => {
  const memory = new LinkMemory()
  memory.learn('kept', ['a'])
  for (let i = 0; i < 2000; i++) {
    memory.learn(String(i), ['b'])
    expect(memory.of('kept')).toEqual(['a'])
  }
  memory.learn('x'.repeat(2000), ['c'])
  memory.learn('1999', [])
  expect([memory.of('0'), memory.of('1998'), memory.of('1999'), memory.of('x'.repeat(2000))]).toEqual([undefined, ['b'], undefined, undefined])
})

describe('a gateway', () => {
  const page = (link = '</app.css>; rel=preload; as=style', ...fields: string[]) => text('<!doctype html>', [...HTML, 'Link', link, ...fields])
  const open = (earlyHints: Config['earlyHints'], origin: Origin = () => page(), route: object = {}): World => worldOf({ earlyHints, routes: [{ upstream: 'app', ...route }] }, origin)
  /** The links that a browser is hinted at. */
  const hints = async (world: World, target = '/', { fields = ['Sec-Fetch-Mode', 'navigate'], ...options }: AskOptions = {}): Promise<string[]> => {
    const told: string[] = []
    await world.ask('GET', target, { fields, inform: (status, sent) => void told.push(...(status === 103 ? fieldValues(sent, 'link') : [])), ...options })
    return told
  }

  test('hints at what the last answer for the same URL named, and at nothing else', async () => {
    let link = '</app.css>; rel=preload; as=style, <https://cdn.example>; rel=preconnect'
    const world = open(true, () => page(link))
    expect(await hints(world, '/a?b=1')).toEqual([])
    expect(await hints(world, '/a?b=1')).toEqual(['</app.css>; rel=preload; as=style'])
    expect([await hints(world, '/a?b=2'), await hints(world, '/a'), await hints(world, '/a?b=1', { host: 'other.example' })]).toEqual([[], [], []])
    link = '</feed>; rel=alternate'
    expect(await hints(world, '/a?b=1')).toHaveLength(1)
    expect(await hints(world, '/a?b=1')).toEqual([])
  })

  test('hints before the server has answered, and not where it need not be asked', async () => {
    const order: string[] = []
    const world = open({ links: ['</app.css>; rel=preload; as=style'] }, () => (order.push('asked'), page('', 'Cache-Control', 'max-age=60')), { cache: true })
    const ask = async () => (order.push(...(await hints(world))), order.splice(0))
    const inform = (): void => void order.push('hinted')
    await world.ask('GET', '/', { fields: ['Sec-Fetch-Mode', 'navigate'], inform })
    expect(order.splice(0)).toEqual(['hinted', 'asked'])
    expect(await ask()).toEqual([])
  })

  test('learns nothing of a page that is for one client alone', async () => {
    const world = open({ learn: true, links: ['</all.css>; rel=preload'] }, ({ fields }) => page('</secret-of-alice.png>; rel=preload', ...(fields.includes('alice') ? ['Cache-Control', 'private'] : ['Link', '</public.css>; rel=preload'])))
    await hints(world, '/', { fields: ['Sec-Fetch-Mode', 'navigate', 'X-Who', 'alice'] })
    expect(await hints(world)).toEqual(['</all.css>; rel=preload'])
  })

  test('hints at no origin that the first who asked may have put there', async () => {
    // An origin that believes a field which no gateway writes.
    const world = open(true, ({ fields }) => page(`<https://${fields.includes('X-Base') ? 'evil.example' : 'gate.example'}/app.js>; rel=preload`))
    await hints(world, '/', { fields: ['X-Base', 'evil.example', 'Sec-Fetch-Mode', 'navigate'] })
    expect(await hints(world)).toEqual([])
  })

  test('tells those nothing who are refused, are no browsers, or whose route says no', async () => {
    const world = open(true)
    await hints(world)
    expect(await hints(world, '/', { fields: [] })).toEqual([])
    expect(await hints(open(false))).toEqual([])
    const refusing = worldOf({ earlyHints: { links: ['</a>; rel=preload'] }, routes: [{ path: '/no', upstream: 'app', filters: [{ deny: { path: ['/*'] } }] }, { path: '/off', upstream: 'app', earlyHints: false }, { upstream: 'app' }] }, () => fails('connection_refused'))
    expect([await hints(refusing, '/no'), await hints(refusing, '/off'), await hints(refusing, '/')]).toEqual([[], [], ['</a>; rel=preload']])
  })

  test.each(['app.css', '</a>', '</a>; rel=stylesheet', '</a>; rel=preload\r\nX: 1', '</a b>; rel=preload'])('refuses a link that is no hint: %j', (link) => {
    expect(() => open({ links: [link] })).toThrow(/earlyHints/)
  })
})
