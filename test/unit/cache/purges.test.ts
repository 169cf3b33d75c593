import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Terms } from '../../../src/cache/entry.js'
import { groupMark, marksOf, type Purge, Purges, staleSince } from '../../../src/cache/purges.js'
import { groupsOf, invalidatedGroups, tagsOf } from '../../../src/cache/tags.js'
import { createMemoryStore } from '../../../src/cache/stores/memory.js'
import type { CacheStore, NumberedPurge } from '../../../src/index.js'
import { text, type World, worldOf } from '../../support/gateway.js'

const terms = (rest: Partial<Terms> = {}): Terms => ({ bornMs: 0, lifetimeSeconds: 60, validates: false, strict: false, whileRevalidateSeconds: 0, ifErrorSeconds: undefined, generation: 1, costMs: 0, tags: ['red'], groups: ['g'], ...rest })
const PLACE = { origin: 'https://shop.example', target: '/a/b?c=1' }

const put = (purges: Purges, purge: Purge, generation: number): void => {
  for (const mark of marksOf(purge, (_origin, target) => [target])) purges.apply({ mark, soft: purge.soft ?? false, atMs: 200, generation })
}

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
    put(purges, purge, 2)
    expect([1, 2].map((generation) => purges.stateOf(PLACE, terms({ generation })).kind)).toEqual([kind, 'kept'])
  })

  test('takes out what it is of and nothing else, in whatever order records come, twice over, or wait to be numbered', () => {
    const tag = fc.constantFrom('red', 'green', 'blue')
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', ''), { maxLength: 4 }).map((segments) => `/${segments.join('/')}`)
    const origin = fc.constantFrom('https://a.example', 'http://a.example', 'https://b.example')
    const query = fc.constantFrom('', '?', '?a', '?/a/b')
    const what = fc.oneof(fc.record({ all: fc.constant(true as const) }), tag.map((one) => ({ tag: one })), fc.tuple(origin, path, query).map(([of, at, more]) => ({ url: of + at + more })), fc.tuple(origin, path).map(([of, at]) => ({ prefix: of + at })))
    const run = fc.record({ what, soft: fc.boolean(), waits: fc.boolean(), twice: fc.boolean() })
    const stored = fc.record({ origin, path, query, tags: fc.subarray(['red', 'green', 'blue']), generation: fc.nat(40) })
    /** The plainest reading of what a purge is of. */
    const isOf = (purge: Purge, { origin, path, query, tags }: { origin: string; path: string; query: string; tags: readonly string[] }): boolean => {
      if ('all' in purge) return true
      if ('tag' in purge) return tags.includes(purge.tag)
      if ('url' in purge) return [purge.url, purge.url.replace(/\?$/, '')].includes(origin + path + query)
      const [at, below] = [origin + path, purge.prefix.replace(/\/$/, '')]
      return at.replace(/\/$/, '') === below || at.startsWith(`${below}/`)
    }
    fc.assert(
      fc.property(fc.array(run, { maxLength: 30, size: 'max' }), fc.array(stored, { minLength: 1, maxLength: 10 }), fc.infiniteStream(fc.nat()), (runs, entries, rolls) => {
        const purges = new Purges()
        const numbered = runs.map((each, i) => ({ ...each, generation: i + 1, marks: marksOf(each.what, (_origin, target) => [target]) }))
        const order = numbered.flatMap((each) => (each.twice ? [each, each] : [each])).map((each) => ({ each, roll: rolls.next().value as number })).sort((a, b) => a.roll - b.roll).map(({ each }) => each)
        const confirmed = new Set<number>()
        for (const { marks, soft, waits, generation } of order) {
          for (const mark of marks) {
            const record = { mark, soft, atMs: generation * 1000 }
            if (!waits || confirmed.has(generation)) purges.apply({ ...record, generation })
            else {
              purges.begin(record)
              purges.confirm({ ...record, generation })
            }
          }
          confirmed.add(generation)
        }
        for (const { origin, path, query, tags, generation } of entries) {
          const later = numbered.filter((each) => each.generation > generation && isOf(each.what, { origin, path, query, tags }))
          const state = purges.stateOf({ origin, target: path + query }, terms({ generation, tags, groups: [] }))
          expect(state.kind).toBe(later.some(({ soft }) => !soft) ? 'gone' : later.length > 0 ? 'stale' : 'kept')
        }
        expect(purges.generation).toBe(runs.length)
      }),
      { numRuns: 500 },
    )
  })

  test('of a group is for one origin', () => {
    const purges = new Purges()
    purges.apply({ mark: groupMark('https://shop.example', 'g'), soft: false, atMs: 0, generation: 2 })
    expect([purges.stateOf(PLACE, terms()).kind, purges.stateOf({ ...PLACE, origin: 'https://b' }, terms()).kind, purges.stateOf(PLACE, terms({ groups: [] })).kind]).toEqual(['gone', 'kept', 'kept'])
  })

  test('that is hard outweighs a soft one, whichever came first', () => {
    const purges = new Purges()
    put(purges, { tag: 'red' }, 2)
    put(purges, { tag: 'red', soft: true }, 3)
    expect([purges.stateOf(PLACE, terms()).kind, purges.stateOf(PLACE, terms({ generation: 2 })).kind]).toEqual(['gone', 'stale'])
  })

  test('is never forgotten, however many there are', () => {
    const purges = new Purges()
    put(purges, { tag: 'red' }, 2)
    for (let i = 0; i < 10_050; i++) put(purges, { tag: `t${i}` }, 3)
    expect([purges.stateOf(PLACE, terms()).kind, purges.stateOf(PLACE, terms({ generation: 3 })).kind]).toEqual(['gone', 'kept'])
  })

  test('is not forgotten while it waits for its place in the order either', () => {
    const purges = new Purges()
    const waiting = [{ mark: 'tag red', soft: false, atMs: 0 }, { mark: 'tag green', soft: true, atMs: 0 }]
    for (const record of waiting) purges.begin(record)
    for (let i = 0; i < 10_050; i++) put(purges, { tag: `t${i}` }, 3)
    const stateAt = (generation: number, tag: string): string => purges.stateOf(PLACE, terms({ generation, tags: [tag] })).kind
    const before = [stateAt(3, 'red'), stateAt(3, 'green')]
    for (const [i, record] of waiting.entries()) purges.confirm({ ...record, generation: 4 + i })
    expect([before, stateAt(3, 'red'), stateAt(4, 'green'), stateAt(4, 'red'), stateAt(5, 'green'), stateAt(3, 'other')]).toEqual([['gone', 'gone'], 'gone', 'stale', 'kept', 'kept', 'kept'])
  })

  test('is in force for all that is stored until its place in the order is known', () => {
    const purges = new Purges()
    const record = { mark: 'tag red', soft: false, atMs: 0 }
    put(purges, { tag: 'other' }, 7)
    purges.begin(record)
    purges.begin(record)
    const states = (): string[] => [7, 8, 9].map((generation) => purges.stateOf(PLACE, terms({ generation })).kind)
    const before = states()
    purges.confirm({ ...record, generation: 8 })
    const between = states()
    purges.confirm({ ...record, generation: 9 })
    expect([before, between, states(), purges.generation]).toEqual([['gone', 'gone', 'gone'], ['gone', 'gone', 'gone'], ['gone', 'gone', 'kept'], 9])
  })

  test('of a log that is full stands for those that it has forgotten', () => {
    const purges = new Purges()
    purges.applyAll(Array.from({ length: 10_000 }, (_, i) => ({ mark: `tag t${i}`, soft: true, atMs: 0, generation: i + 100 })))
    expect([99, 100].map((generation) => purges.stateOf(PLACE, terms({ generation })).kind)).toEqual(['gone', 'kept'])
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
    await run(purge)
    expect((await ask('GET', '/a?b')).value('cache-status')).toMatch(/fwd=uri-miss/)
    expect(rest.sent).toHaveLength(2)
  })

  test.each(['/p?', '/a{b}', '/a`"<>^|', '/a?x="1\'', '/caf%c3%a9', '/a//b/', '/'])('a purge of %s takes it out in the spelling in which it was asked for, by its URL or what is below it', async (target) => {
    for (const key of ['url', 'prefix']) {
      const { ask, purge: run } = world()
      await ask('GET', target)
      await run({ [key]: `http://gate.example${target}` } as unknown as Purge)
      expect((await ask('GET', target)).value('cache-status')).toMatch(/fwd=uri-miss/)
    }
  })

  test.each<Purge>([{ all: true, cache: 'other' }, { tag: 'blue' }])('%j leaves it', async (purge) => {
    const { ask, purge: run } = world('Surrogate-Key', 'red')
    await ask('GET', '/')
    await run(purge)
    expect((await ask('GET', '/')).value('cache-status')).toMatch(/hit/)
  })

  test('a soft purge lets the stale answer be used while the origin is asked', async () => {
    const told = world()
    await told.ask('GET', '/')
    told.nowMs += 1000
    await told.purge({ all: true, soft: true })
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

describe('with a log that lasts', () => {
  /** A log that several gateways share, which can be made to fail; and an entry store with memory in front. */
  function shared() {
    const records: NumberedPurge[] = []
    const state = { fails: false }
    const kept = createMemoryStore(100_000)
    const open = (): CacheStore => {
      let read = 0
      return {
        match: (key) => kept.match(key),
        put: (key, response) => kept.put(key, response),
        delete: (key) => kept.delete(key),
        purges: {
          append: async (record) => {
            if (state.fails) throw new Error('no log')
            return records.push({ ...record, generation: records.length + 1 })
          },
          read: async () => {
            if (state.fails) throw new Error('no log')
            return records.slice(read, (read = records.length))
          },
        },
      }
    }
    let asked = 0
    const gateway = (memory = false): World =>
      worldOf({ caches: { default: { store: 'platform', ...(memory ? { memory: '1MiB' } : {}) } }, routes: [{ upstream: 'app', cache: true }] }, () => text(String(++asked), ['Cache-Control', 'max-age=600', 'Surrogate-Key', 'red']), { openStore: open })
    return { state, gateway }
  }

  test('a purge outlives the gateway, and what was stored after it stays', async () => {
    const { gateway } = shared()
    const first = gateway()
    await first.ask('GET', '/a')
    await first.ask('GET', '/b')
    expect(await first.purge({ tag: 'red' })).toBe(true)
    expect((await first.ask('GET', '/b')).text).toBe('3')
    const second = gateway()
    expect([(await second.ask('GET', '/a')).text, (await second.ask('GET', '/b')).text]).toEqual(['4', '3'])
  })

  test('a purge reaches other gateways: at once where they ask the store, within a second where they have memory in front', async () => {
    const { gateway } = shared()
    const [one, other, quick] = [gateway(), gateway(), gateway(true)]
    for (const world of [one, other, quick]) await world.ask('GET', '/')
    expect((await quick.ask('GET', '/')).text).toBe('1')
    await one.purge({ all: true })
    expect((await other.ask('GET', '/')).text).toBe('2')
    quick.nowMs += 1000
    expect((await quick.ask('GET', '/')).text).toBe('1')
    await new Promise((resolve) => setTimeout(resolve))
    expect((await quick.ask('GET', '/')).text).not.toBe('1')
  })

  test('a purge that could not be kept holds here, is told, and is kept later', async () => {
    const { gateway, state } = shared()
    const [one, other] = [gateway(), gateway()]
    await one.ask('GET', '/')
    state.fails = true
    expect(await one.purge({ tag: 'red' })).toBe(false)
    expect(one.events.at(-1)).toMatchObject({ kind: 'background-failed', what: 'cache-purge' })
    expect((await one.ask('GET', '/')).text).toBe('2')
    state.fails = false
    await one.ask('GET', '/')
    await new Promise((resolve) => setTimeout(resolve))
    expect(Number((await other.ask('GET', '/')).text)).toBeGreaterThan(2)
  })
})
