import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyedTarget, keyedText, searchOf, searchRuleOf } from '../../../src/cache/query.js'
import { Searches } from '../../../src/cache/searches.js'
import { parseTarget } from '../../../src/http/target.js'
import { text, type World, worldOf } from '../../support/gateway.js'

const targetOf = (raw: string) => {
  const parsed = parseTarget('GET', raw)
  if (parsed.kind === 'fault') throw new Error(parsed.detail)
  return parsed.target
}

describe('the operator\'s rule', () => {
  test.each<[string, string[], boolean, string]>([
    ['/a?x=1', [], false, '/a?x=1'],
    ['/a', ['x'], true, '/a'],
    ['/a?x=1', ['x'], false, '/a'],
    ['/a?utm_source=1&y=2&utm_medium=3', ['utm_*'], false, '/a?y=2'],
    ['/a?%75tm_source=1&y=2', ['utm_*'], false, '/a?y=2'],
    ['/a?xx=1&X=2', ['x'], false, '/a?xx=1&X=2'],
    ['/a?b=2&a=1&b=1', [], true, '/a?a=1&b=2&b=1'],
    ['/a?b=%2f&%61=+', [], true, '/a?%61=+&b=%2f'],
    ['/a?%zz=1', ['x'], true, '/a?%zz=1'],
    ['/a?', ['x'], false, '/a?'],
  ])('%s without %j, sorted: %s → %s', (raw, ignore, sort, expected) => {
    expect(keyedTarget(targetOf(raw), { ignore, sort }).raw).toBe(expected)
  })

  test('takes out every parameter that it names, however it is spelled, and nothing else; and sorting joins only what differs in the order of names', () => {
    const parameter = fc.tuple(fc.constantFrom('a', '%61', 'b', 'utm_x', 'u%74m_y', 'utm', '%zz', '', 'a+b', 'a%20b', 'A'), fc.constantFrom('', '=', '=1', '=%31', '=a=b')).map((parts) => parts.join(''))
    const query = fc.array(parameter, { maxLength: 20, size: 'max' })
    const rule = fc.record({ ignore: fc.subarray(['a', 'utm_*', 'a b', '*b', '']), sort: fc.boolean() })
    const nameOf = (text: string): string => [...new URLSearchParams(text).keys()][0] ?? ''
    fc.assert(
      fc.property(query, rule, fc.infiniteStream(fc.nat()), (parameters, by, rolls) => {
        const target = `/p?${parameters.join('&')}`
        const keyed = keyedText(target, by)
        expect(keyedTarget(targetOf(target), by).raw).toBe(keyed)
        expect(keyedText(keyed, by)).toBe(keyed)
        const isIgnored = (text: string): boolean => by.ignore.some((pattern) => (pattern.endsWith('*') ? nameOf(text).startsWith(pattern.slice(0, -1)) : nameOf(text) === pattern))
        const left = target.slice(3).split('&').filter((text) => !isIgnored(text))
        const kept = keyed === '/p' ? [] : keyed.slice(3).split('&')
        expect(by.sort ? [...kept].sort() : kept).toEqual(by.sort ? [...left].sort() : left)
        for (const name of new Set(left.map(nameOf))) expect(kept.filter((text) => nameOf(text) === name)).toEqual(left.filter((text) => nameOf(text) === name))
        if (!by.sort) return
        // Names in another order, those that are the same in theirs.
        const places = new Map([...new Set(left.map(nameOf))].map((name) => [name, rolls.next().value as number]))
        const other = [...left].sort((a, b) => places.get(nameOf(a))! - places.get(nameOf(b))!)
        if (new Set(places.values()).size === places.size && left.length > 0) expect(keyedText(`/p?${other.join('&')}`, by)).toBe(keyed)
      }),
      { numRuns: 500 },
    )
  })

  test('decides what the origin gets, too', async () => {
    const { ask, sent } = worldOf({ routes: [{ upstream: 'app', cache: { ignoreQuery: ['utm_*'], sortQuery: true } }] }, ({ target }) => text(target, ['Cache-Control', 'max-age=60']))
    expect((await ask('GET', '/p?b=1&utm_source=evil&a=2')).text).toBe('/p?a=2&b=1')
    expect((await ask('GET', '/p?a=2&b=1&utm_x=')).value('cache-status')).toMatch(/hit/)
    await ask('POST', '/other?utm_source=kept')
    expect(sent.map(({ target }) => target)).toEqual(['/p?a=2&b=1', '/other?utm_source=kept'])
  })
})

