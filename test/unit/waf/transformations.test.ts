// What transformations make of a text.
import { describe, expect, test } from 'vitest'
import { transformationNamed } from '../../../src/waf/transformations/table.js'

describe.each<[string, [string, string][]]>([
  ['urlDecode', [['%41+b%zz%4', 'A b%zz%4'], ['%00', '\0']]],
  ['urlDecodeUni', [['%u0041%uff1cx', 'A<x'], ['%u2019', "'"], ['%u004', '%u004']]],
  ['htmlEntityDecode', [['&lt;&#x3c;&#60&quot;&none;', '<<<"&none;'], ['&nbsp', '\xa0'], ['&#x', '&#x']]],
  ['jsDecode', [['\\x41\\u0042\\103\\n\\q', 'ABC\nq'], ['\\', '\\'], ['\\uff41', 'a']]],
  ['cssDecode', [['\\61\\000062 c\\', 'abc'], ['a\\\nb', 'ab'], ['\\zx', 'zx']]],
  ['escapeSeqDecode', [['\\x41\\101\\t\\?', 'AA\t?'], ['\\q', 'q']]],
  ['cmdLine', [['C^md.ex"e" ,;  /C  (x', 'cmd.exe/c(x']]],
  ['replaceComments', [['a/*b*/c/*d', 'a c ']]],
  ['removeComments', [['a/*b*/c<!--d-->e--f', 'ace ']]],
  ['normalizePath', [['/a/./b//../c/', '/a/c/'], ['../x/../y', '../y'], ['/../../etc', '/etc']]],
  ['normalizePathWin', [['\\a\\..\\b', '/b']]],
  ['compressWhitespace', [['a \t\n\xa0b', 'a b']]],
  ['removeNulls', [['a\0b', 'ab']]],
  ['utf8toUnicode', [['\xe2\x80\x99x', '%u2019x'], ['\xff', '\xff']]],
  ['base64Decode', [['YWJj', 'abc'], ['YWJj*', 'abc']]],
  ['hexEncode', [['\xffa', 'ff61']]],
  ['sqlHexDecode', [['0x616263', 'abc']]],
  ['length', [['abc', '3']]],
  ['lowercase', [['A\xc4', 'a\xc4']]],
])('%s', (name, cases) => {
  test.each(cases)('%j', (text, wanted) => expect(transformationNamed(name)!(text)).toBe(wanted))
})

test('sha1 and md5 are those of everybody', () => {
  const hex = transformationNamed('hexEncode')!
  expect(hex(transformationNamed('sha1')!('abc'))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d')
  expect(hex(transformationNamed('md5')!('abc'))).toBe('900150983cd24fb0d6963f7d28e17f72')
})
