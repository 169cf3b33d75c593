import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rewriteTarget } from '../../../src/forward/rewrite.js'
import { canonicalPath, parseTarget, type Target } from '../../../src/http/target.js'

const rewrite = (target: Target, stripPrefix: string, addPrefix: string): string => rewriteTarget(target, {}, { stripPrefix, addPrefix, template: undefined })
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
