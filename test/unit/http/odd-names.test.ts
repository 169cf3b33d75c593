import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../../src/index.js'
import { openExchange } from '../../../src/exchange.js'
import { type Fields, fieldValues } from '../../../src/http/fields.js'
import { type ForgivingPolicy, hasOddName, isOddName, withoutOddNames } from '../../../src/http/odd-names.js'
import { opening } from '../../support/exchange.js'
import { worldOf } from '../../support/gateway.js'

const dropBut = (...names: string[]): ForgivingPolicy => ({ kind: 'drop', keep: new Set(names) })
const DROP = dropBut()
const KEEP: ForgivingPolicy = { kind: 'keep' }

/** How CGI and its heirs spell a name: what two names share there, an origin takes for one. */
const asCgi = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_')

test.each([
  ['Transfer_Encoding', true],
  ['X_Forwarded_For', true],
  ['Content.Length', true],
  ['_', true],
  ['X-A_', true],
  ['X~Forwarded~For', true],
  ["X'A", true],
  ['Transfer-Encoding', false],
  ['ETag', false],
])('whether %s is odd: %s', (name, odd) => {
  expect(isOddName(name)).toBe(odd)
})

describe('odd names', () => {
  const FIELDS: Fields = ['A', '1', 'Transfer_Encoding', 'chunked', 'X-B', '2', 'Content.Length', '3', 'x_c', '4', 'D', '5']

  test.each<[string, ForgivingPolicy, Fields]>([
    ['are dropped', DROP, ['A', '1', 'X-B', '2', 'D', '5']],
    ['are dropped but for those in the list, in any case', dropBut('x_c', 'content.length'), ['A', '1', 'X-B', '2', 'Content.Length', '3', 'x_c', '4', 'D', '5']],
    ['are kept', KEEP, FIELDS],
  ])('%s', (_, policy, expected) => {
    expect(withoutOddNames(FIELDS, policy)).toEqual(expected)
  })

  test.each([DROP, KEEP])('cost nothing where there are none: %j', (policy) => {
    const fields = ['A', '1', 'X-B', 'a_b']
    expect(withoutOddNames(fields, policy)).toBe(fields)
  })

  test('no twin of a name with hyphens is left, and everything else is, in its order', () => {
    const name = fc.constantFrom('Host', 'Content-Length', 'Content_Length', 'CONTENT.length', 'X-Forwarded-For', 'X_Forwarded_For', 'X-Forwarded_For', 'x.forwarded.for', 'X!Forwarded|For', '_', '.', 'Cookie')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 40, size: 'max' }), (pairs) => {
        const left = withoutOddNames(pairs.flat(), DROP)
        expect(left).toEqual(pairs.filter(([sent]) => !/[^\w-]|_/.test(sent)).flat())
        const names = left.filter((_, i) => i % 2 === 0)
        for (const one of names) for (const other of names) expect(asCgi(one) === asCgi(other)).toBe(one.toLowerCase() === other.toLowerCase())
        expect(hasOddName(pairs.flat())).toBe(left.length < pairs.length * 2)
      }),
    )
  })
})

describe('opening a request', () => {
  const open = (policy: ForgivingPolicy, ...fields: string[]): ReturnType<typeof openExchange> =>
    openExchange({ method: 'POST', target: '/', fields: ['Host', 'a', ...fields], body: undefined, signal: undefined }, {}, { ...opening(), oddNames: policy })

  test.each(['Transfer_Encoding', 'transfer.encoding', 'Content_Length', 'Content.Length', 'X_Forwarded_For', 'Ho_st', 'X_Request_ID'])('%s is dropped or kept as the policy says', (name) => {
    expect(open(DROP, name, '1')).toMatchObject({ fields: ['Host', 'a'] })
    expect(open(KEEP, name, '1')).toMatchObject({ fields: ['Host', 'a', name, '1'] })
    expect(open(dropBut(name.toLowerCase()), name, '1', 'X_Other', '2')).toMatchObject({ fields: ['Host', 'a', name, '1'] })
  })

  test('a line break in the value of one that is dropped is a fault all the same', () => {
    expect(open(DROP, 'X_A', 'b\r\nContent-Length: 5')).toMatchObject({ error: { code: 'http_request_error' } })
  })
})

describe('the setting "oddHeaders"', () => {
  const ODD = ['X_Forwarded_For', '127.0.0.1', 'Transfer_Encoding', 'chunked', 'My.Header', '1']
  const route = { routes: [{ upstream: 'app' }] }
  const received = async (oddHeaders?: 'drop' | 'keep' | 'reject' | string[]): Promise<Fields | undefined> => {
    const world = worldOf(oddHeaders === undefined ? route : { ...route, oddHeaders })
    const { status } = await world.ask('GET', '/', { fields: ODD })
    return status === 400 ? undefined : world.sent[0]!.fields.filter((_, i, all) => isOddName(all[i & ~1]!))
  }

  test.each<[Parameters<typeof received>[0], Fields | undefined]>([
    [undefined, []],
    ['drop', []],
    ['keep', ODD],
    ['reject', undefined],
    [['MY.header'], ['My.Header', '1']],
    [[], []],
  ])('%j: the origin gets %j', async (setting, expected) => {
    expect(await received(setting)).toEqual(expected)
  })

  test('a route rejects, keeps or drops for itself', async () => {
    const route = (path: string, oddHeaders: 'drop' | 'keep' | 'reject' | string[]): Config['routes'][number] => ({ path, upstream: 'app', normalization: { oddHeaders } })
    const routes = [route('/drop', 'drop'), route('/keep', 'keep'), route('/reject', 'reject'), route('/list', ['my.header']), { upstream: 'app' }]
    for (const [oddHeaders, rest] of [['drop', []], ['keep', ODD], ['reject', 400]] as const) {
      const world = worldOf({ oddHeaders, routes })
      const outcome = async (path: string): Promise<Fields | number> => {
        const { status } = await world.ask('GET', path, { fields: ODD })
        return status === 200 ? world.sent.at(-1)!.fields.filter((_, i, all) => isOddName(all[i & ~1]!)) : status
      }
      expect([await outcome('/drop'), await outcome('/keep'), await outcome('/reject'), await outcome('/list'), await outcome('/rest')]).toEqual([[], ODD, 400, ['My.Header', '1'], rest])
      expect(world.events.find((event) => event.kind === 'request' && event.target === '/reject')).toMatchObject({ error: 'http_request_error', detail: expect.stringContaining('normalization.oddHeaders') as string })
    }
  })

  test('routes do not see what is dropped', async () => {
    const { ask } = worldOf({ routes: [{ headers: { X_Beta: '1' }, respond: { body: 'beta' } }, { respond: { body: 'rest' } }] })
    expect((await ask('GET', '/', { fields: ['X_Beta', '1'] })).text).toBe('rest')
  })

  test('a trusted proxy that writes a twin is not believed by it', async () => {
    const world = worldOf({ trustedProxies: 1, oddHeaders: 'keep' })
    await world.ask('GET', '/', { fields: ['X_Forwarded_For', '198.51.100.1'] })
    expect(fieldValues(world.sent[0]!.fields, 'x-forwarded-for')).toEqual(['203.0.113.9'])
    expect(world.events.at(-1)).toMatchObject({ client: '203.0.113.9' })
  })
})
