import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check } from '../../../src/filter/stage.js'
import { parseCidr } from '../../../src/http/address.js'
import type { Trust } from '../../../src/http/forwarded.js'
import { parseTarget } from '../../../src/http/target.js'
import { type Asked, exchangeOf } from '../../support/exchange.js'
import { type NamedFilter, rulesOf } from '../../support/filters.js'

const from = (address: string | undefined): Asked => ({ info: { peer: address === undefined ? {} : { address } } })
const refused = (filters: NamedFilter[], asked: Asked): boolean => check(exchangeOf(asked), rulesOf(filters)) !== undefined

describe('deny', () => {
  test.each<[string, NonNullable<NamedFilter['deny']>, Asked, boolean]>([
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
  test.each<[string, NonNullable<NamedFilter['allow']>, Asked, boolean]>([
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
    const rule = fc.record<NonNullable<NamedFilter['deny']>>({ ip: fc.constant(['192.0.2.0/24']), method: fc.constant(['GET']), path: fc.constant(['/a/*']), host: fc.constant(['a.test']) }, { requiredKeys: ['method'] })
    const asked = fc.record({ method: fc.constantFrom('GET', 'POST'), target: fc.constantFrom('/a', '/b'), host: fc.constantFrom('a.test', 'b.test'), info: fc.constantFrom({ peer: { address: '192.0.2.1' } }, { peer: { address: '192.0.3.1' } }) })
    fc.assert(fc.property(rule, asked, (config, request) => void expect(refused([{ allow: config }], request)).toBe(!refused([{ deny: config }], request))))
  })
})

describe('a path that can be read in several ways', () => {
  const DENY: NamedFilter[] = [{ deny: { path: ['/admin/*'] } }]
  const ALLOW: NamedFilter[] = [{ allow: { path: ['/public/*'] } }]

  test.each([
    '/admin%2Fusers', '/admin%2fusers', '/admin%5Cusers', '/admin%252Fusers', '/admin%25252fusers', '/%2561dmin/users', '/admin;x=1/users', '/admin;/users', '/admin%3bx/users',
    '/;x/admin/users', '/;/admin', '/%2Fadmin/users', '/%5cadmin', '/x/../admin/users', '/admin/../public', '/admin;x%2Fusers', '/admin%2Fx/..', '/admin%2Fusers%2Fx/../y', '/;%2Fx/admin%2Fusers',
  ])('is denied when any reading is: %s', (target) => {
    expect(refused(DENY, { target })).toBe(true)
  })

  test.each(['/administrator', '/x/admin%2Fusers', '/x;admin/users', '/admin%20users', '/adm%2Fin', '/?/admin/users', '/x;/admin'])('passes when none is denied: %s', (target) => {
    expect(refused(DENY, { target })).toBe(false)
  })

  test.each(['/public/a%2Fb', '/public/a;x=1/b', '/public/100%2525', '/%70ublic/a', '/x/../public/a', '//public///a'])('is allowed when every reading is: %s', (target) => {
    expect(refused(ALLOW, { target })).toBe(false)
  })

  test.each(['/public%2Fa', '/public;x/a', '/public%5Ca', '/x%2Fpublic/a', '/;/public/a', '/public/../a'])('is not allowed when only one is: %s', (target) => {
    expect(refused(ALLOW, { target })).toBe(true)
  })

  test('all of a glob is held against each reading', () => {
    const images: NamedFilter[] = [{ allow: { path: ['/files/*.png'] } }]
    expect(refused(images, { target: '/files/a.png' })).toBe(false)
    expect(refused(images, { target: '/files/a.exe;.png' })).toBe(true)
    expect(refused(images, { target: '/files/a.exe%3B.png' })).toBe(true)
  })

  test.each([
    ['/a b/*', '/a%20b/x'],
    ['/a%20b/*', '/a%20b/x'],
    ['/caf\u00e9/*', '/caf%c3%a9/x'],
    ['/caf%c3%a9/*', '/caf%C3%A9/x'],
    ['/%61dmin/*', '/admin/x'],
    ['/\u{1f600}', '/%F0%9F%98%80'],
  ])('is compared in canonical form with a glob in any: %s takes %s', (glob, target) => {
    expect([refused([{ allow: { path: [glob] } }], { target }), refused([{ deny: { path: [glob] } }], { target })]).toEqual([false, true])
  })

  test.each(['/100%/*', '/\ud800/*', '/%zz'])('is compared with any glob, however odd: %j', (glob) => {
    expect(refused([{ deny: { path: [glob] } }], { target: '/x' })).toBe(false)
  })

  test('is denied by a glob with escapes behind escaped separators too', () => {
    expect(refused([{ deny: { path: ['/a b/*'] } }], { target: '/a%20b%2Fx' })).toBe(true)
  })

  /** What an origin may make of a path: decoding up to three times, taking `\\` for `/`, dropping parameters before or after, then resolving. */
  function originPaths(raw: string): string[] {
    const decode = (path: string): string => path.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    const strip = (path: string): string => path.replace(/;[^/]*/g, '')
    const resolve = (path: string): string => {
      const kept: string[] = []
      for (const segment of path.split('/')) {
        if (segment === '..') kept.pop()
        else if (segment !== '.' && segment !== '') kept.push(segment)
      }
      return `/${kept.join('/')}`
    }
    const rounds = [raw, strip(raw)].flatMap((path) => [path, decode(path), decode(decode(path)), decode(decode(decode(path)))])
    const slashed = rounds.flatMap((path) => [path, path.replaceAll('\\', '/')])
    return slashed.flatMap((path) => [path, strip(path)]).map(resolve)
  }

  test('reaches no origin that would take it for a denied one, however it reads paths', () => {
    const piece = fc.constantFrom('/', '/', 'admin', 'admin', '%61dmin', '%2561dmin', '%2f', '%2F', '%5c', '%252f', ';', ';x', '%3b', '.', '..', '%2e', '%252e', 'x', '\\', 'public')
    let denied = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const path = `/${pieces.join('')}`
        const parsed = parseTarget('GET', path)
        if (parsed.kind === 'fault') return
        // Dot segments in plain sight go upstream resolved.
        const sent = /\/(\.|%2e){1,2}(\/|$)/i.test(path) ? parsed.target.path : path
        const reached = originPaths(sent).filter((reading) => reading === '/admin' || reading.startsWith('/admin/'))
        if (reached.length === 0) return
        denied++
        expect(refused(DENY, { target: path })).toBe(true)
      }),
      { numRuns: 4000 },
    )
    expect(denied).toBeGreaterThan(100)
  })
})

