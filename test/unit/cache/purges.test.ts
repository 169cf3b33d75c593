import { describe, expect, test } from 'vitest'
import type { Terms } from '../../../src/cache/entry.js'
import { type Purge, Purges, staleSince } from '../../../src/cache/purges.js'
import { groupsOf, invalidatedGroups, tagsOf } from '../../../src/cache/tags.js'
import { text, worldOf } from '../../support/gateway.js'

const terms = (rest: Partial<Terms> = {}): Terms => ({ bornMs: 0, lifetimeSeconds: 60, validates: false, strict: false, whileRevalidateSeconds: 0, ifErrorSeconds: undefined, askedMs: 100, costMs: 0, tags: ['red'], groups: ['g'], ...rest })
const PLACE = { origin: 'https://shop.example', target: '/a/b?c=1' }

describe('a purge', () => {
  test.each<[Purge, string]>([
    [{ all: true }, 'gone'],
    [{ tag: 'red' }, 'gone'],
    [{ tag: 'Red' }, 'kept'],
    [{ url: 'https://shop.example/a/b?c=1' }, 'gone'],
    [{ url: 'https://shop.example/a/b' }, 'kept'],
    [{ url: 'http://shop.example/a/b?c=1' }, 'kept'],
    [{ prefix: 'https://shop.example/a' }, 'gone'],
    [{ prefix: 'https://shop.example/a/' }, 'gone'],
    [{ prefix: 'https://shop.example/a/b' }, 'gone'],
    [{ prefix: 'https://shop.example/' }, 'gone'],
    [{ prefix: 'https://shop.example/a/b/c' }, 'kept'],
    [{ prefix: 'https://shop.example/b' }, 'kept'],
    [{ prefix: 'https://other.example/' }, 'kept'],
    [{ all: true, soft: true }, 'stale'],
  ])('%j: %s', (purge, kind) => {
    const purges = new Purges()
    purges.add(purge, 200)
    expect(purges.stateOf(PLACE, terms()).kind).toBe(kind)
    expect(purges.stateOf(PLACE, terms({ askedMs: 201 })).kind).toBe('kept')
    expect(purges.stateOf(PLACE, terms({ askedMs: 200 })).kind).toBe(kind)
  })

  test('of a group is for one origin', () => {
    const purges = new Purges()
    purges.addGroup('https://shop.example', 'g', 200)
    expect([purges.stateOf(PLACE, terms()).kind, purges.stateOf({ ...PLACE, origin: 'https://b' }, terms()).kind, purges.stateOf(PLACE, terms({ groups: [] })).kind]).toEqual(['gone', 'kept', 'kept'])
  })

  test('that is hard outweighs a soft one, whichever came first', () => {
    const purges = new Purges()
    purges.add({ tag: 'red' }, 200)
    purges.add({ tag: 'red', soft: true }, 300)
    expect([purges.stateOf(PLACE, terms()).kind, purges.stateOf(PLACE, terms({ askedMs: 250 })).kind]).toEqual(['gone', 'stale'])
  })

  test('is never forgotten, however many there are', () => {
    const purges = new Purges()
    purges.add({ tag: 'red' }, 200)
    for (let i = 0; i < 10_050; i++) purges.add({ tag: `t${i}` }, 300)
    expect([purges.stateOf(PLACE, terms()).kind, purges.stateOf(PLACE, terms({ askedMs: 400 })).kind]).toEqual(['gone', 'kept'])
  })

  test('a soft one ends the lifetime', () => {
    expect([staleSince(terms(), 5000).lifetimeSeconds, staleSince(terms(), 90_000).lifetimeSeconds, staleSince(terms({ bornMs: 9000 }), 5000).lifetimeSeconds]).toEqual([5, 60, 0])
  })
})

test('names are read in three spellings', () => {
  expect(tagsOf(['Surrogate-Key', 'a  b', 'Cache-Tag', 'b, c d', 'cache-tag', 'e'])).toEqual(['a', 'b', 'c d', 'e'])
  expect(tagsOf([])).toEqual([])
  expect(groupsOf(['Cache-Groups', '"a", "b"', 'cache-groups', '"c"'])).toEqual(['a', 'b', 'c'])
  expect(groupsOf(['Cache-Groups', '"a", &'])).toEqual([])
  expect(invalidatedGroups(['Cache-Group-Invalidation', '"a"'])).toEqual(['a'])
})

describe('in the gateway', () => {
  const world = (...fields: string[]): ReturnType<typeof worldOf> => worldOf({ routes: [{ upstream: 'app', cache: true }] }, ({ method }, number) => (method === 'GET' ? text(String(number), ['Cache-Control', 'max-age=60, stale-while-revalidate=60', ...fields]) : text('', ['Cache-Group-Invalidation', '"g"'])))

  test.each<Purge>([{ all: true }, { tag: 'red' }, { url: 'http://gate.example/a?b' }, { prefix: 'http://gate.example/a' }, { all: true, cache: 'default' }])('%j takes out what is stored, for good', async (purge) => {
    const { ask, purge: run, ...rest } = world('Surrogate-Key', 'red')
    await ask('GET', '/a?b')
    run(purge)
    expect((await ask('GET', '/a?b')).value('cache-status')).toMatch(/fwd=uri-miss/)
    expect(rest.sent).toHaveLength(2)
  })

  test.each<Purge>([{ all: true, cache: 'other' }, { tag: 'blue' }])('%j leaves it', async (purge) => {
    const { ask, purge: run } = world('Surrogate-Key', 'red')
    await ask('GET', '/')
    run(purge)
    expect((await ask('GET', '/')).value('cache-status')).toMatch(/hit/)
  })

  test('a soft purge lets the stale answer be used while the origin is asked', async () => {
    const told = world()
    await told.ask('GET', '/')
    told.nowMs += 1000
    told.purge({ all: true, soft: true })
    told.nowMs += 1000
    expect((await told.ask('GET', '/')).value('cache-status')).toBe('fetchgate; hit; ttl=-1')
    expect((await told.ask('GET', '/')).text).toBe('2')
  })

  test('an answer to an unsafe method takes out groups (RFC 9875)', async () => {
    const { ask } = world('Cache-Groups', '"g"')
    await ask('GET', '/a')
    await ask('POST', '/b')
    expect((await ask('GET', '/a')).text).toBe('3')
  })

  test('what is no URL is refused', () => {
    expect(() => world().purge({ url: 'nowhere' })).toThrow(TypeError)
  })
})
