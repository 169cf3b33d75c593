// Regular expressions of rules mean on JavaScript's engine and on the linear one what they mean to PCRE over bytes; and what is looked for ahead is never missed.
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { emitPattern } from '../../../src/waf/patterns/emit.js'
import { requiredLiterals } from '../../../src/waf/patterns/literals.js'
import { parsePattern } from '../../../src/waf/patterns/parse.js'
import { phraseFinder } from '../../../src/waf/patterns/phrases.js'

const regexOf = (source: string): RegExp => new RegExp(emitPattern(parsePattern(source)))

describe('PCRE over bytes', () => {
  test.each([
    ['a dot takes line ends', '^a.b$', 'a\nb', true],
    ['$ is the very end', 'a$', 'a\n', false],
    ['\\s has no 0xa0, and the vertical tab', '^\\s$', '\xa0', false],
    ['\\s has the vertical tab', '^\\s$', '\v', true],
    ['\\x{hh} is a byte', '^\\x{bc}$', '\xbc', true],
    ['\\z is the end', 'a\\z', 'a', true],
    ['case is folded for the rest of a group', '^(?:(?i)ab)c$', 'ABC', false],
    ['case is folded for the whole', '(?i)^abc$', 'ABC', true],
    ['case is folded before a class is turned round', '(?i)^[^a]$', 'A', false],
    ['bytes have no case', '(?i)^\\xe2$', '\xc2', false],
    ['POSIX classes', '^[[:digit:][:space:]]+$', '1 2', true],
    ['] first in a class is itself', '^[]a]$', ']', true],
  ])('%s', (_, source, text, matches) => {
    expect(regexOf(source).test(text)).toBe(matches)
    expect(RE2JS.compile(emitPattern(parsePattern(source))).test(text)).toBe(matches)
  })
})

/** Expressions of what rules use, and texts of few letters, so that they meet. */
const letters = fc.constantFrom('a', 'b', 'A', '-', '\n', '\xa0')
const expression = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'A', '-', '\\s', '[ab]', '[^a]', '.', '\\w', '\\xa0', '\\n', '\\b'),
    fc.tuple(tie('node'), tie('node')).map(([one, other]) => `${one}${other}`),
    fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(?:${one}|${other})`),
    fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '*?')).map(([of, sign]) => `(?:${of})${sign}`),
    tie('node').map((of) => `(?i:${of})`),
    tie('node').map((of) => `(${of})`),
  ),
})).node

test('both engines find the same, whatever the expression', () => {
  fc.assert(
    fc.property(expression, fc.array(letters, { maxLength: 12 }).map((all) => all.join('')), (source, text) => {
      const emitted = emitPattern(parsePattern(source))
      expect(RE2JS.compile(emitted).test(text)).toBe(new RegExp(emitted).test(text))
    }),
    { numRuns: 2000 },
  )
})

test('a text that matches has one of the literals that are looked for', () => {
  fc.assert(
    fc.property(expression, fc.array(letters, { maxLength: 12 }).map((all) => all.join('')), (source, text) => {
      const node = parsePattern(source)
      const literals = requiredLiterals(node)
      if (!literals || !new RegExp(emitPattern(node)).test(text)) return
      expect(literals.some((literal) => text.toLowerCase().includes(literal))).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

test('phrases are found as by looking for each', () => {
  const phrase = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((all) => all.join(''))
  fc.assert(
    fc.property(fc.uniqueArray(phrase, { minLength: 1, maxLength: 8 }), fc.array(fc.constantFrom('a', 'B', 'c', 'x'), { maxLength: 20 }).map((all) => all.join('')), (phrases, text) => {
      const finder = phraseFinder(phrases.map((each, number) => ({ text: each, number })))
      const bits = finder.all(text)
      const found = phrases.filter((_, number) => (bits[number >> 5]! & (1 << (number & 31))) !== 0)
      expect(found).toEqual(phrases.filter((each) => text.toLowerCase().includes(each)))
      expect(finder.first(text) !== undefined).toBe(found.length > 0)
    }),
    { numRuns: 2000 },
  )
})
