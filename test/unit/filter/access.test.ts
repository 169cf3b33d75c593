import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FilterConfig } from '../../../src/config/schema.js'
import { compileRules } from '../../../src/filter/compile.js'
import { check } from '../../../src/filter/stage.js'
import { parseCidr } from '../../../src/http/address.js'
import type { Trust } from '../../../src/http/forwarded.js'
import { type Asked, exchangeOf } from '../../support/exchange.js'

const from = (address: string | undefined): Asked => ({ info: { peer: address === undefined ? {} : { address } } })
const refused = (filters: FilterConfig[], asked: Asked): boolean => check(exchangeOf(asked), compileRules(filters)) !== undefined

describe('deny', () => {
  test.each<[string, NonNullable<FilterConfig['deny']>, Asked, boolean]>([
    ['an address in a range', { ip: ['192.0.2.0/24'] }, from('192.0.2.9'), true],
    ['an address in a later range', { ip: ['192.0.2.0/24', '2001:db8::/32'] }, from('2001:db8::1'), true],
    ['an address in its mapped form', { ip: ['192.0.2.0/24'] }, from('::ffff:192.0.2.9'), true],
    ['an address outside', { ip: ['192.0.2.0/24'] }, from('192.0.3.9'), false],
    ['an address that is not known', { ip: ['0.0.0.0/0', '::/0'] }, from(undefined), false],
    ['a method in any case', { method: ['trace'] }, { method: 'Trace' }, true],
    ['another method', { method: ['TRACE'] }, {}, false],
    ['a host', { host: ['*.internal'] }, { host: 'A.Internal.:80' }, true],
    ['another host', { host: ['*.internal'] }, { host: 'internal' }, false],
    ['a path', { path: ['/admin/*'] }, { target: '/admin/users' }, true],
    ['a path whose dots hide it', { path: ['/admin/*'] }, { target: '/public/../admin/users' }, true],
    ['a path whose escapes hide it', { path: ['/admin/*'] }, { target: '/%61dmin/users' }, true],
    ['a path whose slashes hide it', { path: ['/admin/*'] }, { target: '//admin///users' }, true],
    ['a path that is only so as it was sent', { path: ['/admin/*'] }, { target: '/admin/../public' }, true],
    ['another path', { path: ['/admin/*'] }, { target: '/adm' }, false],
    ['a path in the query is none', { path: ['/admin/*'] }, { target: '/?x=/admin/users' }, false],
    ['all settings fit', { method: ['POST'], path: ['/form'] }, { method: 'POST', target: '/form' }, true],
    ['one of two settings fits', { method: ['POST'], path: ['/form'] }, { method: 'POST', target: '/other' }, false],
    ['an empty rule describes nothing', {}, {}, false],
    ['an empty list describes nothing', { ip: [] }, from('192.0.2.9'), false],
  ])('%s', (_, deny, asked, expected) => {
    expect(refused([{ deny }], asked)).toBe(expected)
  })
})

describe('allow', () => {
  test.each<[string, NonNullable<FilterConfig['allow']>, Asked, boolean]>([
    ['an address in a range passes', { ip: ['192.0.2.0/24'] }, from('192.0.2.9'), false],
    ['an address outside is refused', { ip: ['192.0.2.0/24'] }, from('192.0.3.9'), true],
    ['an address that is not known is refused', { ip: ['0.0.0.0/0', '::/0'] }, from(undefined), true],
    ['a path passes', { path: ['/public/*'] }, { target: '/public/a' }, false],
    ['a path that climbs out is refused', { path: ['/public/*'] }, { target: '/public/../admin' }, true],
    ['a path that climbs out by escapes is refused', { path: ['/public/*'] }, { target: '/public/%2e%2e/admin' }, true],
    ['one of two settings does not do', { method: ['GET'], ip: ['192.0.2.0/24'] }, from('192.0.3.9'), true],
    ['an empty rule lets nothing through', {}, {}, true],
  ])('%s', (_, allow, asked, expected) => {
    expect(refused([{ allow }], asked)).toBe(expected)
  })

  test('of the same rule, allow refuses exactly what deny lets pass, where both see one path', () => {
    const rule = fc.record<NonNullable<FilterConfig['deny']>>({ ip: fc.constant(['192.0.2.0/24']), method: fc.constant(['GET']), path: fc.constant(['/a/*']), host: fc.constant(['a.test']) }, { requiredKeys: ['method'] })
    const asked = fc.record({ method: fc.constantFrom('GET', 'POST'), target: fc.constantFrom('/a', '/b'), host: fc.constantFrom('a.test', 'b.test'), info: fc.constantFrom({ peer: { address: '192.0.2.1' } }, { peer: { address: '192.0.3.1' } }) })
    fc.assert(fc.property(rule, asked, (config, request) => void expect(refused([{ allow: config }], request)).toBe(!refused([{ deny: config }], request))))
  })
})

describe('a list of filters', () => {
  test('the first refusal counts, with a reason for the log', () => {
    const rules = compileRules([{ allow: { ip: ['192.0.2.0/24'] } }, { deny: { method: ['POST'], path: ['/x/*'] } }, { deny: { path: ['/*'] } }])
    expect(check(exchangeOf({ ...from('192.0.3.1'), method: 'POST', target: '/x/y' }), rules)).toEqual({ kind: 'refuse', code: 'http_request_denied', reason: 'allow: outside of the list' })
    expect(check(exchangeOf({ ...from('192.0.2.1'), method: 'POST', target: '/x/y' }), rules)).toEqual({ kind: 'refuse', code: 'http_request_denied', reason: 'deny: method POST, path /x/*' })
  })

  test('no filters let everything pass', () => {
    expect(check(exchangeOf(), compileRules(undefined))).toBeUndefined()
    expect(check(exchangeOf(), compileRules([]))).toBeUndefined()
  })

  test('a client behind a trusted proxy is judged by its own address, any other by its peer\'s', () => {
    const filters: FilterConfig[] = [{ deny: { ip: ['192.0.2.0/24'] } }]
    const trust: Trust = { kind: 'networks', networks: [parseCidr('10.0.0.0/8')!], source: 'either' }
    const behind = { fields: ['X-Forwarded-For', '192.0.2.9'], trust }
    expect(refused(filters, { ...behind, info: { peer: { address: '10.0.0.1' } } })).toBe(true)
    expect(refused(filters, { ...behind, info: { peer: { address: '11.0.0.1' } } })).toBe(false)
    expect(refused(filters, { trust, fields: ['X-Forwarded-For', '198.51.100.1'], info: { peer: { address: '192.0.2.9' } } })).toBe(true)
  })
})
