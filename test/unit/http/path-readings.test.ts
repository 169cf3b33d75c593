import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hidesDotSegment, pathReadings } from '../../../src/http/path-readings.js'
import { canonicalPath, parseTarget } from '../../../src/http/target.js'

describe('the readings of a path', () => {
  test.each([
    ['/plain/path', ['/plain/path']],
    ['/a%2Fb', ['/a%2Fb', '/a/b']],
    ['/a%2fb', ['/a%2fb', '/a%2Fb', '/a/b']],
    ['/a%252Fb', ['/a%252Fb', '/a%2Fb', '/a/b']],
    ['/a%5Cb', ['/a%5Cb', '/a/b']],
    ['/a%20b%C3%A9', ['/a%20b%C3%A9']],
    ['/a%20b%2Fc', ['/a%20b%2Fc', '/a%20b/c']],
    ['/100%25', ['/100%25']],
    ['/a%7Cb', ['/a%7Cb', '/a|b']],
    ['/admin;x=1/y', ['/admin;x=1/y', '/admin/y']],
    ['/a%3Bx/y', ['/a%3Bx/y', '/a;x/y', '/a/y']],
    ['/;x/admin', ['/;x/admin', '//admin', '/admin']],
    ['//a', ['//a', '/a']],
    ['/a%3Fb/c', ['/a%3Fb/c', '/a']],
    ['/a%23b', ['/a%23b', '/a']],
    ['/%2Fadmin', ['/%2Fadmin', '//admin', '/admin']],
    ['/a%2F%2Fb', ['/a%2F%2Fb', '/a//b', '/a/b']],
    ['/%61;x/b%2Fc', ['/%61;x/b%2Fc', '/a;x/b%2Fc', '/%61/b%2Fc', '/a;x/b/c', '/a/b/c']],
  ])('%s', (path, expected) => {
    expect([...pathReadings(path)!].sort()).toEqual([...expected].sort())
  })

  test('begin with the path itself', () => {
    for (const path of ['/a', '/%61%2Fb', '//a;b']) expect([...pathReadings(path)!][0]).toBe(path)
  })

  test('are not looked at when there are too many', () => {
    expect(pathReadings(`/${'%252f;%3bx%255c%3f'.repeat(1000)}`)).toBeUndefined()
  })
})

describe('a dot segment behind another encoding', () => {
  test.each(['/a/..%2fb', '/a/..%5cb', '/a/%252e%252e/b', '/a/%25252e%25252e/b', '/a/..;/b', '/a/..;x=1/b', '/a/.%252e/b', '/a/..%253bx/b', '/a/%2500', '/a/x%2509', '/a/x%250A', '/a/x%25250d', '/a/%c0%ae%c0%ae/b', '/a/%C0%AF', '/a/%e0%80%af', '/a/%25c0%25ae', '/a/..%3fx', '/a/..%23', '/%2e%2e%2fadmin', '/a%2f..%2fb', '/a%5c..%5cb'])('is refused: %s', (path) => {
    expect(parseTarget('GET', path).kind).toBe('fault')
  })

  test.each(['/a%2Fb', '/a;x=1/b', '/a%252Fb', '/a..b', '/..a/b', '/a%3B', '/group%2Fproject/-/tree', '/a%2520b', '/v1.0/x', '/...', '/%C0%20la%20carte', '/what%3F'])('is not seen in: %s', (path) => {
    expect(parseTarget('GET', path).kind).toBe('target')
  })

  test('is in no reading of a path that is served', () => {
    const piece = fc.constantFrom('/', '%2f', '%5C', '%252f', '..', '.', '%2e', '%252e', ';', '%3b', 'a', 'admin', '\\', '%25')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16, size: 'max' }), (pieces) => {
        const path = `/${pieces.join('')}`
        const parsed = parseTarget('GET', path)
        if (parsed.kind === 'fault') return
        const { target } = parsed
        for (const reading of pathReadings(target.path)!) {
          expect(reading.replace(/;[^/]*/g, '').split('/')).not.toEqual(expect.arrayContaining(['..']))
        }
        expect(canonicalPath(target.path)).toBe(target.path)
        expect(hidesDotSegment(target.path)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})
