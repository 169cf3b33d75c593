import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hidesDotSegment, pathReadings, undecodedReadings } from '../../../src/http/path-readings.js'
import { canonicalPath, parseTarget } from '../../../src/http/target.js'

describe('the readings of a path', () => {
  test.each([
    ['/plain/path', ['/plain/path']],
    ['/a%2Fb', ['/a%2Fb', '/a/b']],
    ['/a%252Fb', ['/a%252Fb', '/a/b']],
    ['/a%5Cb', ['/a%5Cb', '/a/b']],
    ['/a%20b%C3%A9', ['/a%20b%C3%A9']],
    ['/a%20b%2Fc', ['/a%20b%2Fc', '/a%20b/c']],
    ['/100%25', ['/100%25']],
    ['/admin;x=1/y', ['/admin;x=1/y', '/admin/y']],
    ['/a%3Bx/y', ['/a%3Bx/y', '/a;x/y', '/a/y']],
    ['/;x/admin', ['/;x/admin', '/admin']],
    ['/;%2Fx/admin%2Fy', ['/;%2Fx/admin%2Fy', '/;/x/admin/y', '/x/admin/y', '/admin%2Fy', '/admin/y']],
    ['/a%2F%2Fb', ['/a%2F%2Fb', '/a/b']],
  ])('%s', (path, expected) => {
    expect(pathReadings(path, path).slice().sort()).toEqual(expected.slice().sort())
  })

  test('begin with the canonical one', () => {
    expect(pathReadings('/admin', '/x/../admin')).toEqual(['/admin'])
    expect(pathReadings('/admin', '/%61dmin')).toEqual(['/admin'])
  })

  test('by those who decode nothing are what was sent, with dots resolved, and without parameters', () => {
    expect(undecodedReadings('//a;x/./%61')).toEqual(['//a;x/./%61', '/a;x/%61', '/a/%61'])
  })

  test.each([
    ['/admin%2Fx/..', ['/', '/admin/']],
    ['/w/x%252Fy%2Fz/../../admin', ['/admin', '/w/admin', '/w/x/admin']],
  ])('hold those of who decodes before dots are resolved: %s', (rawPath, expected) => {
    expect(pathReadings(canonicalPath(rawPath)!, rawPath)).toEqual(expect.arrayContaining(expected))
  })
})

describe('a dot segment behind another encoding', () => {
  test.each(['/a/..%2fb', '/a/..%5cb', '/a/%252e%252e/b', '/a/%25252e%25252e/b', '/a/..;/b', '/a/..;x=1/b', '/a/.%252e/b', '/a/..%253bx/b', '/a/%2500', '/%2e%2e%2fadmin', '/a%2f..%2fb', '/a%5c..%5cb'])('is refused: %s', (path) => {
    expect(parseTarget('GET', path).kind).toBe('fault')
  })

  test.each(['/a%2Fb', '/a;x=1/b', '/a%252Fb', '/a..b', '/..a/b', '/a%3B', '/group%2Fproject/-/tree', '/a%2520b', '/v1.0/x', '/...'])('is not seen in: %s', (path) => {
    expect(parseTarget('GET', path).kind).toBe('target')
  })

  test('is in no reading of a path that is served', () => {
    const piece = fc.constantFrom('/', '%2f', '%5C', '%252f', '..', '.', '%2e', '%252e', ';', '%3b', 'a', 'admin', '\\', '%25')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = `/${pieces.join('')}`
        const parsed = parseTarget('GET', path)
        if (parsed.kind === 'fault') return
        const { target } = parsed
        for (const reading of pathReadings(target.path, target.path)) {
          expect(reading.replace(/;[^/]*/g, '').split('/')).not.toEqual(expect.arrayContaining(['..']))
        }
        expect(canonicalPath(target.path)).toBe(target.path)
        expect(hidesDotSegment(target.path)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})