test.each<[string, (world: World) => Promise<unknown>]>([
  ['an unsafe method', ({ ask }) => ask('POST', '/p?utm_x=9&b=1&a=2')],
  ['an unsafe method that names it', ({ ask }) => ask('POST', '/named')],
  ['one on a route without a cache', ({ ask }) => ask('DELETE', '/p?b=1&a=2&utm_y', { fields: ['X-Plain', '1'] })],
  ['a purge of its URL', ({ purge }) => purge({ url: 'http://gate.example/p?b=1&utm_z=1&a=2' })],
])('%s takes out what is kept under a rule, whatever the spelling', async (_, act) => {
  const cache = { ignoreQuery: ['utm_*'], sortQuery: true }
  const world = worldOf({ routes: [{ headers: { match: { 'X-Plain': '1' } }, upstream: 'app' }, { upstream: 'app', cache }] }, ({ method }, number) => text(String(number), method === 'GET' ? ['Cache-Control', 'max-age=60'] : ['Location', '/p?a=2&utm_q=1&b=1']))
  await world.ask('GET', '/p?b=1&a=2&utm_source=1')
  await act(world)
  expect((await world.ask('GET', '/p?a=2&b=1')).value('cache-status')).toMatch(/fwd=uri-miss/)
})

test('a purge of a URL takes out what an origin keeps under another spelling', async () => {
  const { ask, purge } = worldOf({ routes: [{ upstream: 'app', cache: true }] }, (_request, number) => text(String(number), ['Cache-Control', 'max-age=60', 'No-Vary-Search', 'params=("utm")']))
  await ask('GET', '/p?utm=1')
  await purge({ url: 'http://gate.example/p?utm=2' })
  expect((await ask('GET', '/p?utm=3')).text).toBe('2')
})

describe('No-Vary-Search', () => {
  test.each<[string, string, string, boolean]>([
    ['params', 'a=1', 'b=2&c', true],
    ['params=("a" "b")', 'a=1&c=1', 'c=1&b=9', true],
    ['params=("a")', 'c=1', 'c=2', false],
    ['params, except=("c")', 'a=1&c=1', 'c=1&b=2', true],
    ['params, except=("c")', 'c=1', 'c=2', false],
    ['key-order', 'a=1&b=2', 'b=2&a=1', true],
    ['key-order', 'a=1&a=2', 'a=2&a=1', false],
    ['params=("a")', 'b=%20', 'a=3&b=+', true],
  ])('%s: %s is like %s: %s', (value, one, other, same) => {
    const rule = searchRuleOf(['No-Vary-Search', value])!
    expect(searchOf(one, rule) === searchOf(other, rule)).toBe(same)
  })

  test.each(['', 'params=?0', 'params=1', 'params=(a)', 'except=("a")', 'params=("a"), except=("b")', 'key-order=1', 'params=("a"', 'params=()', 'other'])('%j lets every difference count', (value) => {
    expect(searchRuleOf(['No-Vary-Search', value])).toBeUndefined()
  })

  test('is learnt from answers, and unlearnt', async () => {
    let says = ['No-Vary-Search', 'params=("utm")']
    const { ask, sent } = worldOf({ routes: [{ upstream: 'app', cache: true }] }, ({ method, target }, number) => (method === 'GET' ? text(`${number} ${target}`, ['Cache-Control', 'max-age=60', ...says]) : text('')))
    expect((await ask('GET', '/p?utm=1&x=1')).text).toBe('1 /p?utm=1&x=1')
    expect((await ask('GET', '/p?x=1&utm=2')).text).toBe('1 /p?utm=1&x=1')
    expect((await ask('GET', '/p?x=2')).text).toBe('2 /p?x=2')
    await ask('POST', '/p?x=1&utm=9')
    says = []
    expect((await ask('GET', '/p?x=1&utm=3')).text).toBe('4 /p?x=1&utm=3')
    expect((await ask('GET', '/p?x=1&utm=4')).text).toBe('5 /p?x=1&utm=4')
    expect(sent).toHaveLength(5)
  })

  test('holds for one origin and path, and for as many paths as there is room', () => {
    const searches = new Searches()
    searches.learn('https://a', '/p?x', searchRuleOf(['No-Vary-Search', 'params']))
    expect([searches.keyOf('https://a', '/p?y'), searches.keyOf('https://b', '/p?y'), searches.keyOf('https://a', '/q?y')]).toEqual(['/p', '/p?y', '/q?y'])
    for (let i = 0; i < 10_000; i++) searches.learn('https://a', `/${i}`, searchRuleOf(['No-Vary-Search', 'params']))
    expect([searches.keyOf('https://a', '/p?y'), searches.keyOf('https://a', '/9999?y')]).toEqual(['/p?y', '/9999'])
  })
})
