import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseLimitKey } from '../../../src/config/limit-key.js'
import type { Identity } from '../../../src/exchange.js'
import { limitKeyReader } from '../../../src/filter/limit-key.js'
import { type Asked, exchangeOf } from '../../support/exchange.js'

const keyOf = (by: string | string[], asked: Asked = {}, identity?: Identity): string => limitKeyReader(by, { owner: 'route', fault: () => {} })(Object.assign(exchangeOf(asked), { identity }))
const from = (address: string): Asked => ({ info: { peer: { address } } })
const who = (claims: Record<string, unknown>, name = 'ann'): Identity => ({ by: 'jwt', name, claims })

test.each<[string, string, Asked, Asked, boolean]>([
  ['addresses of one IPv6 /64 are one client', 'client-ip', from('2001:db8:1:2::1'), from('2001:DB8:1:2:ffff:ffff:ffff:ffff'), true],
  ['addresses of two IPv6 /64 are two', 'client-ip', from('2001:db8:1:2::1'), from('2001:db8:1:3::1'), false],
  ['a mapped IPv4 address is the IPv4 address', 'client-ip', from('::ffff:192.0.2.1'), from('192.0.2.1'), true],
  ['it is so in whichever spelling', 'client-ip', from('::FFFF:c000:0201'), from('192.0.2.1'), true],
  ['two mapped IPv4 addresses are two clients', 'client-ip', from('::ffff:192.0.2.1'), from('::ffff:192.0.2.2'), false],
  ['unknown addresses are one client', 'client-ip', {}, {}, true],
  ['an unknown address is not a known one', 'client-ip', {}, from('192.0.2.1'), false],
  ['a client that is no trusted proxy does not choose its address', 'client-ip', { ...from('192.0.2.1'), fields: ['X-Forwarded-For', '203.0.113.1', 'Forwarded', 'for=203.0.113.2', 'X-Real-IP', '203.0.113.3'] }, from('192.0.2.1'), true],
  ['requests without a header count together', 'header:x-key', {}, { target: '/other' }, true],
  ['an empty header is not an absent one', 'header:x-key', { fields: ['X-Key', ''] }, {}, false],
  ['values of a header differ', 'header:X-Key', { fields: ['x-key', 'a'] }, { fields: ['x-key', 'b'] }, false],
  ['of a repeated header the first counts', 'header:x-key', { fields: ['x-key', 'a', 'x-key', 'c'] }, { fields: ['x-key', 'a', 'x-key', 'd'] }, true],
  ['a cookie counts, whatever others are beside it', 'cookie:s', { fields: ['Cookie', 's=1; x=2'] }, { fields: ['Cookie', 'y=9; s=1'] }, true],
  ['a query parameter counts in any spelling', 'query:user', { target: '/?user=a%6en' }, { target: '/?x=1&user=ann' }, true],
  ['a path counts in its canonical form', 'path', { target: '/a/../%62' }, { target: '/b?x' }, true],
  ['a host counts without its port', 'host', { host: 'A.test:80' }, { host: 'a.test' }, true],
  ['everything on a route counts together', 'route', from('192.0.2.1'), { target: '/x', host: 'b.test' }, true],
])('%s', (_, by, one, other, same) => {
  expect(keyOf(by, one) === keyOf(by, other)).toBe(same)
})

describe('who asks', () => {
  test.each<[string, string, Identity | undefined, Identity | undefined, boolean]>([
    ['a name is another one than that of another way to prove it', 'identity', { by: 'basic', name: 'ann' }, { by: 'jwt', name: 'ann' }, false],
    ['those who are nobody count together', 'identity', undefined, undefined, true],
    ['a claim counts, whatever else the token says', 'claim:sub', who({ sub: 'a', iat: 1 }), who({ sub: 'a', iat: 2 }), true],
    ['claims differ', 'claim:org', who({ org: 1 }), who({ org: 2 }), false],
    ['a claim that is a list counts whole', 'claim:roles', who({ roles: ['a', 'b'] }), who({ roles: ['a'] }), false],
    ['a dot leads into a claim', 'claim:org.id', who({ org: { id: 1, n: 1 } }), who({ org: { id: 1, n: 2 } }), true],
    ['claims within claims differ', 'claim:org.id', who({ org: { id: 1 } }), who({ org: { id: 2 } }), false],
    ['a claim that is null is none', 'claim:n', who({ n: null }), who({}), true],
    ['what every object has is no claim', 'claim:constructor', who({}), undefined, true],
  ])('%s', (_, by, one, other, same) => {
    expect(keyOf(by, {}, one) === keyOf(by, {}, other)).toBe(same)
  })
})

test('no values of several parts pass for others', () => {
  const part = fc.option(fc.stringMatching(/^[\x21-\x7e]{0,4}$/), { nil: undefined })
  const parts = fc.tuple(part, part)
  const keyOfParts = ([a, b]: readonly (string | undefined)[]): string => keyOf(['header:a', 'header:b'], { fields: [...(a === undefined ? [] : ['a', a]), ...(b === undefined ? [] : ['b', b])] })
  fc.assert(fc.property(parts, parts, (one, other) => {
    expect(keyOfParts(one) === keyOfParts(other)).toBe(one[0] === other[0] && one[1] === other[1])
  }))
})

test.each(['client-ip', 'identity', 'claim:sub', 'claim:https://a.test/org', 'header:x', 'cookie:x', 'query:x', 'path', 'host', 'route'])('"%s" is a key', (text) => {
  expect(parseLimitKey(text)).toBeDefined()
})

test.each(['', 'ip', 'claim:', 'claim:a b', 'header:', 'header:a b', 'Host'])('"%s" is none', (text) => {
  expect(parseLimitKey(text)).toBeUndefined()
})
