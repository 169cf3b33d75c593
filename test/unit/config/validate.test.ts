import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError, formatIssue, type Issue } from '../../../src/config/issue.js'
import { validateConfig } from '../../../src/config/validate.js'

const issuesOf = (input: unknown): readonly Issue[] => {
  const validation = validateConfig(input)
  return validation.kind === 'valid' ? [] : validation.issues
}
const linesOf = (input: unknown): string[] => issuesOf(input).map(formatIssue)

/** A configuration with nothing wrong but what a case puts in. */
const withRoute = (route: object): object => ({ upstreams: { app: { targets: ['http://127.0.0.1:1'] } }, routes: [{ upstream: 'app', ...route }] })
const withUpstream = (upstream: object): object => ({ upstreams: { app: { targets: ['http://127.0.0.1:1'], ...upstream } }, routes: [{ upstream: 'app' }] })

describe('a valid configuration', () => {
  test('is given back with durations in milliseconds and sizes in bytes', () => {
    const validation = validateConfig({
      listen: [{ port: 0, keepAlive: '75s' }],
      upstreams: { app: { targets: ['http://127.0.0.1:1', { url: 'https://[::1]:2', weight: 3 }], timeout: { connect: '250ms' } } },
      routes: [{ path: '/a/*', upstream: 'app', cache: { store: 'small' } }, { respond: { status: 404 } }],
      caches: { small: { maxSize: '1MiB' } },
      drain: { timeout: '1m' },
    })
    expect(validation).toMatchObject({
      kind: 'valid',
      config: { listen: [{ keepAlive: 75_000 }], upstreams: { app: { timeout: { connect: 250 } } }, caches: { small: { maxSize: 1_048_576 } }, drain: { timeout: 60_000 } },
    })
  })

  test.each<[string, object]>([
    ['a redirect', { routes: [{ path: '/old/*', redirect: { to: '/new' } }] }],
    ['one listener', { listen: { port: 80 }, routes: [] }],
    ['hops', { trustedProxies: 2, routes: [] }],
    ['ranges', { trustedProxies: ['10.0.0.0/8', '::1'], routes: [] }],
    ['several hosts', withRoute({ host: ['a.test', '*.a.test'] })],
    ['fields to match, in short', withRoute({ headers: { 'x-beta': '1' } })],
    ['fields to match and to edit', withRoute({ headers: { match: { 'x-beta': '1' }, request: { set: { 'X-A': 'b' }, remove: ['X-C'] }, response: { add: { 'X-D': 'e' } } } })],
    ['a cache by name that needs no setting', withRoute({ cache: { store: 'default' } })],
    ['DNS servers', { resolver: { servers: ['10.0.0.2', '10.0.0.2:5353', '2001:db8::2', '[2001:db8::2]:53'], minTtl: '5s' }, routes: [] }],
    ['a hedge after a time', withUpstream({ hedge: { after: '200ms' } })],
    ['a hedge after a percentile', withUpstream({ hedge: { after: 'p95' } })],
    ['bodies that are kept for retries', withUpstream({ retry: { replayBody: '64KiB', budgetPercent: 0, minRetriesPerSecond: 0.5 } })],
    ['retries turned off', withUpstream({ retry: { attempts: 0 } })],
    ['a literal host', withUpstream({ host: 'app.internal:8080' })],
  ])('may have %s', (_, config) => {
    expect(linesOf(config)).toEqual([])
  })
})

