// What keys make of a password that is typed blindly.
import { expect, test } from 'vitest'
import { type Line, typed } from '../../../../runtimes/cli/secret-input.js'

const type = (...pieces: string[]): Line => pieces.reduce<Line>(typed, { text: '', end: 'no' })

test.each([
  ['a line', type('sé', 'cret', '\r'), { text: 'sécret', end: 'done' }],
  ['a line that is pasted whole', type('secret\nmore'), { text: 'secret', end: 'done' }],
  ['Backspace takes a character, not half of one', type('ab😀\u007f\bc'), { text: 'ac', end: 'no' }],
  ['Backspace on nothing', type('\u007fa'), { text: 'a', end: 'no' }],
  ['Ctrl-U takes all', type('abc\u0015d'), { text: 'd', end: 'no' }],
  ['Ctrl-C', type('abc\u0003'), { text: 'abc', end: 'given-up' }],
  ['Ctrl-D', type('\u0004'), { text: '', end: 'given-up' }],
  ['Tab and other control keys', type('a\t\u0001b'), { text: 'ab', end: 'no' }],
])('%s', (_, line, expected) => {
  expect(line).toEqual(expected)
})
