import fc from 'fast-check'
import { IttyRouter } from 'itty-router'
import { describe, expect, test } from 'vitest'
import { hostMatches } from '../../../src/config/host-pattern.js'
import { pathPatternFault } from '../../../src/config/path-pattern.js'
import { createTable, type RouteMatch } from '../../../src/route/table.js'

const ALWAYS = (): boolean => true
const found = (routes: readonly RouteMatch<string>[], host: string, path: string, accepts: (value: string) => boolean = ALWAYS): string | undefined =>
  createTable(routes).find({ host, path }, accepts)?.value

const route = (path: string, hosts: readonly string[] = [], value = `${hosts.join()}${path}`): RouteMatch<string> => ({ hosts, path, value })

/** The grammar of patterns as its documentation tells it, segment by segment; shares nothing with the compiled ones. */
function fits(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return path.length === 0
  if (first === '*') return path.some((_, i) => fits(rest, path.slice(i))) || fits(rest, [])
  if (path.length === 0) return false
  if (first.endsWith('+')) return true
  if (first.startsWith(':')) {
    const suffix = /\..*$/.exec(first)?.[0] ?? ''
    return path[0]!.length > suffix.length && path[0]!.endsWith(suffix) && fits(rest, path.slice(1))
  }
  return first === path[0] && fits(rest, path.slice(1))
}

/** Segments; a slash at the end is of no account on either side. */
const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '')

function linearScan(routes: readonly RouteMatch<string>[], host: string, path: string, accepts: (value: string) => boolean): string | undefined {
  return routes.find(({ hosts, path: pattern, value }) => (hosts.length === 0 || hosts.some((wanted) => hostMatches(wanted, host))) && fits(segmentsOf(pattern), segmentsOf(path)) && accepts(value))?.value
}

