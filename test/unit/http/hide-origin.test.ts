import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../src/http/fields.js'
import { hideOrigin, publicUrl, type PublicFace } from '../../../src/http/hide-origin.js'

const face = (rest: Partial<PublicFace> = {}): PublicFace => ({ hostnames: new Set(['origin.internal', 'plain.internal', '[2001:db8::1]']), scheme: 'https', host: 'shop.example', stripPrefix: '', addPrefix: '', ...rest })

describe('publicUrl', () => {
  test.each<[string, string, Partial<PublicFace>]>([
    ['http://origin.internal:3000/a?b#c', 'https://shop.example/a?b#c', {}],
    ['http://origin.internal:3000', 'https://shop.example', {}],
    ['http://origin.internal:3000?b', 'https://shop.example?b', {}],
    ['HTTP://ORIGIN.Internal:3000/a', 'https://shop.example/a', {}],
    ['https://origin.internal:3000/a', 'https://shop.example/a', {}],
    ['//origin.internal:3000/a', '//shop.example/a', {}],
    ['http://user:word@origin.internal:3000/a', 'https://shop.example/a', {}],
    ['http://plain.internal:80/a', 'https://shop.example/a', {}],
    ['https://plain.internal:443/a', 'https://shop.example/a', {}],
    ['http://[2001:DB8::1]:3000/a', 'https://shop.example/a', {}],
    ['  http://origin.internal:3000/a ', 'https://shop.example/a', {}],
    ['http://plain.internal:8080/a', 'https://shop.example/a', {}],
    ['http://origin.internal/a', 'https://shop.example/a', {}],
    ['http://origin.internal:/a', 'https://shop.example/a', {}],
    ['https://[2001:db8::1]/a', 'https://shop.example/a', {}],
    ['http://sub.origin.internal/a', 'http://sub.origin.internal/a', {}],
    ['http://2001:db8::1/a', 'http://2001:db8::1/a', {}],
    ['http://elsewhere.example/origin.internal:3000', 'http://elsewhere.example/origin.internal:3000', {}],
    ['http://origin.internal:3000.evil.example/', 'http://origin.internal:3000.evil.example/', {}],
    ['/a?b', '/a?b', {}],
    ['a/b', 'a/b', {}],
    ['../b', '../b', {}],
    ['mailto:a@b', 'mailto:a@b', {}],
    ['', '', {}],
    ['/a', '/api/a', { stripPrefix: '/api' }],
    ['/v1/a', '/a', { addPrefix: '/v1' }],
    ['/v1', '', { addPrefix: '/v1' }],
    ['/v1/a', '/api/a', { stripPrefix: '/api', addPrefix: '/v1' }],
    ['/v1?x', '/api?x', { stripPrefix: '/api', addPrefix: '/v1' }],
    ['/v10/a', '/v10/a', { addPrefix: '/v1' }],
    ['/other', '/other', { stripPrefix: '/api', addPrefix: '/v1' }],
    ['http://origin.internal:3000/v1/a', 'https://shop.example/api/a', { stripPrefix: '/api', addPrefix: '/v1' }],
  ])('%j is %j with %j', (reference, expected, rest) => {
    expect(publicUrl(reference, face(rest))).toBe(expected)
  })
})