describe('a list of filters', () => {
  test('the first refusal counts, with a reason for the log', () => {
    const rules = rulesOf([{ allow: { ip: ['192.0.2.0/24'] } }, { deny: { method: ['POST'], path: ['/x/*'] } }, { deny: { path: ['/*'] } }])
    expect(check(exchangeOf({ ...from('192.0.3.1'), method: 'POST', target: '/x/y' }), rules)).toEqual({ kind: 'refuse', code: 'http_request_denied', reason: 'allow: outside of the list' })
    expect(check(exchangeOf({ ...from('192.0.2.1'), method: 'POST', target: '/x/y' }), rules)).toEqual({ kind: 'refuse', code: 'http_request_denied', reason: 'deny: method POST, path /x/*' })
  })

  test('no filters let everything pass', () => {
    expect(check(exchangeOf(), rulesOf())).toBeUndefined()
    expect(check(exchangeOf(), rulesOf([]))).toBeUndefined()
  })

  test('a client behind a trusted proxy is judged by its own address, any other by its peer\'s', () => {
    const filters: NamedFilter[] = [{ deny: { ip: ['192.0.2.0/24'] } }]
    const trust: Trust = { kind: 'networks', networks: [parseCidr('10.0.0.0/8')!], source: 'either' }
    const behind = { fields: ['X-Forwarded-For', '192.0.2.9'], trust }
    expect(refused(filters, { ...behind, info: { peer: { address: '10.0.0.1' } } })).toBe(true)
    expect(refused(filters, { ...behind, info: { peer: { address: '11.0.0.1' } } })).toBe(false)
    expect(refused(filters, { trust, fields: ['X-Forwarded-For', '198.51.100.1'], info: { peer: { address: '192.0.2.9' } } })).toBe(true)
  })
})

