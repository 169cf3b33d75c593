import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openExchange } from '../../src/exchange.js'
import { type Fields } from '../../src/http/fields.js'
import { parseCidr } from '../../src/http/address.js'
import { type Trust, TRUST_NOBODY } from '../../src/http/forwarded.js'
import { exchangeOf, opening } from '../support/exchange.js'
import { anyText } from '../support/text.js'

const OURS: Trust = { kind: 'networks', networks: [parseCidr('10.0.0.0/8')!], source: 'either' }
const open = (method: string, target: string, fields: Fields): ReturnType<typeof openExchange> =>
  openExchange({ method, target, fields, body: undefined, signal: undefined }, {}, opening({ id: 'new' }))

describe('openExchange', () => {
  test.each<[string, string, string, Fields]>([
    ['no Host', 'GET', '/', []],
    ['an empty Host', 'GET', '/', ['Host', '']],
    ['two Hosts', 'GET', '/', ['Host', 'a', 'Host', 'a']],
    ['a malformed Host', 'GET', '/', ['Host', 'a/b']],
    ['a Host with userinfo', 'GET', '/', ['Host', 'u@a']],
    ['a malformed target', 'GET', '/a b', ['Host', 'a']],
    ['CONNECT', 'CONNECT', 'a:443', ['Host', 'a:443']],
    ['a target of another host', 'GET', 'http://b/', ['Host', 'a']],
    ['a target of another port', 'GET', 'http://a:81/', ['Host', 'a']],
    ['a target without the port of Host', 'GET', 'http://a/', ['Host', 'a:81']],
    ['a target whose scheme has another port', 'GET', 'http://a/', ['Host', 'a:443']],
    ['a secure target whose scheme has another port', 'GET', 'https://a/', ['Host', 'a:80']],
    ['framing with two meanings', 'POST', '/', ['Host', 'a', 'Content-Length', '5', 'Transfer-Encoding', 'chunked']],
    ['a method that is none', 'GE T', '/', ['Host', 'a']],
    ['a line break in a value', 'GET', '/', ['Host', 'a', 'X', 'b\r\nY: c']],
  ])('refuses a request with %s', (_, method, target, fields) => {
    const opened = open(method, target, fields)
    if (!('error' in opened)) throw new Error('it was taken')
    expect([opened.error.code, opened.error.status, opened.id]).toEqual(['http_request_error', 400, 'new'])
    expect(opened.error.detail).toMatch(/^The .*\.$/)
  })

  test.each<[string, string, Fields]>([
    ['an absolute target that agrees with Host', 'http://A.example/x', ['Host', 'a.example']],
    ['an absolute target with the same port', 'http://a.example:81/x', ['Host', 'a.example:81']],
    ['an absolute target with the port of its scheme, which Host leaves out', 'http://a.example:80/x', ['Host', 'a.example']],
    ['a secure one', 'https://a.example:443/x', ['Host', 'a.example']],
    ['a Host with the port of the scheme, which the absolute target leaves out', 'http://a.example/x', ['Host', 'a.example:80']],
    ['a Host with that of the secure scheme', 'https://a.example/x', ['Host', 'a.example:443']],
    ['a secure target whose Host has no port', 'https://a.example/x', ['Host', 'a.example']],
    ['a Host with a trailing dot', '/x', ['Host', 'A.Example.']],
  ])('takes %s', (_, target, fields) => {
    expect(open('GET', target, fields)).toMatchObject({ host: { name: 'a.example' }, target: { raw: '/x' } })
  })

  test('what the adapter knows is kept, and what it does not has a default', () => {
    const { signal } = new AbortController()
    expect(exchangeOf({ signal, nowMs: 7, info: { peer: { address: '192.0.2.1', scheme: 'https' } } })).toMatchObject({
      startedMs: 7, peer: { address: '192.0.2.1', scheme: 'https' }, peerTrusted: false, client: { address: '192.0.2.1', scheme: 'https', host: 'gate.example' }, signal,
    })
    expect(exchangeOf()).toMatchObject({ peer: { address: undefined, scheme: 'http' }, client: { address: undefined }, id: 'id-1' })
  })

  test.each<[string, Trust, string, string]>([
    ['of a trusted peer is kept', OURS, 'abc-123', 'abc-123'],
    ['of a stranger is not', TRUST_NOBODY, 'abc-123', 'id-1'],
    ['that is empty is not', OURS, '', 'id-1'],
    ['with other characters is not', OURS, 'a b', 'id-1'],
    ['that could break out of a page or a log is not', OURS, '"><script>', 'id-1'],
    ['that is too long is not', OURS, 'x'.repeat(129), 'id-1'],
  ])('a request id %s', (_, trust, sent, id) => {
    expect(exchangeOf({ trust, info: { peer: { address: '10.0.0.1' } }, fields: ['X-Request-ID', sent] }).id).toBe(id)
  })

  test('whatever an untrusted peer sends, it cannot choose its address, scheme, host or id', () => {
    const name = fc.constantFrom('Forwarded', 'X-Forwarded-For', 'x-forwarded-proto', 'X-Forwarded-Host', 'X-Real-IP', 'X-Request-ID')
    const told = fc.constantFrom('10.0.0.1', 'for=10.0.0.1;proto=https;host=evil', 'https', 'evil.example', '"', ',', 'abc')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, told), { maxLength: 30, size: 'max' }), fc.constantFrom(TRUST_NOBODY, OURS), (pairs, trust) => {
        const exchange = exchangeOf({ trust, fields: pairs.flat(), info: { peer: { address: '203.0.113.9' } } })
        expect(exchange).toMatchObject({ id: 'id-1', peerTrusted: false, client: { address: '203.0.113.9', scheme: 'http', host: 'gate.example' }, host: { name: 'gate.example' } })
      }),
    )
  })

  test('no head makes it throw', () => {
    const odd = anyText()
    fc.assert(fc.property(odd, odd, fc.array(fc.tuple(fc.oneof(odd, fc.constantFrom('Host', 'Content-Length', 'X-Forwarded-For', 'Forwarded')), odd)), (method, target, pairs) => void open(method, target, pairs.flat())))
  })
})
