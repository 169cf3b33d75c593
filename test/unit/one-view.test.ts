// No two stages, and no origin, read a request in ways that differ: properties of whole gateways over hostile targets, hosts and names.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import type { Fields } from '../../src/http/fields.js'
import { canonicalPath } from '../../src/http/target.js'
import { text, type World, worldOf } from '../support/gateway.js'

/** What paths are made of that readers disagree about; `admin` is what the configurations below protect. */
const piece = fc.constantFrom(
  '/', '/', '/', '//', 'admin', 'admin', 'adm', 'in', 'public', 'x', 'v1', '.', '..', '%2e', '%2E%2e', '%252e', '.;', '..;x', '%2f', '%2F', '%252f', '%25252F', '%5c', '%255C', '\\',
  ';', ';a=1', '%3b', '%253B', '%3f', '%253f', '%23', '?', '%61dmin', '%2561dmin', '%41', '%20', '%c3%a9', '%c0%af', '%c0%ae', '%00', '%0a', '%25', '%', '%zz', '*', ':x', '~', '|', '"',
)
const anyPath = fc.array(piece, { maxLength: 9 }).map((pieces) => `/${pieces.join('')}`)

/** A protected path in disguise: its slashes, letters and end written as only some read them. */
const slash = fc.constantFrom('/', '/', '/', '//', '/.', '/y/..', '/y/%2e%2e', '/y/../', ';p', '/;p', '%3bp', '%253b').chain((before) => fc.constantFrom('/', '/', '%2f', '%5c', '%252F', '%255c', '%25252f', '%253b/', '/./', '/..;/', '/%c0%ae%c0%ae/', '/%252e%252e/', '/.%0a./', '/..%3f/').map((after) => before + after))
const letters = (word: string): fc.Arbitrary<string> =>
  fc.constantFrom(...['', '25', '2525'].map((more) => word.replace(/^./, (char) => `%${more}${char.charCodeAt(0).toString(16)}`)), word, word, word, `${word[0]!}%0a${word.slice(1)}`, `${word[0]!}%2509${word.slice(1)}`)
const end = fc.constantFrom('', '', '/', '%2f', ';p', '%3bp', '%253bp%252fq', '%3fq', '%23q', '%253fq', '%00.html', '%2500', '/y/..')
const disguised = fc.tuple(slash, letters('admin'), end).map((parts) => parts.join('')).chain((start) => fc.tuple(slash, letters('x'), end).map((rest) => start + rest.join('')))
const doubled = fc.tuple(slash, letters('x'), slash, letters('public'), end).map((parts) => parts.join(''))
const path = fc.oneof(anyPath, disguised, disguised, doubled).map((text) => (text.startsWith('/') ? text : `/${text}`))