describe('a table', () => {
  test.each<[string, string, boolean]>([
    ['/', '/', true],
    ['/', '/a', false],
    ['/*', '/', true],
    ['/*', '/a/b/c', true],
    ['/a', '/a', true],
    ['/a', '/a/', true],
    ['/a', '/ab', false],
    ['/a', '/A', false],
    ['/a/*', '/a', true],
    ['/a/*', '/a/', true],
    ['/a/*', '/a/b/c', true],
    ['/a/*', '/ab', false],
    ['/a/*/c', '/a/c', true],
    ['/a/*/c', '/a/b/b/c', true],
    ['/a/*/c', '/a/bc', false],
    ['/:id', '/7', true],
    ['/:id', '/', false],
    ['/:id', '/7/8', false],
    ['/a/:id/b', '/a/7/b', true],
    ['/a/:id/b', '/a/7/8/b', false],
    ['/:file.json', '/x.json', true],
    ['/:file.json', '/x.y.json', true],
    ['/:file.json', '/xjson', false],
    ['/:file.json', '/.json', false],
    ['/a.b', '/a.b', true],
    ['/a.b', '/axb', false],
    ['/a/:rest+', '/a/b/c', true],
    ['/a/:rest+', '/a', false],
    ['/a/:rest+', '/a/', false],
    ['/caf%C3%A9', '/caf%C3%A9', true],
  ])('%s takes %s: %s', (pattern, path, takes) => {
    expect(pathPatternFault(pattern)).toBeUndefined()
    expect(found([route(pattern)], 'h', path) !== undefined).toBe(takes)
  })

  test.each<[string, string, Record<string, string>]>([
    ['/users/:id', '/users/7', { id: '7' }],
    ['/users/:id/posts/:post', '/users/7/posts/a%2Fb', { id: '7', post: 'a%2Fb' }],
    ['/files/:rest+', '/files/a/b.txt', { rest: 'a/b.txt' }],
    ['/:name.json', '/report.v2.json', { name: 'report.v2' }],
  ])('%s reads the parameters of %s', (pattern, path, params) => {
    expect({ ...createTable([route(pattern)]).find({ host: 'h', path }, ALWAYS)?.params }).toEqual(params)
  })

  test.each<[string, string, Record<string, string>]>([
    ['/*', '/', { '*': '/' }],
    ['/*', '/a/b', { '*': '/a/b' }],
    ['/a/*', '/a', {}],
    ['/a/*', '/a/', { '*': '/' }],
    ['/a/*', '/a/b/', { '*': '/b/' }],
    ['/a/*/c', '/a/c', {}],
    ['/a/*/c', '/a/x/y/c', { '*': '/x/y' }],
    ['/:x/*', '/q', { x: 'q' }],
    ['/:x/*', '/q/r/s', { x: 'q', '*': '/r/s' }],
    ['/:x/:y/*/z', '/1/2/3/z', { x: '1', y: '2', '*': '/3' }],
    ['/:file.json/*', '/a.json/b', { file: 'a', '*': '/b' }],
    ['/a/*/:id', '/a/b/c/d', { '*': '/b/c', id: 'd' }],
    ['/a/*', '/a/%2Fb', { '*': '/%2Fb' }],
  ])('%s gives as "*" what the wildcard took of %s', (pattern, path, params) => {
    expect({ ...createTable([route(pattern)]).find({ host: 'h', path }, ALWAYS)?.params }).toEqual(params)
  })

  test('a pattern filled in with its parameters is the path', () => {
    const segment = fc.constantFrom('a', 'b', ':x', ':y', ':z.d', ':rest+', '*')
    const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`).filter((text) => pathPatternFault(text) === undefined)
    const path = fc.array(fc.constantFrom('a', 'b', 'c.d', '%2F', '*', ':x'), { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join('/')}`)
    fc.assert(
      fc.property(pattern, path, (written, asked) => {
        const params = createTable([route(written)]).find({ host: 'h', path: asked }, ALWAYS)?.params
        if (params) expect(written.replace(/:(\w+)\+?|\/?\*/g, (_, name: string | undefined) => params[name ?? '*'] ?? '')).toBe(asked)
      }),
      { numRuns: 2000 },
    )
  })

  test.each<[string, string, string | undefined]>([
    ['exact', 'example.com', 'exact'],
    ['a name below a wildcard', 'a.example.com', 'below'],
    ['a name far below a wildcard', 'a.b.example.com', 'below'],
    ['the nearer wildcard is not preferred to the earlier one', 'a.deep.example.com', 'below'],
    ['a name that only ends alike', 'badexample.com', 'any'],
    ['any other', 'elsewhere.test', 'any'],
    ['an address', '[::1]', 'any'],
  ])('host: %s', (_, host, value) => {
    const routes = [route('/*', ['example.com'], 'exact'), route('/*', ['*.example.com'], 'below'), route('/*', ['*.deep.example.com'], 'deep'), route('/*', [], 'any')]
    expect(found(routes, host, '/')).toBe(value)
  })

  test('patterns of hosts are compared without case', () => {
    expect(found([route('/*', ['Example.COM', '*.Example.ORG'])], 'example.com', '/')).toBeDefined()
    expect(found([route('/*', ['Example.COM', '*.Example.ORG'])], 'a.example.org', '/')).toBeDefined()
  })

  test('the first in the order of writing wins, however specific a later one is', () => {
    expect(found([route('/*'), route('/a'), route('/a', ['h'])], 'h', '/a')).toBe('/*')
    expect(found([route('/a', ['h']), route('/*'), route('/a')], 'h', '/a')).toBe('h/a')
  })

  test('a route that is not accepted makes way for the next', () => {
    const asked: string[] = []
    const accepts = (value: string): boolean => asked.push(value) === 3
    expect(found([route('/a'), route('/b'), route('/:x'), route('/*'), route('/a/*')], 'h', '/a', accepts)).toBe('/*')
    expect(asked).toEqual(['/a', '/:x', '/*'])
  })

  test('an empty table has nothing', () => {
    expect(found([], 'h', '/')).toBeUndefined()
  })

  test('it finds what a scan in the order of writing finds', () => {
    const host = fc.constantFrom('a.test', 'b.test', 'x.a.test', 'y.x.a.test', 'test', 'xa.test', 'a.test.com')
    const hostPattern = fc.constantFrom('a.test', 'b.test', '*.a.test', '*.test', '*.x.a.test', 'x.a.test')
    const segment = fc.constantFrom('a', 'b', 'c.d', ':p', ':q', ':p.d', '*', ':r+', '')
    const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`).filter((text) => pathPatternFault(text) === undefined)
    const path = fc.array(fc.constantFrom('a', 'b', 'c.d', 'x.d', 'ab', '.d'), { maxLength: 4 }).chain((segments) => fc.constantFrom(`/${segments.join('/')}`, segments.length > 0 ? `/${segments.join('/')}/` : '/'))
    const routes = fc.array(fc.record({ hosts: fc.array(hostPattern, { maxLength: 2 }), path: pattern }), { maxLength: 10 })
    fc.assert(
      fc.property(routes, host, path, fc.nat(10), (written, asked, at, refused) => {
        const table = written.map((entry, i) => ({ ...entry, value: String(i) }))
        const accepts = (value: string): boolean => value !== String(refused)
        expect(found(table, asked, at, accepts)).toBe(linearScan(table, asked, at, accepts))
      }),
      { numRuns: 1000 },
    )
  })

  test('of many routes it finds what their compiled patterns find in the order of writing, doubled slashes and all', () => {
    const segment = fc.constantFrom('a', 'b', ':p', ':q.d', '*', ':r+')
    const pattern = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`).filter((text) => pathPatternFault(text) === undefined)
    const path = fc.array(fc.constantFrom('a', 'b', 'c', 'x.d', ''), { maxLength: 5 }).map((segments) => `/${segments.join('/')}`)
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 40 }), path, (patterns, asked) => {
        const router = IttyRouter()
        for (const written of patterns) router.all(written, () => undefined)
        const first = router.routes.findIndex(([, compiled]) => compiled.test(asked))
        expect(found(patterns.map((written, i) => route(written, [], String(i))), 'h', asked)).toBe(first < 0 ? undefined : String(first))
      }),
      { numRuns: 2000 },
    )
  })
})
