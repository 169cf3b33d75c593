import fc from 'fast-check'
import { expect, test } from 'vitest'
import { vouchedFields } from '../../../src/filter/vouched-fields.js'
import type { Fields } from '../../../src/http/fields.js'
import { endToEnd } from '../../../src/http/hop-by-hop.js'

const put = vouchedFields(['X-User', 'x-groups'])

test.each<[string, Fields, Fields, Fields]>([
  ['a line of the client goes', ['A', 'b', 'X-User', 'root'], [], ['A', 'b']],
  ['in any case and number', ['x-user', 'root', 'X-USER', 'root', 'A', 'b'], [], ['A', 'b']],
  ['and in what an origin may take for it', ['X_User', 'root', 'x.user', 'root', 'x~groups', 'root'], [], []],
  ['ours stands in its place', ['X-User', 'root', 'A', 'b'], ['X-User', 'eve'], ['A', 'b', 'X-User', 'eve']],
  ['Connection cannot name ours away', ['Connection', 'close, X-User'], ['X-User', 'eve'], ['Connection', 'close', 'X-User', 'eve']],
  ['a Connection that names nothing else goes', ['Connection', 'x-user'], [], []],
  ['other names stay', ['X-User-Agent', 'a', 'XUser', 'b'], [], ['X-User-Agent', 'a', 'XUser', 'b']],
])('%s', (_, fields, lines, expected) => {
  expect(put(fields, lines)).toEqual(expected)
})

test('a list without such names is not copied', () => {
  const fields = ['Accept', '*/*', 'Connection', 'keep-alive']
  expect(put(fields, [])).toBe(fields)
})

test('whatever the client sends, the origin gets our line and no other like it', () => {
  const name = fc.constantFrom('X-User', 'x_user', 'X.USER', 'Connection', 'Accept')
  const value = fc.constantFrom('root', 'X-User', 'close, x-user , X_User', '"x-user', ',')
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (lines) => {
      const out = endToEnd(put(lines.flat(), ['X-User', 'eve']))
      const users = out.flatMap((text, i) => (i % 2 === 0 && /^x.user$/i.test(text) ? [out[i + 1]] : []))
      expect(users).toEqual(['eve'])
    }),
  )
})
