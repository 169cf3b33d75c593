// Injections known by their grammar. libinjection's own tests are run where they are at hand; these here always are.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isScriptInjection } from '../../../src/waf/injection/html/detect.js'
import { type HtmlToken, HtmlTokenizer } from '../../../src/waf/injection/html/tokenizer.js'
import { sqlInjection } from '../../../src/waf/injection/sql/detect.js'
import { folded } from '../../../src/waf/injection/sql/fold.js'
import type { Token } from '../../../src/waf/injection/sql/token.js'
import { SqlTokenizer } from '../../../src/waf/injection/sql/tokenizer.js'
import { SUITE } from '../../conformance/crs/suite.js'

describe('SQL', () => {
  test.each(["1' or '1'='1", '1 union select 1,2 --', "admin'--", '1;drop table users', "' or 1=1#", '1/*!union*/select'])('%s is one', (text) => expect(sqlInjection(text)).toBeDefined())
  test.each(['hello world', "it's nice", 'select one of these', 'a and b', '2024-01-02', "O'Brien", 'x = y', ''])('%j is none', (text) => expect(sqlInjection(text)).toBeUndefined())
})

describe('scripts', () => {
  test.each(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onload='x", '<a href="java&#10;script:x">', '<svg/onload=x>', '<!--[if IE]>'])('%s is one', (text) => expect(isScriptInjection(text)).toBe(true))
  test.each(['a < b and c > d', 'hello', '<b>bold</b>', '<a href="https://example.com/">', ''])('%j is none', (text) => expect(isScriptInjection(text)).toBe(false))
})

const TESTS = SUITE && join(SUITE, 'libinjection/tests')
const HTML_NAMES: Readonly<Record<HtmlToken, string>> = {
  text: 'DATA_TEXT', tag: 'TAG_NAME_OPEN', 'tag-end': 'TAG_NAME_CLOSE', 'self-closing': 'TAG_NAME_SELFCLOSE', 'close-tag': 'TAG_CLOSE', attribute: 'ATTR_NAME', value: 'ATTR_VALUE', comment: 'TAG_COMMENT', doctype: 'DOCTYPE',
}

describe.skipIf(!TESTS)("libinjection's own tests", () => {
  const files = TESTS ? readdirSync(TESTS) : []
  test(`all ${files.length}`, () => {
    const failures = files.filter((file) => {
      const [, input = '', wanted = ''] = /--INPUT--\n?([^]*?)\n?--EXPECTED--\n?([^]*)$/.exec(readFileSync(join(TESTS!, file), 'latin1')) ?? []
      return told(file, input.trim()).trim() !== wanted.trim()
    })
    expect(failures).toEqual([])
  })
})

function told(file: string, input: string): string {
  if (file.startsWith('test-sqli')) return sqlInjection(input) ?? ''
  if (file.startsWith('test-html5')) {
    const tokens = new HtmlTokenizer(input, 'data')
    const lines: string[] = []
    while (tokens.next()) lines.push(`${HTML_NAMES[tokens.kind]},${tokens.text.length},${tokens.text}`)
    return lines.join('\n')
  }
  const tokenizer = new SqlTokenizer(input, { quote: '', mysql: false })
  if (file.startsWith('test-folding')) return folded(tokenizer).map((token) => shown(token, input)).join('\n')
  const tokens: Token[] = []
  for (let token = tokenizer.next(); token; token = tokenizer.next()) tokens.push(token)
  return tokens.map((token) => shown(token, input)).join('\n')
}

function shown({ kind, text, at, open, close }: Token, input: string): string {
  const quoted = kind === 's' || (kind === 'v' && open !== '') ? `${open}${text}${close}` : text
  const signs = kind === 'v' ? /@*$/.exec(input.slice(0, at - open.length))![0] : ''
  return `${kind} ${signs}${quoted}`
}
