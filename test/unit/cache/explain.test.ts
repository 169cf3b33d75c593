import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cachePolicy } from '../../../src/compile/cache-policy.js'
import { explain, type Pair } from '../../../src/cache/explain.js'
import { FORWARDED, KEEP_OUT, STALE } from '../../../src/cache/reasons.js'

const NOW = 1_000_000
const pair = (fields: readonly string[], rest: Partial<Pair> = {}): Pair => ({ method: 'GET', requestFields: [], status: 200, fields, times: { requestMs: NOW - 500, responseMs: NOW }, ...rest })

describe('explain', () => {
  test('tells all that follows from an answer', () => {
    const fields = ['Cache-Control', 'max-age=60, stale-if-error=5', 'Age', '10', 'ETag', '"a"', 'Vary', 'Accept-Language', 'Surrogate-Key', 'red', 'Cache-Groups', '"g"']
    expect(explain(pair(fields), cachePolicy(), NOW + 1000)).toEqual({
      kind: 'stored', lifetime: { seconds: 60, source: 'max-age' }, ageSeconds: 11.5, ttlSeconds: 48.5, next: 'serve', validators: ['ETag'], variesBy: ['accept-language'],
      ifUnreachableSeconds: 86_400, ifErrorSeconds: 5, tags: ['red'], groups: ['g'],
    })
  })

  test.each<[string, Pair, Parameters<typeof cachePolicy>[0], object]>([
    ['private', pair(['Cache-Control', 'private']), {}, { kind: 'passed', reason: 'response private', meaning: KEEP_OUT['response private'] }],
    ['a cookie', pair(['Cache-Control', 'max-age=9', 'Set-Cookie', 'a=1']), {}, { kind: 'passed', reason: 'set-cookie' }],
    ['a cookie that may be stored', pair(['Cache-Control', 'max-age=9', 'Set-Cookie', 'a=1']), { storeSetCookie: true }, { kind: 'stored' }],
    ['no-cache', pair(['Cache-Control', 'no-cache', 'Last-Modified', 'x']), {}, { kind: 'stored', next: 'ask', ifUnreachableSeconds: 0 }],
    ['a stale one in its window', pair(['Cache-Control', 'max-age=1', 'Age', '2']), { staleWhileRevalidate: 5000 }, { kind: 'stored', next: 'serve-and-validate', ttlSeconds: -1.5 }],
    ['s-maxage', pair(['Cache-Control', 's-maxage=9']), { staleIfError: 9000 }, { kind: 'stored', lifetime: { seconds: 9, source: 's-maxage' }, ifErrorSeconds: 0 }],
    ['a client that is obeyed', pair(['Cache-Control', 'max-age=9'], { requestFields: ['Cache-Control', 'no-cache'] }), { clientControl: 'full' }, { kind: 'stored', next: 'ask' }],
    ['one that is not', pair(['Cache-Control', 'max-age=9'], { requestFields: ['Cache-Control', 'no-cache'] }), {}, { kind: 'stored', next: 'serve' }],
    ['a large one', pair(['Cache-Control', 'max-age=9'], { bytes: 11 }), { maxEntrySize: 10 }, { kind: 'passed', reason: 'too large' }],
  ])('%s', (_, given, settings, expected) => {
    expect(explain(given, cachePolicy(settings), NOW)).toMatchObject(expected)
  })
})

test('the page on caching has every reason, in these words', () => {
  const page = readFileSync(new URL('../../../docs/caching.md', import.meta.url), 'utf8')
  const rows = [...Object.entries(FORWARDED).map(([name, meaning]) => `| \`fwd=${name}\` | ${meaning} |`), ...Object.entries({ ...KEEP_OUT, ...STALE }).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)]
  expect(rows.filter((row) => !page.includes(`\n${row}\n`))).toEqual([])
})
