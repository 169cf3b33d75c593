import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathPatternFault } from '../../../src/config/path-pattern.js'
import { rewriteTarget } from '../../../src/forward/rewrite.js'
import { hidesDotSegment } from '../../../src/http/path-readings.js'
import { canonicalPath, parseTarget, type Target } from '../../../src/http/target.js'
import { createTable } from '../../../src/route/table.js'

const rewrite = (target: Target, stripPrefix: string, addPrefix: string): string => rewriteTarget(target, {}, { stripPrefix, addPrefix, template: undefined })!
const read = (text: string): Target | undefined => {
  const parsed = parseTarget(text === '*' ? 'OPTIONS' : 'GET', text)
  return parsed.kind === 'target' ? parsed.target : undefined
}

describe('rewriteTarget', () => {
  test.each([
    ['nothing to do', '', '', '/a/../b//c%2f?x', '/a/../b//c%2f?x'],
    ['the prefix goes', '/api', '', '/api/users', '/users'],
    ['the prefix alone leaves the root', '/api', '', '/api', '/'],
    ['the prefix with a slash leaves the root', '/api', '', '/api/', '/'],
    ['the prefix ends at a segment border', '/api', '', '/apis/x', '/apis/x'],
    ['the query stays as it is', '/api', '', '/api?next=/api/x%2f', '/?next=/api/x%2f'],
    ['an empty query stays', '/api', '', '/api/x?', '/x?'],
    ['a prefix is put before', '', '/v1', '/users', '/v1/users'],
    ['a prefix is put before the root', '', '/v1', '/', '/v1/'],
    ['one prefix for another', '/api', '/v1', '/api/users?x', '/v1/users?x'],
    ['one prefix for another, alone', '/api', '/v1', '/api', '/v1'],
    ['outside of the stripped prefix', '/api', '/v1', '/other', '/v1/other'],
    ['escapes that no rule touches stay', '/api', '/v1', '/api/a%2fb%41', '/v1/a%2fb%41'],
    ['an escaped prefix is cut all the same', '/api', '/v1', '/%61pi/x%2fy', '/v1/x%2Fy'],
    ['dots are resolved before a prefix is cut', '/api', '/v1', '/api/../secret', '/v1/secret'],
    ['dots cannot climb out of what is put before', '', '/v1', '/../secret', '/v1/secret'],
    ['nor escaped dots', '', '/v1', '/%2e%2E/secret', '/v1/secret'],
    ['doubled slashes cannot make another authority', '/api', '', '/api//evil.example/', '/evil.example/'],
    ['the star is left', '/api', '/v1', '*', '*'],
  ])('%s', (_, stripPrefix, addPrefix, raw, expected) => {
    expect(rewrite(read(raw)!, stripPrefix, addPrefix)).toBe(expected)
  })

  const piece = fc.constantFrom('/', '//', '.', '..', '/.', '/..', '%2e', '%2E%2e', '%2f', '%2F..', '%5c', '%61', 'api', '/api', '/%61pi', 'v1', '/v1', 'x', ';', '%25')
  const target = fc.array(piece, { maxLength: 10 }).map((pieces) => read(`/${pieces.join('')}`)).filter((parsed) => parsed !== undefined)
  const prefix = fc.constantFrom('', '/api', '/api/v1', '/v1', '/x')

  test('the canonical form of the result stays under the added prefix, whatever path was sent', () => {
    fc.assert(
      fc.property(target, prefix, fc.constantFrom('/v1', '/v1/x', '/api'), (asked, stripPrefix, addPrefix) => {
        const path = canonicalPath(rewrite(asked, stripPrefix, addPrefix))!
        expect(path === addPrefix || path.startsWith(`${addPrefix}/`)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('it means what cutting and putting on the canonical path means', () => {
    fc.assert(
      fc.property(target, prefix, prefix, (asked, stripPrefix, addPrefix) => {
        const within = asked.path === stripPrefix || asked.path.startsWith(`${stripPrefix}/`)
        const rest = within ? asked.path.slice(stripPrefix.length) : asked.path
        expect(canonicalPath(rewrite(asked, stripPrefix, addPrefix))).toBe(addPrefix + rest || '/')
      }),
      { numRuns: 2000 },
    )
  })

  test('a result with a rule never starts with two slashes', () => {
    fc.assert(
      fc.property(target, prefix.filter((text) => text !== ''), prefix, (asked, stripPrefix, addPrefix) => {
        expect(rewrite(asked, stripPrefix, addPrefix)).toMatch(/^\/(?!\/)/)
      }),
    )
  })
})

describe('a template', () => {
  /** The target that goes upstream for a request that a route with this path takes. */
  function expand(path: string, template: string, raw: string): string | undefined {
    const target = read(raw)
    const found = target && createTable([{ hosts: [], path, value: 1 }]).find({ host: 'h', path: target.path }, () => true)
    return found && rewriteTarget(target, found.params, { stripPrefix: '', addPrefix: '', template })
  }

  test.each([
    ['/users/:id', '/people/:id', '/users/7', '/people/7'],
    ['/users/:id', '/people/:id', '/users/7/', '/people/7'],
    ['/users/:id', '/people/:id.json', '/users/7?x=%2f', '/people/7.json?x=%2f'],
    ['/:id/of/:kind', '/:kind/:id', '/7/of/users', '/users/7'],
    ['/users/:id', '/people', '/users/7', '/people'],
    ['/users/:id/*', '/people/:id/all/*', '/users/7/a/b', '/people/7/all/a/b'],
    ['/a/*', '/b/*', '/a', '/b'],
    ['/a/*', '/b/*', '/a/', '/b/'],
    ['/a/*', '/b/*', '/a/x/y/?q', '/b/x/y/?q'],
    ['/a/*', '/*', '/a', '/'],
    ['/a/*', '/*', '/a/x', '/x'],
    ['/a/*', '/b/*/c', '/a/x/y', '/b/x/y/c'],
    ['/a/*', '/b/*/c', '/a', '/b/c'],
    ['/a/*', '/b/*/c', '/a/', '/b/c'],
    ['/*', '/*/c', '/', '/c'],
    ['/f/:rest+', '/g/:rest+', '/f/a/b/', '/g/a/b/'],
    ['/f/:rest+', '/:rest+', '/f/a', '/a'],
    ['/a/*', '/b/*', '/a/x//%61/./y/../z', '/b/x/a/z'],
    ['/a/*', '/b/*', '/a/x%2fy', '/b/x%2Fy'],
    ['/a/*', '/b', '/a/:x/*', '/b'],
    ['/a/*', '/b/*', '/a/:x/*', '/b/:x/*'],
  ])('for %s is %s: %s goes as %s', (path, template, raw, expected) => {
    expect(expand(path, template, raw)).toBe(expected)
  })

  test.each([
    ['/:file.json', '/private/:file', '/..json'],
    ['/:file.json', '/private/:file', '/...json'],
    ['/:file.json', '/private/:file/x', '/%2e%2e.json'],
    ['/:file.json', '/private/:file', '/%252e%252e.json'],
    ['/:file.json', '/:file', '/...json'],
  ])('for %s, %s is not filled in for %s, which would climb', (path, template, raw) => {
    expect(read(raw)).toBeDefined()
    expect(expand(path, template, raw)).toBeUndefined()
  })

  test('dots that do not climb are filled in', () => {
    expect(expand('/:file.json', '/x/:file.bak', '/...json')).toBe('/x/...bak')
    expect(expand('/:file.json', '/x/:file', '/....json')).toBe('/x/...')
  })

  test('what it makes has no dot segments, in no encoding, and starts with the text that the template starts with', () => {
    const segment = fc.constantFrom('a', ':x', ':y', ':x.json', ':y.b', ':z+', '*')
    const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`).filter((text) => pathPatternFault(text) === undefined)
    const literal = fc.constantFrom('', '/v1', '/v1/x')
    const piece = fc.constantFrom('/', '/', 'a', '.', '..', '.json', '.b', '%2e', '%252e', '%2f', '%5c', '%252f', ';', '%3b', 'x', '*', ':x', '..json', '...b')
    const raw = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('')}`)
    let expanded = 0
    fc.assert(
      fc.property(pattern, literal, pattern, raw, (path, start, end, asked) => {
        const template = start + end
        const target = expand(path, template, asked)
        if (target === undefined) return
        expanded++
        expect(target.split('/')).not.toEqual(expect.arrayContaining(['.']))
        expect(target.split('/')).not.toEqual(expect.arrayContaining(['..']))
        expect(canonicalPath(target)).toBe(target)
        expect(hidesDotSegment(target)).toBe(false)
        const fixed = template.split(/:|\/?\*/, 1)[0]!
        expect(target.startsWith(fixed)).toBe(true)
      }),
      { numRuns: 5000 },
    )
    expect(expanded).toBeGreaterThan(500)
  })
})