describe('hideOrigin', () => {
  test.each<[string, Fields, Fields]>([
    ['telltale fields go', ['Server', 'nginx', 'X-Powered-By', 'PHP', 'x-aspnet-version', '4', 'Via', '1.1 inner', 'Alt-Svc', 'h3=":443"', 'ETag', '"a"'], ['ETag', '"a"']],
    ['Location', ['Location', 'http://origin.internal:3000/a'], ['Location', 'https://shop.example/a']],
    ['Content-Location', ['content-location', 'http://origin.internal:3000/a'], ['content-location', 'https://shop.example/a']],
    ['Refresh', ['Refresh', '5; url=http://origin.internal:3000/a'], ['Refresh', '5; url=https://shop.example/a']],
    ['Refresh with quotes', ['Refresh', '0;URL="http://origin.internal:3000/a"'], ['Refresh', '0;URL="https://shop.example/a"']],
    ['Refresh without a place', ['Refresh', '5'], ['Refresh', '5']],
    ['every Link', ['Link', '<http://origin.internal:3000/a>; rel="next", </b>; rel=x, <http://plain.internal/c>'], ['Link', '<https://shop.example/a>; rel="next", </b>; rel=x, <https://shop.example/c>']],
    ['a Link about the origin', ['Link', '</b>; rel=x; anchor="http://origin.internal:3000/a"; title="anchor=1"'], ['Link', '</b>; rel=x; anchor="https://shop.example/a"; title="anchor=1"']],
    ['a Link about itself', ['Link', '<http://plain.internal/b>; ANCHOR = "#c"'], ['Link', '<https://shop.example/b>; ANCHOR = "#c"']],
    ['a cookie for the origin\'s domain', ['Set-Cookie', 'a=1; Domain=origin.internal; Path=/; HttpOnly'], ['Set-Cookie', 'a=1; Path=/; HttpOnly']],
    ['a cookie for the client\'s domain', ['Set-Cookie', 'a=1; Domain=.Shop.Example; Secure'], ['Set-Cookie', 'a=1; Domain=.Shop.Example; Secure']],
    ['a cookie for the domain above', ['Set-Cookie', 'a=1; domain=example'], ['Set-Cookie', 'a=1; domain=example']],
    ['a cookie for a domain that ends alike', ['Set-Cookie', 'a=1; domain=op.example'], ['Set-Cookie', 'a=1']],
    ['a cookie value that looks like an attribute', ['Set-Cookie', 'domain=origin.internal; Secure'], ['Set-Cookie', 'domain=origin.internal; Secure']],
    ['two cookies stay two', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'], ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']],
    ['other fields are not touched', ['X-Url', 'http://origin.internal:3000/'], ['X-Url', 'http://origin.internal:3000/']],
  ])('%s', (_, fields, expected) => {
    expect(hideOrigin(fields, face())).toEqual(expected)
  })

  test('a cookie\'s path is that of the client\'s side', () => {
    const prefixed = face({ stripPrefix: '/api', addPrefix: '/v1' })
    expect(hideOrigin(['Set-Cookie', 'a=1; Path=/v1/x; Secure'], prefixed)).toEqual(['Set-Cookie', 'a=1; Path=/api/x; Secure'])
    expect(hideOrigin(['Set-Cookie', 'a=1; path=/v1'], face({ addPrefix: '/v1' }))).toEqual(['Set-Cookie', 'a=1; path=/'])
    expect(hideOrigin(['Set-Cookie', 'a=1; Path=/'], face({ stripPrefix: '/api' }))).toEqual(['Set-Cookie', 'a=1; Path=/api'])
    expect(hideOrigin(['Set-Cookie', 'a=1; Path=/x/'], face({ stripPrefix: '/api' }))).toEqual(['Set-Cookie', 'a=1; Path=/api/x/'])
    expect(hideOrigin(['Set-Cookie', 'a=1; Path=/'], face())).toEqual(['Set-Cookie', 'a=1; Path=/'])
  })

  test('no name of the origin is left in the fields that it handles, however it is written', () => {
    const authority = fc.constantFrom('origin.internal:3000', 'Origin.INTERNAL:3000', 'plain.internal', 'plain.internal:80', 'PLAIN.internal', 'u@plain.internal', 'u:p@origin.internal:3000', '[2001:DB8::1]:3000', 'origin.internal', 'origin.internal:8443', 'plain.internal:', '[2001:db8::1]')
    const scheme = fc.constantFrom('http://', 'HTTP://', '//')
    const url = fc.tuple(scheme, authority, fc.constantFrom('', '/', '/a/b', '?q', '#f', '/v1/x')).map((parts) => parts.join(''))
    const rest = fc.record({ stripPrefix: fc.constantFrom('', '/api'), addPrefix: fc.constantFrom('', '/v1') })
    const field = fc.oneof(
      url.map((to) => ['Location', to]),
      url.map((to) => ['CONTENT-LOCATION', to]),
      fc.tuple(url, fc.constantFrom('0;url=', '5; URL = ', '1.5,url=', '3; ')).map(([to, before]) => ['Refresh', before + to]),
      fc.array(url, { minLength: 1 }).map((urls) => ['Link', urls.map((to) => `<${to}>; rel=a`).join(', ')]),
      url.map((to) => ['Link', `</a>; rel=a; anchor="${to}"`]),
      fc.constantFrom('origin.internal', '.Plain.internal', 'internal').map((domain) => ['Set-Cookie', `a=1; Domain=${domain}`]),
    )
    fc.assert(
      fc.property(fc.array(field, { maxLength: 20, size: 'max' }), rest, (pairs, prefixes) => {
        const hidden = hideOrigin(pairs.flat(), face(prefixes))
        expect(hidden.filter((_, i) => i % 2 === 1).join('\n').toLowerCase()).not.toMatch(/internal|2001:db8|u:p@|u@/)
        expect(hidden).toHaveLength(pairs.length * 2)
      }),
      { numRuns: 500 },
    )
  })

  test('what does not name the origin stays as it is', () => {
    const value = fc.oneof(fc.webUrl(), fc.string(), fc.constantFrom('https://elsewhere.example/a', 'b/c', '<https://x.example>; rel=next', 'a=1; Secure'))
    const name = fc.constantFrom('Location', 'Link', 'Content-Location', 'X-Other')
    fc.assert(fc.property(fc.array(fc.tuple(name, value)), (pairs) => void expect(hideOrigin(pairs.flat(), face())).toEqual(pairs.flatMap(([lower, text]) => [lower, /^\s*\/(?!\/)/.test(text) && lower !== 'Link' && lower !== 'X-Other' ? text.trim() : text]))))
  })
})