describe('user agents', () => {
  test.each<[string, string[], string[], boolean]>([
    ['a glob, whatever the case', ['*bot*'], ['User-Agent', 'GoogleBOT/2'], true],
    ['another', ['curl/*', 'wget'], ['User-Agent', 'Mozilla/5.0 (curl/8)'], false],
    ['none', ['*bot*'], [], false],
    ['none, by an empty text', [''], [], true],
    ['one of several lines', ['evil'], ['User-Agent', 'good', 'user-agent', 'EVIL'], true],
  ])('deny: %s', (_, userAgent, fields, expected) => {
    expect(refused([{ deny: { userAgent } }], { fields })).toBe(expected)
  })

  test('allow: all lines must be', () => {
    expect(refused([{ allow: { userAgent: ['good'] } }], { fields: ['User-Agent', 'good'] })).toBe(false)
    expect(refused([{ allow: { userAgent: ['good'] } }], { fields: ['User-Agent', 'good', 'User-Agent', 'evil'] })).toBe(true)
    expect(refused([{ allow: { userAgent: ['good'] } }], {})).toBe(true)
  })

  test('a hostile one takes no longer than it is long', () => {
    const rules = rulesOf([{ deny: { userAgent: ['*a*a*a*a*a*a*a*a*a*b'] } }])
    const exchange = exchangeOf({ fields: ['User-Agent', 'a'.repeat(30_000)] })
    const startedMs = performance.now()
    expect(check(exchange, rules)).toBeUndefined()
    expect(performance.now() - startedMs).toBeLessThan(500)
  })
})

describe('countries', () => {
  const countryOf = (address: string): string | undefined => (address.startsWith('192.0.2.') ? 'DE' : undefined)
  const judged = (filters: NamedFilter[], asked: Asked): boolean => check(exchangeOf(asked), rulesOf(filters, { countryOf })) !== undefined
  const trust: Trust = { kind: 'networks', networks: [parseCidr('10.0.0.0/8')!], source: 'either' }

  test.each<[string, Asked, boolean, boolean]>([
    ['of the address', from('192.0.2.9'), true, true],
    ['unknown fits no list', from('203.0.113.9'), false, false],
    ['of nobody', from(undefined), false, false],
    ['told by the platform', { info: { peer: { address: '203.0.113.9' }, country: 'DE' } }, true, true],
    ['the platform knows better', { info: { peer: { address: '192.0.2.9' }, country: 'FR' } }, false, false],
    ['the platform tells of a proxy, not of the client', { info: { peer: { address: '10.0.0.1' }, country: 'DE' }, trust, fields: ['X-Forwarded-For', '203.0.113.9'] }, false, false],
    ['of the client behind a proxy', { info: { peer: { address: '10.0.0.1' }, country: 'FR' }, trust, fields: ['X-Forwarded-For', '192.0.2.9'] }, true, true],
  ])('%s', (_, asked, denied, allowed) => {
    expect([judged([{ deny: { country: ['AT', 'DE'] } }], asked), !judged([{ allow: { country: ['AT', 'DE'] } }], asked)]).toEqual([denied, allowed])
  })

  test('are refused at start where nobody can tell them', () => {
    expect(() => rulesOf([{ deny: { country: ['DE'] } }])).toThrow('filters[0].deny.country')
  })
})
