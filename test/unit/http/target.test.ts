import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalPath, parseTarget, type Target } from '../../../src/http/target.js'
import { anyText } from '../../support/text.js'

/** Paths made of the pieces that parsers disagree about. */
const piece = fc.constantFrom('/', '//', '.', '..', '/.', '/..', '%2e', '%2E', '%2e%2E', '%2f', '%2F', '%5c', '%25', '%252e', '%00', '%', '%4', '%zz', '%41', '%c3%a9', 'a', 'b', '~', ';', ':', '@', '*')
const awkwardPath = fc.array(piece, { maxLength: 30, size: 'max' }).map((pieces) => `/${pieces.join('')}`)
const anyPath = fc.oneof(awkwardPath, anyText().map((text) => `/${text}`))

const targetOf = (method: string, text: string): Target => {
  const parsed = parseTarget(method, text)
  if (parsed.kind === 'fault') throw new Error(parsed.detail)
  return parsed.target
}

describe('canonicalPath', () => {
  test.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b/'],
    ['/%61%62', '/ab'],
    ['/%7Ehome', '/~home'],
    ['/a%2fb', '/a%2Fb'],
    ['/a%5cb', '/a%5Cb'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/%2541', '/%2541'],
    ['/a//b///c', '/a/b/c'],
    ['//a', '/a'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/b/.', '/a/b/'],
    ['/../../etc', '/etc'],
    ['/..', '/'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/.%2E/b', '/b'],
    ['/a/..%2fb', '/a/..%2Fb'],
    ['/a//../b', '/a/b'],
    ['/x/a//../../b', '/x/b'],
    ['/..//b', '/b'],
    ['/a/...', '/a/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a;b=1/c', '/a;b=1/c'],
  ])('%s is %s', (raw, canonical) => {
    expect(canonicalPath(raw)).toBe(canonical)
  })

  test.each(['/%', '/%4', '/%zz', '/%4g', '/a%00b', '/a%09b', '/a%0ab', '/a%0Db', '/%u0041'])('%s has none', (raw) => {
    expect(canonicalPath(raw)).toBeUndefined()
  })

  test('the canonical form of a canonical path is itself', () => {
    fc.assert(
      fc.property(anyPath, (raw) => {
        const once = canonicalPath(raw)
        if (once !== undefined) expect(canonicalPath(once)).toBe(once)
      }),
    )
  })

  test('no canonical path has dot segments, doubled slashes or a start other than a slash', () => {
    fc.assert(
      fc.property(anyPath, (raw) => {
        const path = canonicalPath(raw)
        if (path === undefined) return
        expect(path.startsWith('/')).toBe(true)
        expect(path).not.toContain('//')
        expect(path.split('/')).not.toContain('.')
        expect(path.split('/')).not.toContain('..')
      }),
    )
  })

  test('no canonical path has an escape that hides a dot or a letter', () => {
    fc.assert(
      fc.property(awkwardPath, (raw) => {
        for (const [, digits] of (canonicalPath(raw) ?? '').matchAll(/%(..)/g)) {
          expect(digits).toBe(digits!.toUpperCase())
          expect(String.fromCharCode(parseInt(digits!, 16))).not.toMatch(/[A-Za-z0-9\-._~]/)
        }
      }),
    )
  })

  test('the path that the URL standard resolves to has the same canonical form', () => {
    fc.assert(
      fc.property(awkwardPath, (raw) => {
        const canonical = canonicalPath(raw)
        // A malformed escape in a segment that `..` takes away is malformed all the same.
        if (canonical !== undefined) expect(canonicalPath(new URL(`http://h${raw}`).pathname)).toBe(canonical)
      }),
    )
  })
})

describe('parseTarget', () => {
  test.each([
    ['GET', '/a/../b?x=%41&y', { raw: '/a/../b?x=%41&y', rawPath: '/a/../b', query: 'x=%41&y', path: '/b', readings: new Set(['/b', '/a/../b']), authority: undefined }],
    ['GET', '/', { raw: '/', rawPath: '/', query: undefined, path: '/', authority: undefined }],
    ['GET', '/?', { raw: '/?', rawPath: '/', query: '', path: '/', authority: undefined }],
    ['GET', '/a??b', { raw: '/a??b', rawPath: '/a', query: '?b', path: '/a', authority: undefined }],
    ['GET', '/a?x=/../y//z%2e', { raw: '/a?x=/../y//z%2e', rawPath: '/a', query: 'x=/../y//z%2e', path: '/a', authority: undefined }],
    ['OPTIONS', '*', { raw: '*', rawPath: '*', query: undefined, path: '*', authority: undefined }],
    ['GET', 'http://Example.com:81/x', { raw: '/x', rawPath: '/x', query: undefined, path: '/x', authority: { name: 'example.com', port: '81' } }],
    ['GET', 'HTTPS://example.com', { raw: '/', rawPath: '/', query: undefined, path: '/', authority: { name: 'example.com', port: '443' } }],
    ['GET', 'https://example.com:80/', { raw: '/', rawPath: '/', query: undefined, path: '/', authority: { name: 'example.com', port: '80' } }],
    ['GET', 'http://[::1]/x', { raw: '/x', rawPath: '/x', query: undefined, path: '/x', authority: { name: '[::1]', port: '80' } }],
    ['GET', 'http://example.com?q', { raw: '/?q', rawPath: '/', query: 'q', path: '/', authority: { name: 'example.com', port: '80' } }],
  ])('reads %s %s', (method, text, target) => {
    expect(targetOf(method, text)).toEqual(target)
  })

  test.each([
    ['CONNECT', 'example.com:443'],
    ['CONNECT', '/'],
    ['GET', '*'],
    ['GET', ''],
    ['GET', 'a'],
    ['GET', 'example.com:80'],
    ['GET', 'ftp://example.com/'],
    ['GET', 'http://user@example.com/'],
    ['GET', 'http:///x'],
    ['GET', '/a b'],
    ['GET', '/a#b'],
    ['GET', '/a\\b'],
    ['GET', '/\u00e9'],
    ['GET', '/a\tb'],
    ['GET', '/a\u007f'],
    ['GET', '/a\r\nX: y'],
    ['GET', '/%00'],
    ['GET', '/%'],
  ])('refuses %s %j', (method, text) => {
    expect(parseTarget(method, text)).toEqual({ kind: 'fault', detail: expect.any(String) as string })
  })

  test('what is read is sent on byte for byte, and path and query are its parts', () => {
    fc.assert(
      fc.property(awkwardPath, fc.option(fc.constantFrom('', 'a=%2f', '?x', '//..')), (path, query) => {
        const text = query === null ? path : `${path}?${query}`
        const parsed = parseTarget('GET', text)
        if (parsed.kind === 'fault') return
        expect(parsed.target.raw).toBe(text)
        expect(parsed.target.rawPath).toBe(path)
        expect(parsed.target.query).toBe(query ?? undefined)
      }),
    )
  })

  test.each([
    ['/a/b', undefined],
    ['/a.b/.well-known/...', undefined],
    ['/a%20b/caf%C3%A9', undefined],
    ['/caf%c3%a9', ['/caf%C3%A9', '/caf%c3%a9']],
    ['//a', ['/a', '//a']],
    ['/%61', ['/a', '/%61']],
  ])('knows the readings of %s', (text, readings) => {
    expect(targetOf('GET', text).readings).toEqual(readings && new Set(readings))
  })

  test('refuses a path that can be read in more ways than can be looked at', () => {
    expect(parseTarget('GET', `/${'%252f;%3bx%255c%3f%25253b%5c%2fa;'.repeat(400)}`)).toEqual({ kind: 'fault', detail: 'a path that can be read in too many ways' })
    expect(parseTarget('GET', `/${'group%2F'.repeat(1500)}`).kind).toBe('target')
  })

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.constantFrom('GET', 'OPTIONS', 'CONNECT'), anyText(), (method, text) => void parseTarget(method, text)))
  })
})
