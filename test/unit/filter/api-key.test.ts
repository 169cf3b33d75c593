// apiKey through a whole gateway: who passes, what is said to others, and that wrong keys leave nothing behind.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { PASS, type Rule } from '../../../src/filter/verdict.js'
import type { Config } from '../../../src/index.js'
import { exchangeOf } from '../../support/exchange.js'
import { rulesOf } from '../../support/filters.js'
import { text, worldOf } from '../../support/gateway.js'

const digest = (key: string): string => `sha256:${createHash('sha256').update(key).digest('hex')}`
type Settings = NonNullable<Extract<NonNullable<Config['filters']>[number], { apiKey?: unknown }>['apiKey']>
const KEYS = { 'the shop': digest('shop-key'), 'tëst': digest('test-key').toUpperCase().replace('SHA', 'sha') }
const filters = (rest: Partial<Settings> = {}): NonNullable<Config['filters']> => [{ apiKey: { keys: KEYS, ...rest } }]

test.each<[string, Partial<Settings>, string, string[], string]>([
  ['a header', {}, '/', ['x-api-key', 'shop-key'], 'the shop'],
  ['a header of another name', { header: 'X-Token' }, '/', ['X-TOKEN', ' test-key '], 'tëst'],
  ['a list of keys', { keys: [digest('a'), digest('b')] }, '/', ['X-API-Key', 'b'], 'key-2'],
  ['Authorization', { header: 'Authorization' }, '/', ['Authorization', 'bearer shop-key'], 'the shop'],
  ['the query', { query: 'k' }, '/?a=1&k=shop%2Dkey', [], 'the shop'],
])('a key in %s passes, on its first request and on the next', async (_, rest, target, fields, name) => {
  const world = worldOf({ filters: filters(rest) })
  for (let i = 0; i < 2; i++) expect((await world.ask('GET', target, { fields })).status).toBe(200)
  expect(world.events.map((event) => event.kind === 'request' && event.user)).toEqual([name, name])
  expect(world.sent.map((request) => request.fields.join())).toEqual([expect.not.stringContaining('key'), expect.not.stringContaining('key')])
  expect(world.sent[0]!.target).toBe(target)
})

test.each<[string, Partial<Settings>, string, string[], string]>([
  ['none', {}, '/', [], 'no key'],
  ['another', {}, '/', ['X-API-Key', 'shop-kez'], 'a key that nobody has'],
  ['the digest in place of the key', {}, '/', ['X-API-Key', KEYS['the shop']], 'a key that nobody has'],
  ['two', {}, '/', ['X-API-Key', 'shop-key', 'x-api-key', 'shop-key'], 'more than one key'],
  ['one here and one there', { query: 'k' }, '/?k=shop-key', ['X-API-Key', 'test-key'], 'more than one key'],
  ['one in a place that is not asked for', {}, '/?k=shop-key&X-API-Key=shop-key', ['Authorization', 'Bearer shop-key', 'Cookie', 'X-API-Key=shop-key'], 'no key'],
  ['a twin of the header', {}, '/', ['X_API_Key', 'shop-key'], 'no key'],
  ['an empty one', {}, '/', ['X-API-Key', ''], 'a key that cannot be read'],
  ['another scheme', { header: 'Authorization' }, '/', ['Authorization', 'Basic shop-key'], 'a key that cannot be read'],
  ['a huge one', {}, '/', ['X-API-Key', 'k'.repeat(513)], 'a key that is too long'],
])('%s is refused with 401, and the log has not the key', async (_, rest, target, fields, reason) => {
  const world = worldOf({ filters: filters(rest) })
  const answer = await world.ask('GET', target, { fields })
  expect([answer.status, answer.value('www-authenticate'), world.sent.length]).toEqual([401, 'ApiKey realm="restricted"', 0])
  expect(world.events[0]).toMatchObject({ detail: `apiKey: ${reason}`, user: undefined })
})

describe('what servers get', () => {
  test('the header where it is kept, and the name of the key where that is asked for, whatever clients say', async () => {
    const world = worldOf({ filters: filters({ keep: true, userHeader: 'X-Client' }) })
    await world.ask('GET', '/', { fields: ['X-API-Key', 'test-key', 'x-client', 'admin', 'Connection', 'X-Client'] })
    const { fields } = world.sent[0]!
    expect(fields[fields.indexOf('X-API-Key') + 1]).toBe('test-key')
    expect(fields.filter((_, i) => fields[i - 1]?.toLowerCase() === 'x-client')).toEqual(['t%C3%ABst'])
  })
})

test('an answer to the holder of a key is not stored unless it is for all', async () => {
  const world = worldOf({ routes: [{ upstream: 'app', cache: true, filters: filters() }] }, () => text('mine', ['Cache-Control', 'max-age=60']))
  for (const key of ['shop-key', 'test-key']) await world.ask('GET', '/', { fields: ['X-API-Key', key] })
  expect(world.sent).toHaveLength(2)
})

test('a key that was right is known at once from then on; wrong ones are not remembered', async () => {
  const [rule] = rulesOf(filters({ keep: true })) as [Rule]
  const verdict = (key: string) => rule(exchangeOf({ fields: ['X-API-Key', key] }))
  expect([await verdict('shop-key'), verdict('shop-key')]).toEqual([1, 2].map(() => ({ ...PASS, identity: { by: 'api-key', name: 'the shop' } })))
  for (let i = 0; i < 2; i++) {
    const wrong = verdict('wrong')
    expect(wrong).toBeInstanceOf(Promise)
    expect(await wrong).toMatchObject({ kind: 'refuse' })
  }
})

test.each([
  [{ keys: [] }, 'at least one key'],
  [{ keys: {} }, 'at least one key'],
  [{ keys: ['shop-key'] }, 'fetchgate hash --key'],
  [{ keys: [digest('a').slice(0, -1)] }, 'fetchgate hash --key'],
  [{ keys: [digest('a')], header: 'a b' }, 'is not a header name'],
  [{ keys: [digest('a')], userHeader: 'Content-Length' }, 'is a header that the gateway writes itself'],
])('%j is a fault at start', (settings, message) => {
  expect(() => rulesOf([{ apiKey: settings }])).toThrow(message)
})
