import { describe, expect, test } from 'vitest'
import { formatIssue } from '../../../src/config/issue.js'
import { validateConfig } from '../../../src/config/validate.js'

const linesOf = (route: object): string[] => {
  const validation = validateConfig({ upstreams: { app: { targets: ['http://a'] }, next: { targets: ['http://b'] } }, routes: [{ respond: {} }, route] })
  return validation.kind === 'valid' ? [] : validation.issues.map(formatIssue)
}

describe('the targets of an upstream', () => {
  const faults = (targets: unknown[]): string[] => {
    const validation = validateConfig({ upstreams: { app: { targets } }, routes: [{ upstream: 'app' }] })
    return validation.kind === 'valid' ? [] : validation.issues.map(formatIssue)
  }

  test('are told apart by scheme, host and port', () => {
    expect(faults(['http://a', 'https://a', 'http://a:8080', 'http://b', 'unix:/run/a', 'unix:/run/b'])).toEqual([])
  })

  test.each<[string, unknown[], number]>([
    ['in another spelling', ['http://a', 'http://A:80/'], 1],
    ['with another weight', ['http://b', { url: 'http://a', weight: 1 }, { url: 'http://a', weight: 2 }], 2],
    ['as a socket', ['unix:/run/a', 'unix:/run/a'], 1],
  ])('are there once, also %s', (_, targets, i) => {
    expect(faults(targets)).toEqual([`upstreams.app.targets[${i}]: is the server of targets[${i - 1}] again; write it once, with a "weight" if it is to get more`])
  })
})

describe('a split', () => {
  test.each<[string, object]>([
    ['over two upstreams', { upstream: [{ name: 'app', weight: 9 }, { name: 'next', weight: 1 }] }],
    ['with an arm that takes nothing', { upstream: [{ name: 'app', weight: 1 }, { name: 'next', weight: 0 }] }],
    ...['client-ip', 'path', 'header:X-User', 'cookie:session', 'query:user'].map((splitBy): [string, object] => [`by ${splitBy}`, { upstream: [{ name: 'app', weight: 1 }], splitBy }]),
  ])('may be %s', (_, route) => {
    expect(linesOf(route)).toEqual([])
  })

  test('names upstreams that are there, each of them', () => {
    expect(linesOf({ upstream: [{ name: 'ap', weight: 1 }, { name: 'next', weight: 1 }, { name: 'database', weight: 1 }] })).toEqual([
      'routes[1].upstream[0].name: there is no upstream "ap"; did you mean "app"?',
      'routes[1].upstream[2].name: there is no upstream "database"; there are: app, next',
    ])
  })

  test.each<[string, object, string]>([
    ['of nothing', { upstream: [] }, 'routes[1].upstream: needs at least one upstream'],
    ['without a weight', { upstream: [{ name: 'app' }] }, 'routes[1].upstream[0].weight: is missing'],
    ['by what is no key', { upstream: [{ name: 'app', weight: 1 }], splitBy: 'header:' }, 'routes[1].splitBy: "header:" is not "client-ip", "path", "header:NAME", "cookie:NAME" or "query:NAME"'],
  ])('%s is told', (_, route, line) => {
    expect(linesOf(route)).toEqual([line])
  })
})

describe('a mirror', () => {
  test('names an upstream that is there', () => {
    expect(linesOf({ upstream: 'app', mirror: { upstream: 'next', percent: 12.5 } })).toEqual([])
    expect(linesOf({ upstream: 'app', mirror: { upstream: 'nxt' } })).toEqual(['routes[1].mirror.upstream: there is no upstream "nxt"; did you mean "next"?'])
    expect(linesOf({ upstream: 'app', mirror: {} })).toEqual(['routes[1].mirror.upstream: is missing'])
  })

  test.each([-1, 101])('of %d percent is told', (percent) => {
    expect(linesOf({ upstream: 'app', mirror: { upstream: 'next', percent } })).toEqual([expect.stringMatching(/^routes\[1\]\.mirror\.percent: /)])
  })
})

describe('a rewrite', () => {
  test.each([
    ['/users/:id', '/people/:id'],
    ['/users/:id', '/people'],
    ['/a/*', '/b/*'],
    [undefined, '/b/*'],
    ['/f/:rest+', '/g/:rest+'],
    ['/:a/:b/*', '/*/:b'],
  ])('of %s to %s uses what is there', (path, rewrite) => {
    expect(linesOf({ upstream: 'app', rewrite, ...(path === undefined ? {} : { path }) })).toEqual([])
  })

  test.each([
    ['/users/:id', '/people/:name', ':name'],
    ['/users/:id', '/people/*', '*'],
    ['/users/:identity', '/people/:id', ':id'],
    ['/users/*', '/people/:id', ':id'],
    ['/users', '/:constructor', ':constructor'],
  ])('of %s to %s uses what the path has not', (path, rewrite, unknown) => {
    expect(linesOf({ upstream: 'app', path, rewrite })).toEqual([`routes[1].rewrite: uses "${unknown}", which the path "${path}" has not`])
  })

  test('without a path has its wildcard only', () => {
    expect(linesOf({ upstream: 'app', rewrite: '/:id' })).toEqual(['routes[1].rewrite: uses ":id", which the path "/*" has not'])
  })

  test('stands alone', () => {
    expect(linesOf({ upstream: 'app', rewrite: '/b', stripPrefix: '/a', addPrefix: '/c' })).toEqual([
      'routes[1].stripPrefix: "rewrite" replaces the whole path; write one or the other',
      'routes[1].addPrefix: "rewrite" replaces the whole path; write one or the other',
    ])
  })

  test.each(['people', '/a/../b', '/a?b', '/a//b', '/:a+/b'])('to %s is no path pattern', (rewrite) => {
    expect(linesOf({ upstream: 'app', path: '/:a+', rewrite })).toEqual([expect.stringMatching(/^routes\[1\]\.rewrite: /)])
  })
})

describe('normalisation', () => {
  test('is said in the short form or in the long one', () => {
    const issues = (config: object): string[] => {
      const validation = validateConfig({ routes: [], ...config })
      return validation.kind === 'invalid' ? validation.issues.map(formatIssue) : []
    }
    expect(issues({ oddHeaders: 'keep', normalization: { oddHeaders: 'keep' } })).toEqual(['oddHeaders: is said in "normalization.oddHeaders" too; write one or the other'])
    expect(issues({ oddHeaders: 'keep', normalization: { parameters: 'reject' } })).toEqual([])
    expect(linesOf({ respond: {}, encodedSlashes: 'keep', normalization: { encodedBackslashes: 'reject' } })).toEqual(['routes[1].encodedSlashes: is said in "normalization.encodedBackslashes" too; write one or the other'])
    expect(linesOf({ respond: {}, encodedSlashes: 'keep', normalization: { parameters: 'reject' } })).toEqual([])
  })

  test('has profiles by name, for all routes at once', () => {
    const validation = validateConfig({ normalization: { profile: '2020-01' }, routes: [{ respond: {}, normalization: { profile: '2026-11' } }] })
    expect(validation.kind === 'invalid' && validation.issues.map(({ path }) => path)).toEqual(['routes[0].normalization.profile', 'normalization.profile'])
  })
})