/** What origins, and what stands before them, are known to do to a path. */
const STEPS: Readonly<Record<string, (path: string) => string>> = {
  decode: (path) => path.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16))),
  'decode plain characters': (path) => path.replace(/%([0-9A-Fa-f]{2})/g, (escape, digits: string) => (/[\w.~-]/.test(String.fromCharCode(parseInt(digits, 16))) ? String.fromCharCode(parseInt(digits, 16)) : escape)),
  'drop parameters': (path) => path.replace(/;[^/]*/g, ''),
  'take backslashes for slashes': (path) => path.replaceAll('\\', '/'),
  'merge slashes': (path) => path.replace(/\/{2,}/g, '/'),
  'resolve dots': (path) => new URL(`http://h${path.replace(/[^\x21-\x7e]|[?#\\%]/g, encodeURIComponent)}`).pathname.replace(/%(25|3F|23|5C)/g, (escape) => decodeURIComponent(escape)),
  'resolve dots, slashes merged': (path) => STEPS['resolve dots']!(path.replace(/\/{2,}/g, '/')),
  'end at a question mark or hash': (path) => path.split(/[?#]/, 1)[0]!,
  'leave out tabs and line breaks': (path) => path.replace(/[\t\r\n]/g, ''),
  'end at a NUL': (path) => path.split('\0', 1)[0]!,
  'take overlong UTF-8': (path) => path.replace(/\xc0([\x80-\xbf])/g, (_, char: string) => String.fromCharCode(char.charCodeAt(0) & 0x3f)),
}
const origin = fc.array(fc.constantFrom(...Object.keys(STEPS), 'decode', 'decode', 'decode'), { maxLength: 9 }).filter((steps) => steps.filter((step) => step === 'decode').length <= 3)

/** The path as an origin has it that takes these steps. */
const readBy = (steps: readonly string[], target: string): string => steps.reduce((read, step) => STEPS[step]!(read), target.split('?', 1)[0]!)

const isIn = (area: string, path: string): boolean => path === area || path.startsWith(`${area}/`)

/** What went upstream, undefined when nothing did. */
async function sentFor(world: World, target: string, options: Parameters<World['ask']>[2] = {}): Promise<{ target: string; server: string; fields: Fields } | undefined> {
  world.sent.length = 0
  await world.ask('GET', target, options)
  const [sent] = world.sent
  return sent && { target: sent.target, server: sent.server.hostname, fields: sent.fields }
}

/** Runs a property over enough that was sent on, so that it cannot hold for want of cases. */
async function holds(property: (path: string, steps: readonly string[]) => Promise<boolean>, numRuns = 4000, atLeast = numRuns / 40): Promise<void> {
  let cases = 0
  await fc.assert(
    fc.asyncProperty(path, origin, async (asked, steps) => {
      if (await property(asked, steps)) cases++
    }),
    { numRuns },
  )
  expect(cases).toBeGreaterThan(atLeast)
}

describe('whatever an origin makes of the target it gets', () => {
  test('it finds nothing there that a filter denies', async () => {
    const world = worldOf({ filters: [{ deny: { path: ['/admin/*', '/x/public'] } }] })
    await holds(async (asked, steps) => {
      const sent = await sentFor(world, asked)
      if (!sent) return false
      const read = readBy(steps, sent.target)
      expect([isIn('/admin', read), read === '/x/public', sent.target, steps]).toEqual([false, false, sent.target, steps])
      return read !== sent.target
    })
  })

  test('it finds nothing there that is the path of another route', async () => {
    const upstreams = { admin: { targets: ['http://admin.internal'] }, file: { targets: ['http://file.internal'] }, rest: { targets: ['http://rest.internal'] } }
    const world = worldOf({ upstreams, routes: [{ path: '/admin/*', upstream: 'admin' }, { path: '/x/:file', upstream: 'file' }, { path: '/*', upstream: 'rest' }] })
    const serverFor = (path: string): string => (isIn('/admin', path) ? 'admin.internal' : /^\/x\/[^/]+\/*$/.test(path) ? 'file.internal' : 'rest.internal')
    await holds(async (asked, steps) => {
      const sent = await sentFor(world, asked)
      if (!sent) return false
      expect([serverFor(readBy(steps, sent.target)), sent.target, steps]).toEqual([sent.server, sent.target, steps])
      return sent.server !== 'rest.internal'
    }, 8000, 30)
  })

  test('it finds nothing there that a filter denies, when a prefix is taken off', async () => {
    const world = worldOf({ filters: [{ deny: { path: ['/api/admin/*'] } }], routes: [{ path: '/api/*', upstream: 'app', stripPrefix: '/api' }] })
    await holds(async (asked, steps) => {
      const sent = await sentFor(world, `/api${asked}`)
      if (!sent) return false
      expect([isIn('/admin', readBy(steps, sent.target)), sent.target, steps]).toEqual([false, sent.target, steps])
      return true
    })
  })

  test.each<[Partial<Config['routes'][number]>, string, string?]>([
    [{ stripPrefix: '/admin', addPrefix: '/v1' }, '/v1'],
    [{ addPrefix: '/v1/x' }, '/v1/x'],
    [{ stripPrefix: '/x', addPrefix: '/admin' }, '/admin'],
    [{ path: '/x/*', rewrite: '/v1/*' }, '/v1', '/x'],
    [{ path: '/:area/:name', rewrite: '/v1/:area/of/:name' }, '/v1'],
  ])('it is below what %j puts before', async (route, area, start = '') => {
    const world = worldOf({ routes: [{ upstream: 'app', ...route }] })
    await holds(async (asked, steps) => {
      const sent = await sentFor(world, start + asked)
      if (!sent) return false
      expect([isIn(area, readBy(steps, sent.target)), sent.target, steps]).toEqual([true, sent.target, steps])
      return true
    }, 2000, 3)
  })
})

describe('a target', () => {
  const upstreams = { admin: { targets: ['http://admin.internal'] }, rest: { targets: ['http://rest.internal'] } }
  const routes: Config['routes'] = [{ path: '/admin/*', upstream: 'admin' }, { path: '/*', upstream: 'rest' }]

  test('that went through one gateway goes through the next unchanged, to the same place', async () => {
    const world = worldOf({ upstreams, routes })
    await holds(async (asked) => {
      const once = await sentFor(world, asked)
      if (!once) return false
      expect(await sentFor(world, once.target)).toMatchObject({ target: once.target, server: once.server })
      return true
    })
  })

  test('goes upstream as it came, or in canonical form, and never in a third one', async () => {
    const world = worldOf({ upstreams, routes })
    await holds(async (asked) => {
      const sent = await sentFor(world, asked)
      if (!sent) return false
      const [askedPath = '', query] = asked.split(/\?(.*)/s)
      expect([asked, `${canonicalPath(askedPath)}${query === undefined ? '' : `?${query}`}`]).toContain(sent.target)
      return true
    })
  })

  test('is one to a URL parser, on which some runtimes rest, and to the gateway', async () => {
    const world = worldOf({ upstreams, routes })
    await holds(async (asked) => {
      const sent = await sentFor(world, asked)
      if (!sent) return false
      const [path = ''] = sent.target.split('?', 1)
      expect(canonicalPath(new URL(`http://h${path}`).pathname)).toBe(canonicalPath(new URL(`http://h${canonicalPath(path)}`).pathname))
      return true
    })
  })
})

describe('the cache', () => {
  /** A gateway whose answers name what the origin got. */
  const echo = (cache: boolean): World => {
    const upstreams = { app: { targets: ['http://origin-a.internal:3001'], host: 'preserve' } }
    return worldOf({ upstreams, routes: [{ path: '/api/*', upstream: 'app', stripPrefix: '/api', cache }, { upstream: 'app', cache }] }, ({ target, fields }) => text(`${fields[1]!.toLowerCase()} ${target}`, ['Cache-Control', 'max-age=3600']))
  }
  const host = fc.constantFrom('a.example', 'A.example', 'b.example', 'a.example.', 'a.example:80', 'a.example:81')
  const below = fc.tuple(fc.constantFrom('', '/api', '/%61pi', '//api', '/api/'), path).map((parts) => parts.join(''))

  test('gives what the origin gives to the same target and host, and nothing else', async () => {
    const [uncached, cached] = [echo(false), echo(true)]
    let hits = 0
    await fc.assert(
      fc.asyncProperty(below, host, async (asked, host) => {
        const [stored, fresh] = [await cached.ask('GET', asked, { host }), await uncached.ask('GET', asked, { host })]
        expect([stored.status, stored.text.replace(/id-\d+/, '')]).toEqual([fresh.status, fresh.text.replace(/id-\d+/, '')])
        if (/; hit/.test(stored.value('cache-status') ?? '')) hits++
      }),
      { numRuns: 1500 },
    )
    expect(hits).toBeGreaterThan(3)
  })

  test('finds again what was asked for in the same words', async () => {
    const world = echo(true)
    await fc.assert(
      fc.asyncProperty(below, host, async (asked, host) => {
        const { status } = await world.ask('GET', asked, { host })
        if (status === 200) expect((await world.ask('GET', asked, { host: host.toUpperCase() })).value('cache-status')).toMatch(/; hit/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a host', () => {
  const label = fc.constantFrom('a', 'b', 'x-1')
  const name = fc.array(label, { minLength: 1, maxLength: 2 }).map((labels) => `${labels.join('.')}.example`)
  const pattern = fc.tuple(fc.constantFrom('', '', '*.'), name).map((parts) => parts.join(''))
  const spelling = fc.tuple(fc.boolean(), fc.constantFrom('', '.'), fc.constantFrom('', ':', ':80', ':8443'))
  const many = Array.from({ length: 3000 }, (_, i) => `host-${i}.other.example`)
  const reads = (patterns: readonly string[], name: string): boolean => patterns.some((wanted) => (wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) && name.length >= wanted.length : wanted === name))

  test('fires the same matchers in any case, with or without a dot or a port, in short lists and long ones', async () => {
    let fired = 0
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(pattern, { minLength: 1, maxLength: 4 }), fc.array(pattern, { maxLength: 2 }), name, spelling, fc.boolean(), async (served, denied, asked, [upper, dot, port], long) => {
        const list = (own: readonly string[]): string[] => (long ? [...many.slice(0, 1500), ...own.map((text) => text.toUpperCase()), ...many.slice(1500)] : [...own])
        const world = worldOf({ filters: [{ deny: { host: list(denied) } }], routes: [{ host: list(served), upstream: 'app' }] })
        const { status } = await world.ask('GET', '/', { host: `${upper ? asked.toUpperCase() : asked}${dot}${port}` })
        expect(status).toBe(reads(denied, asked) ? 403 : reads(served, asked) ? 200 : 404)
        if (status !== 404) fired++
      }),
      { numRuns: 300 },
    )
    expect(fired).toBeGreaterThan(30)
  })
})

describe('a header name', () => {
  /** How CGI and its heirs spell a name: what two names share there, an origin takes for one. */
  const asCgi = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_')
  const real = fc.constantFrom('Host', 'Content-Length', 'Transfer-Encoding', 'X-Forwarded-For', 'X-Request-ID', 'Connection', 'Cookie', 'X-Auth-User', 'Via', 'Upgrade', 'X')
  const twin = fc.tuple(real, fc.constantFrom('-', '_', '.', '~', '!', '|', '`', '^', "'", '*', '+', '#', '$', '%', '&'), fc.boolean()).map(([name, mark, upper]) => (upper ? name.toUpperCase() : name).replaceAll('-', mark))

  test.each<[string, Partial<Config>]>([
    ['for all', {}],
    ['of a route, where others keep them', { oddHeaders: 'keep', routes: [{ upstream: 'app', normalization: { oddHeaders: 'drop' } }] }],
  ])('that is the twin of another never reaches the origin when they are dropped: %s', async (_, config) => {
    const world = worldOf(config)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(twin, { maxLength: 6, selector: (name) => name.toLowerCase() }), async (names) => {
        const sent = await sentFor(world, '/', { fields: names.filter((name) => !/^(host|content-length|transfer-encoding)$/i.test(name)).flatMap((name) => [name, '1']) })
        const got = (sent?.fields ?? []).filter((_, i) => i % 2 === 0)
        expect(got.filter((name) => /[^A-Za-z0-9-]/.test(name))).toEqual([])
        expect(new Set(got.map(asCgi)).size).toBe(new Set(got.map((name) => name.toLowerCase())).size)
      }),
      { numRuns: 1000 },
    )
  })
})
