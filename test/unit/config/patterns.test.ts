import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostMatches, hostPatternFault } from '../../../src/config/host-pattern.js'
import { pathPatternFault } from '../../../src/config/path-pattern.js'
import { parseHost } from '../../../src/http/host.js'
import { canonicalPath } from '../../../src/http/target.js'
import { createTable } from '../../../src/route/table.js'
import { anyText } from '../../support/text.js'

describe('path patterns', () => {
  test.each(['/', '/*', '/a', '/a/', '/a/*', '/a/*/b', '/:id', '/:id/*', '/:file.json', '/a/:rest+', '/a-b_c.d~e', '/a;b=1', '/caf%C3%A9', '/%2F', '/.well-known/*'])('%s can be written', (pattern) => {
    expect(pathPatternFault(pattern)).toBeUndefined()
  })

  test.each([
    ['', 'must start with "/"'],
    ['a', 'must start with "/"'],
    ['*', 'must start with "/"'],
    ['/a//b', 'empty segment'],
    ['/a*', '"*" inside the segment'],
    ['/*.php', '"*" inside the segment'],
    ['/*/*', 'more than one wildcard'],
    ['/*/:rest+', 'more than one wildcard'],
    ['/:a+/b', 'before the end'],
    ['/:a/:a', 'two parameters called ":a"'],
    ['/:a/:a+', 'two parameters called ":a"'],
    ['/:', 'malformed parameter'],
    ['/:1a', 'malformed parameter'],
    ['/:a-b', 'malformed parameter'],
    ['/:a?', 'malformed parameter'],
    ['/a?', 'no meaning'],
    ['/a+', 'no meaning'],
    ['/(a|b)', 'no meaning'],
    ['/[a]', 'no meaning'],
    ['/a$', 'no meaning'],
    ['/^a', 'no meaning'],
    ['/a b', 'no meaning'],
    ['/caf\u00e9', 'no meaning'],
    ['/a\\b', 'no meaning'],
    ['/{a}', 'no meaning'],
    ['/a:b', 'no meaning'],
    ['/%', 'malformed percent-encoding'],
    ['/%zz', 'malformed percent-encoding'],
    ['/%2f', 'as in "/%2F"'],
    ['/%61', 'as in "/a"'],
    ['/a/../b', 'as in "/b"'],
    ['/./a', 'as in "/a"'],
  ])('%j is refused: %s', (pattern, message) => {
    expect(pathPatternFault(pattern)).toContain(message)
  })

  test('a pattern without parameters that is taken matches itself when asked for', () => {
    const pattern = fc.array(fc.constantFrom('/', 'a', '.', '..', '%2F', '%2f', '%41', '~', ';', '=', '$', '(', '+', '?'), { maxLength: 8 }).map((parts) => `/${parts.join('')}`)
    fc.assert(
      fc.property(pattern, (text) => {
        if (pathPatternFault(text) !== undefined) return
        const path = canonicalPath(text)
        expect(path).toBe(text)
        expect(createTable([{ hosts: [], path: text, value: 1 }]).find({ host: 'h', path: text }, () => true)?.value).toBe(1)
      }),
    )
  })

  test('no text makes the check or the table throw', () => {
    const text = fc.oneof(anyText(), fc.array(fc.constantFrom('/', ':', '*', '+', 'a', '(', ')', '[', '\\', '%', '.', '?'), { maxLength: 10 }).map((parts) => `/${parts.join('')}`))
    fc.assert(
      fc.property(text, (pattern) => {
        if (pathPatternFault(pattern) === undefined) createTable([{ hosts: [], path: pattern, value: 1 }]).find({ host: 'h', path: '/a' }, () => true)
      }),
    )
  })
})

describe('host patterns', () => {
  test.each(['example.com', 'EXAMPLE.com', '*.example.com', '*.com', 'localhost', '192.0.2.1', '[::1]'])('%s can be written', (pattern) => {
    expect(hostPatternFault(pattern)).toBeUndefined()
  })

  test.each([
    ['', 'is not a host name'],
    ['*', '"*" that is not the whole first label'],
    ['a*.example.com', '"*" that is not the whole first label'],
    ['*.*.com', '"*" that is not the whole first label'],
    ['example.*', '"*" that is not the whole first label'],
    ['*.', 'is not a host name'],
    ['example.com:80', 'has a port'],
    ['[0:0::1]', 'write "[::1]"'],
    ['http://example.com', 'is not a host name'],
    ['example.com/a', 'is not a host name'],
    ['example.com.', 'ends with a dot'],
    ['*.example.com.', 'ends with a dot'],
  ])('%j is refused: %s', (pattern, message) => {
    expect(hostPatternFault(pattern)).toContain(message)
  })

  test.each([
    ['example.com', 'example.com', true],
    ['Example.COM', 'example.com', true],
    ['example.com', 'a.example.com', false],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'aexample.com', false],
  ])('%s takes %s: %s', (pattern, name, takes) => {
    expect(hostMatches(pattern, name)).toBe(takes)
  })

  test('a name that is taken as a pattern fits itself as a Host', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'B', '.', '-', '1', '_'), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')), (text) => {
        if (hostPatternFault(text) === undefined) expect(hostMatches(text, parseHost(text)!.name)).toBe(true)
      }),
    )
  })
})
