import { expect, test } from 'vitest'
import { nearest } from '../../../src/config/suggest.js'
import { parseDuration, parseSize } from '../../../src/config/units.js'

test.each<[string, number | undefined]>([
  ['250ms', 250],
  ['5s', 5000],
  ['1.5s', 1500],
  ['1m', 60_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['0s', 0],
  ['5', undefined],
  ['5 s', undefined],
  ['-5s', undefined],
  ['5S', undefined],
  ['.5s', undefined],
  ['5s1m', undefined],
  ['', undefined],
  ['1e3s', undefined],
])('the duration %j is %j milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each<[string, number | undefined]>([
  ['512B', 512],
  ['64KiB', 65_536],
  ['1.5MiB', 1_572_864],
  ['1GiB', 1_073_741_824],
  ['0B', 0],
  ['64KB', undefined],
  ['64k', undefined],
  ['64', undefined],
  ['64 MiB', undefined],
  ['-1B', undefined],
  ['', undefined],
])('the size %j is %j bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each<[string, string[], string | undefined]>([
  ['upstrem', ['upstream', 'redirect'], 'upstream'],
  ['upsteram', ['upstream'], 'upstream'],
  ['Upstream', ['upstream'], 'upstream'],
  ['route', ['routes', 'listen'], 'routes'],
  ['pahts', ['path', 'query'], undefined],
  ['pth', ['path'], 'path'],
  ['xyz', ['path', 'host'], undefined],
  ['app2', ['app1', 'app'], 'app1'],
  ['a', [], undefined],
])('%s among %j is nearest to %j', (word, known, best) => {
  expect(nearest(word, known)).toBe(best)
})