describe('a fault', () => {
  test.each<[string, unknown, string[]]>([
    ['nothing at all', undefined, ['is missing']],
    ['no object', 'x', ['expected an object, got "x"']],
    ['no routes', {}, ['routes: is missing']],
    ['a mistyped setting', { routes: [], upstrems: {} }, ['upstrems: unknown setting; did you mean "upstreams"?']],
    ['a mistyped setting of a route', withRoute({ pth: '/' }), ['routes[0].pth: unknown setting; did you mean "path"?']],
    ['a mistyped setting of a target', withUpstream({ targets: [{ url: 'http://a', wieght: 1 }] }), ['upstreams.app.targets[0].wieght: unknown setting; did you mean "weight"?']],
    ['several settings that are none, where a list or one thing may stand', withUpstream({ targets: [{ url: 'http://a', x: 1, y: 2 }] }), [expect.stringMatching(/^upstreams\.app\.targets\[0\]\.x: unknown setting; known here/), expect.stringMatching(/^upstreams\.app\.targets\[0\]\.y: unknown setting; known here/)]],
    ['a mistyped setting of a listener', { listen: { prot: 80 }, routes: [] }, ['listen.prot: unknown setting; did you mean "port"?']],
    ['an upstream that is not there', withRoute({ upstream: 'ap' }), ['routes[0].upstream: there is no upstream "ap"; did you mean "app"?']],
    ['an upstream that resembles none', withRoute({ upstream: 'database' }), ['routes[0].upstream: there is no upstream "database"; there are: app']],
    ['an upstream where there are none', { routes: [{ upstream: 'app' }] }, ['routes[0].upstream: there is no upstream "app"; "upstreams" is empty']],
    ['an upstream that every object has', withRoute({ upstream: 'constructor' }), ['routes[0].upstream: there is no upstream "constructor"; there are: app']],
    ['a cache that is not there', { ...withRoute({ cache: { store: 'bgi' } }), caches: { big: {} } }, ['routes[0].cache.store: there is no cache "bgi"; did you mean "big"?']],
    ['a route without a target', { routes: [{ path: '/' }] }, ['routes[0]: has no target; write one of "upstream", "redirect", "respond" or "files"']],
    ['settings that do nothing beside files', { routes: [{ files: { root: './a', notFound: '/404.html' }, respond: {}, cache: true }] }, ['routes[0].cache: files are not cached: small ones stay in memory by themselves, and are looked at for each request; leave it out', 'routes[0].files.notFound: is never served, since "respond" answers what is not there; write one or the other']],
    ['a path of a file that climbs', { routes: [{ files: { root: './a', fallback: '/../b.html' } }] }, ['routes[0].files.fallback: "/../b.html" is not the path of a file below the root, such as "/index.html"']],
    ['a route with two targets', withRoute({ respond: {} }), ['routes[0]: has the targets upstream and respond; write one of "upstream", "redirect", "respond" or "files"']],
    ['an upstream without targets', withUpstream({ targets: [] }), ['upstreams.app.targets: needs at least one target, or "discover"']],
    ['a target with a path', withUpstream({ targets: ['http://a/b'] }), ['upstreams.app.targets[0]: "http://a/b" has a path; name the server only and use "addPrefix" on the route']],
    ['a target with a malformed port', withUpstream({ targets: ['http://a:99999'] }), ['upstreams.app.targets[0]: "http://a:99999" has a malformed host or port']],
    ['a hedge after neither a time nor a percentile', withUpstream({ hedge: { after: 'p100' } }), ['upstreams.app.hedge.after: "p100" is neither a duration such as "200ms" nor one of "p50" to "p99"']],
    ['a hedge after nothing', withUpstream({ hedge: {} }), ['upstreams.app.hedge.after: is missing']],
    ['fewer retries than none', withUpstream({ retry: { minRetriesPerSecond: -1 } }), [expect.stringContaining('upstreams.app.retry.minRetriesPerSecond')]],
    ['a duration without a unit', withUpstream({ timeout: { connect: '5' } }), ['upstreams.app.timeout.connect: "5" is not a duration; write "250ms", "5s", "1m" or "1h"']],
    ['a size of another kind', { routes: [], caches: { default: { maxSize: '64MB' } } }, ['caches.default.maxSize: "64MB" is not a size; write "64KiB" or "4MiB"']],
    ['a path pattern', withRoute({ path: '/a*' }), ['routes[0].path: "/a*" has "*" inside the segment "a*"; a wildcard stands for whole segments']],
    ['a range', { routes: [], trustedProxies: ['10.0.0.0/33'] }, ['trustedProxies[0]: "10.0.0.0/33" is not an address or a range such as "10.0.0.0/8" or "2001:db8::/32"']],
    ['two filters in one entry', withRoute({ filters: [{ allow: {}, deny: {} }] }), ['routes[0].filters[0]: must hold exactly one filter; write one list entry for each']],
    ['a line break in a header', withRoute({ headers: { request: { set: { 'X-A': 'b\r\nX-C: d' } } } }), ['routes[0].headers.request.set.X-A: "b\r\nX-C: d" has a control character in a field value']],
    ['a header beyond Latin-1', { routes: [{ respond: { headers: { 'X-A': '\u65e5' } } }] }, ['routes[0].respond.headers.X-A: "\u65e5" has a character that a header cannot carry; write Latin-1 text']],
    ['a DNS server by name', { routes: [], resolver: { servers: ['ns.test:53'] } }, ['resolver.servers[0]: "ns.test:53" is not an address such as "10.0.0.2", "10.0.0.2:5353" or "[2001:db8::2]:53"']],
    ['lifetimes that cross', { routes: [], resolver: { minTtl: '2m' } }, ['resolver: "minTtl" must not be above "maxTtl" (defaults "1s" and "60s")']],
    ['an upstream name that needs quotes', { upstreams: { 'a b': { targets: [] } }, routes: [] }, ['upstreams["a b"].targets: needs at least one target, or "discover"']],
  ])('%s is told with its place and what to write', (_, input, lines) => {
    expect(linesOf(input)).toEqual(lines)
  })

  test.each<[string, unknown, string]>([
    ['a target that is no URL', withUpstream({ targets: ['a:80'] }), 'upstreams.app.targets[0]'],
    ['a wrong kind', withRoute({ path: 7 }), 'routes[0].path'],
    ['a wrong kind of list', withUpstream({ targets: 'http://a' }), 'upstreams.app.targets'],
    ['a port out of range', { listen: { port: 70_000 }, routes: [] }, 'listen.port'],
    ['a port of a second listener', { listen: [{ port: 1 }, { port: -1 }], routes: [] }, 'listen[1].port'],
    ['a weight that is no whole number', withUpstream({ targets: [{ url: 'http://a', weight: 1.5 }] }), 'upstreams.app.targets[0].weight'],
    ['a policy that is not there', withUpstream({ balance: 'raund-robin' }), 'upstreams.app.balance'],
    ['a status that redirects nowhere', { routes: [{ redirect: { to: '/', status: 200 } }] }, 'routes[0].redirect.status'],
    ['a redirect to another scheme', { routes: [{ redirect: { to: 'javascript:alert(1)' } }] }, 'routes[0].redirect.to'],
    ['a host with a port', withRoute({ host: 'a.test:80' }), 'routes[0].host'],
    ['a header name', withRoute({ headers: { request: { remove: ['X Y'] } } }), 'routes[0].headers.request.remove[0]'],
    ['a prefix with a wildcard', withRoute({ stripPrefix: '/a/*' }), 'routes[0].stripPrefix'],
    ['a prefix that is not canonical', withRoute({ addPrefix: '/a/../b' }), 'routes[0].addPrefix'],
    ['a setting that every object has', { routes: [], constructor: 1 }, 'constructor'],
    ['a number that JSON cannot hold', { listen: { port: 1n }, routes: [] }, 'listen.port'],
    ['a function in the place of a setting', { routes: [], upstreams: () => ({}) }, 'upstreams'],
    ['a symbol in the place of a setting', { routes: [], drain: Symbol('x') }, 'drain'],
  ])('%s has its place', (_, input, path) => {
    expect(issuesOf(input).map((issue) => issue.path)).toEqual([path])
  })

  test('every fault is told at once, however deep and wherever else faults are', () => {
    const lines = linesOf({
      listn: {},
      upstreams: { app: { targets: ['ftp://a'], timeout: { conect: '5s' }, retry: { attempts: 'two' } }, api: {} },
      routes: [{ path: 'a', upstream: 'apl' }, {}, { upstream: 'app', cache: { store: 'x' }, filters: [{ deny: { ip: ['1.2.3'] } }] }],
    })
    const places = lines.map((line) => line.slice(0, line.indexOf(': ')))
    expect(places.sort()).toEqual(
      [
        'listn', 'upstreams.app.targets[0]', 'upstreams.app.timeout.conect', 'upstreams.app.retry.attempts', 'upstreams.api.targets',
        'routes[0].path', 'routes[0].upstream', 'routes[1]', 'routes[2].cache.store', 'routes[2].filters[0].deny.ip[0]',
      ].sort(),
    )
  })

  test('the error lists every fault, and has them as data', () => {
    const issues = issuesOf({ routes: [{}, {}] })
    const error = new ConfigError(issues)
    expect(error.issues).toBe(issues)
    expect(error.message.split('\n')).toHaveLength(3)
    for (const issue of issues) expect(error.message).toContain(formatIssue(issue))
  })
})

test('no value makes validation throw, and what is invalid has at least one issue', () => {
  const key = fc.constantFrom('routes', 'upstreams', 'listen', 'path', 'upstream', 'targets', 'headers', 'app', 'filters', 'deny', 'ip', 'cache', '__proto__', '')
  const anything = fc.anything({ key, withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, maxDepth: 5 })
  fc.assert(
    fc.property(fc.oneof(anything, fc.record({ routes: anything, upstreams: anything, listen: anything })), (input) => {
      const validation = validateConfig(input)
      if (validation.kind === 'invalid') expect(validation.issues.length).toBeGreaterThan(0)
    }),
    { numRuns: 1000 },
  )
})

test('validation does not write to what it is given', () => {
  const input = withUpstream({ timeout: { connect: '5s' } })
  const before = structuredClone(input)
  validateConfig(input)
  expect(input).toEqual(before)
})

test('a path variable that the path has not is told', () => {
  const routes = [{ path: '/u/:id', upstream: 'app', headers: { request: { set: { 'X-User': '{path.ident}' } } } }]
  const result = validateConfig({ upstreams: { app: { targets: ['http://a:1'] } }, routes })
  expect(result.kind === 'invalid' && result.issues.map(formatIssue)).toEqual(['routes[0]: uses {path.ident}, but its path "/u/:id" has no ":ident"'])
})

test('a split without any share is told', () => {
  const result = validateConfig({ upstreams: { app: { targets: ['http://a:1'] } }, routes: [{ upstream: [{ name: 'app', weight: 0 }] }] })
  expect(result.kind === 'invalid' && result.issues.map(formatIssue)).toEqual(['routes[0].upstream: needs a share above 0'])
})
