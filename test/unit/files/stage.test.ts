// Files of a real folder beside which secrets lie, through the whole gateway.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFolder } from '../../../runtimes/shared/folder.js'
import type { Config } from '../../../src/index.js'
import { ConfigError } from '../../../src/index.js'
import { text, worldOf } from '../../support/gateway.js'

const SECRET = 'the-secret-of-this-test'
const LARGE = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${i}\n`).join(''))
const PAGE = ['Accept', 'text/html,*/*;q=0.8']
let base = ''
let root = ''
type Files = NonNullable<Config['routes'][number]['files']>

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'fetchgate-files-'))
  root = join(base, 'public')
  for (const folder of ['docs', 'empty', '.git', 'docs/.private', '.well-known', 'outside']) mkdirSync(join(folder === 'outside' ? base : root, folder), { recursive: true })
  for (const [path, content] of Object.entries({
    'index.html': '<p>index', '404.html': '<p>absent', 'app.js': 'plain()', 'app.js.br': 'as br', 'app.js.gz': 'as gzip', 'only.css': 'p{}', 'only.css.gz': 'as gzip',
    'docs/index.html': '<p>docs', 'about.html': '<p>about', 'caf\u00e9 1.txt': 'coffee', 'large.txt': LARGE, 'empty.txt': '', '.env': SECRET, '.git/config': SECRET, 'docs/.private/x': SECRET, '.well-known/security.txt': 'contact',
    '../outside/secret.txt': SECRET, '../secret.txt': SECRET, '../public-secret.txt': SECRET, 'notes.txt.br': 'as br alone',
  })) writeFileSync(join(root, path), content)
  symlinkSync(join(base, 'outside'), join(root, 'leads-out'))
  symlinkSync('../secret.txt', join(root, 'leads-out.txt'))
  symlinkSync('../public-secret.txt', join(root, 'leads-beside.txt'))
  symlinkSync('.git/config', join(root, 'leads-to-hidden.txt'))
  symlinkSync('app.js', join(root, 'leads-within.js'))
  symlinkSync('circle', join(root, 'circle'))
  execFileSync('mkfifo', [join(root, 'pipe.txt')])
  symlinkSync('/dev/zero', join(root, 'device.txt'))
})
afterAll(() => rmSync(base, { recursive: true }))

const served = (files: Files = root, route: Partial<Config['routes'][number]> = {}, config: Partial<Config> = {}) =>
  worldOf({ upstreams: { app: { targets: ['http://origin.internal'] } }, routes: [{ files, ...route }], ...config }, () => text('from the upstream'), { openFolder })

/** Open descriptors of this process that are files of the folder. */
const openFiles = (): string[] => readdirSync('/proc/self/fd').flatMap((descriptor) => {
  try {
    const path = readlinkSync(`/proc/self/fd/${descriptor}`)
    return path.startsWith(base) ? [path] : []
  } catch {
    return []
  }
})
const noneOpen = async (): Promise<void> => {
  for (let tries = 0; openFiles().length > 0 && tries < 1000; tries++) await turn()
  expect(openFiles()).toEqual([])
}

describe('what is there', () => {
  test('comes with its type, length and version, and without its body to HEAD', async () => {
    const world = served({ root, cacheControl: 'max-age=60' })
    const got = await world.ask('GET', '/app.js?v=1')
    expect([got.status, got.text]).toEqual([200, 'plain()'])
    expect(['content-type', 'content-length', 'accept-ranges', 'x-content-type-options', 'cache-control', 'vary', 'content-encoding'].map((name) => got.value(name))).toEqual(['text/javascript; charset=utf-8', '7', 'bytes', 'nosniff', 'max-age=60', undefined, undefined])
    const head = await world.ask('HEAD', '/app.js')
    expect([head.status, head.hasBody, head.value('content-length'), head.value('etag')]).toEqual([200, false, '7', got.value('etag')])
    expect((await world.ask('GET', '/app.js', { fields: ['If-None-Match', got.value('etag')!] })).status).toBe(304)
  })

  test.each([
    ['/', '<p>index'], ['/docs/', '<p>docs'], ['/caf%C3%A9%201.txt', 'coffee'], ['/leads-within.js', 'plain()'], ['/.well-known/security.txt', 'contact'], ['/docs/../app.js', 'plain()'], ['/empty.txt', ''], ['/large.txt', LARGE.toString()],
  ])('%s', async (target, content) => {
    const { status, text: body, value } = await served().ask('GET', target)
    expect([status, value('content-length')]).toEqual([200, String(Buffer.byteLength(content))])
    expect(body === content).toBe(true)
    await noneOpen()
  })

  test('a folder is redirected to its slash, on this host whatever the path looks like', async () => {
    const world = served(root, { headers: { response: { set: { 'X-Edited': '1' } } } })
    const redirects = []
    for (const target of ['/docs', '/docs?a=1', '//docs', '/%64ocs', '//evil.example/..//docs', '/evil.example%2F%2F/../docs']) redirects.push((await world.ask('GET', target)).value('location'))
    expect(redirects).toEqual(['/docs/', '/docs/?a=1', '/docs/', '/docs/', '/docs/', '/docs/'])
    expect((await world.ask('GET', '/docs')).value('x-edited')).toBe('1')
    expect([(await world.ask('GET', '/empty')).status, (await world.ask('GET', '/empty/')).status, (await world.ask('GET', '/app.js/')).status]).toEqual([404, 404, 404])
  })

  test('ranges are cut from the file, several as parts, small and large', async () => {
    const world = served()
    for (const [target, content] of [['/large.txt', LARGE], ['/caf%C3%A9%201.txt', Buffer.from('coffee')]] as const) {
      const part = await world.ask('GET', target, { fields: ['Range', 'bytes=2-4'] })
      expect([part.status, part.text]).toEqual([206, content.subarray(2, 5).toString()])
      const parts = await world.ask('GET', target, { fields: ['Range', 'bytes=0-1,-2'] })
      expect([parts.status, parts.value('content-length')]).toEqual([206, String(Buffer.byteLength(parts.text))])
      expect([...parts.text.matchAll(/\r\n\r\n(.+)\r?\n?\r\n--/g)].length).toBe(2)
      expect((await world.ask('GET', target, { fields: ['Range', `bytes=${content.byteLength}-`] })).value('content-range')).toBe(`bytes */${content.byteLength}`)
    }
    await noneOpen()
  })

  test('a coding is sent that lies beside the file and that the client likes best', async () => {
    const world = served({ root, precompressed: true })
    const ask = async (target: string, accepted: string) => {
      const { text: body, value } = await world.ask('GET', target, { fields: ['Accept-Encoding', accepted] })
      return [body, value('content-encoding'), value('content-type'), value('vary')]
    }
    const type = 'text/javascript; charset=utf-8'
    expect(await ask('/app.js', 'gzip, br, zstd')).toEqual(['as br', 'br', type, 'Accept-Encoding'])
    expect(await ask('/app.js', 'gzip, br;q=0.5')).toEqual(['as gzip', 'gzip', type, 'Accept-Encoding'])
    expect(await ask('/app.js', 'br;q=0, identity')).toEqual(['plain()', undefined, type, 'Accept-Encoding'])
    expect(await ask('/only.css', 'br')).toEqual(['p{}', undefined, 'text/css; charset=utf-8', 'Accept-Encoding'])
    const tags = await Promise.all(['br', 'gzip', ''].map(async (accepted) => (await world.ask('GET', '/app.js', { fields: ['Accept-Encoding', accepted] })).value('etag')))
    expect(new Set(tags).size).toBe(3)
    expect((await served({ root, precompressed: ['gzip'] }).ask('GET', '/app.js', { fields: ['Accept-Encoding', 'br, gzip'] })).text).toBe('as gzip')
    expect((await world.ask('GET', '/notes.txt', { fields: ['Accept-Encoding', 'br'] })).status).toBe(404)
  })

  test('what is not in a coding yet may be put in one as it passes', async () => {
    const world = served({ root, precompressed: true }, { compress: true })
    const coded = await world.ask('GET', '/large.txt', { fields: ['Accept-Encoding', 'gzip'] })
    expect([coded.value('content-encoding'), coded.value('vary'), coded.value('etag')?.startsWith('W/')]).toEqual(['gzip', 'Accept-Encoding', true])
    expect((await world.ask('GET', '/large.txt', { fields: ['Accept-Encoding', 'gzip', 'If-None-Match', coded.value('etag')!] })).status).toBe(304)
  })

  test('a version that is put in place is served at once, from the folder that a link of the root leads to now', async () => {
    for (const release of ['one', 'two']) {
      mkdirSync(join(base, release))
      writeFileSync(join(base, release, 'v.txt'), release)
      utimesSync(join(base, release, 'v.txt'), 1_000_000, 1_000_000)
    }
    symlinkSync(join(base, 'one'), join(base, 'current'))
    const world = served(join(base, 'current'))
    expect((await world.ask('GET', '/v.txt')).text).toBe('one')
    symlinkSync(join(base, 'two'), join(base, 'next'))
    renameSync(join(base, 'next'), join(base, 'current'))
    expect((await world.ask('GET', '/v.txt')).text).toBe('two')
    writeFileSync(join(base, 'two', 'v.txt'), 'new')
    utimesSync(join(base, 'two', 'v.txt'), 1_000_000, 1_000_000)
    expect((await world.ask('GET', '/v.txt')).text).toBe('new')
  })
})

describe('what is not there', () => {
  test('is 404, whether it is missing, hidden, outside or no file', async () => {
    const world = served()
    const targets = ['/missing', '/.env', '/.git/config', '/docs/.private/x', '/leads-out/secret.txt', '/leads-out.txt', '/leads-beside.txt', '/leads-to-hidden.txt', '/circle', '/pipe.txt', '/device.txt', '/..%2fsecret.txt', '/docs%2findex.html', '/%5c..%5csecret.txt', `/${'a'.repeat(300)}`, `/${'a/'.repeat(3000)}`, '/../secret.txt', '/%2e%2e/secret.txt', '/..%5csecret.txt', '/app.js%00.png', '/public-secret.txt', '/./..%252fsecret.txt']
    const answers = await Promise.all(targets.map((target) => world.ask('GET', target)))
    expect(answers.map(({ status }, i) => [targets[i]!.slice(0, 40), status === 404 || status === 400])).toEqual(targets.map((target) => [target.slice(0, 40), true]))
    expect(answers.some(({ text: body }) => body.includes(SECRET))).toBe(false)
    await noneOpen()
  })

  test('no path leads to what lies outside or is hidden', async () => {
    const world = served()
    const piece = fc.constantFrom('..', '.', '/', '%2e%2e', '%2f', '\\', '%5c', 'secret.txt', 'outside', 'leads-out', 'leads-out.txt', 'public', 'docs', '.git', '.env', 'config', '-secret.txt', '%00', '%252f', ';', 'index.html', '%c0%ae', '..;', '//')
    await fc.assert(fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), async (pieces) => {
      const { status, text: body } = await world.ask('GET', `/${pieces.join('')}`)
      expect([200, 308, 400, 404]).toContain(status)
      expect(body.includes(SECRET)).toBe(false)
    }), { numRuns: 500 })
    await noneOpen()
  })

  test('hidden files are served where that is asked for, by links within too', async () => {
    const world = served({ root, hidden: true })
    expect([(await world.ask('GET', '/.env')).text, (await world.ask('GET', '/leads-to-hidden.txt')).text, (await world.ask('GET', '/leads-out.txt')).status]).toEqual([SECRET, SECRET, 404])
  })

  test('the page of an application is for whoever opens one, not for what pages load', async () => {
    const world = served({ root, fallback: '/index.html', notFound: '/404.html' })
    const ask = async (target: string, fields: string[]) => {
      const { status, text: body, value } = await world.ask('GET', target, { fields })
      return [status, body, value('cache-control'), value('vary'), value('etag')]
    }
    const page = [200, '<p>index', 'no-cache', 'Sec-Fetch-Mode, Accept', undefined]
    const absent = [404, '<p>absent', 'no-cache', undefined, undefined]
    expect(await ask('/users/7', PAGE)).toEqual(page)
    expect(await ask('/users/7.js', ['Sec-Fetch-Mode', 'navigate'])).toEqual(page)
    expect(await ask('/missing.js', ['Sec-Fetch-Mode', 'no-cors', ...PAGE])).toEqual(absent)
    expect(await ask('/missing.js', ['Accept', '*/*'])).toEqual(absent)
    expect(await ask('/users/7', ['If-None-Match', '*', 'Range', 'bytes=0-1'])).toEqual(absent)
  })

  test('an ending may be left out', async () => {
    const world = served({ root, extensions: ['html'] })
    expect([(await world.ask('GET', '/about')).text, (await world.ask('GET', '/about.html')).text, (await world.ask('GET', '/docs')).status]).toEqual(['<p>about', '<p>about', 308])
  })

  test('what else the route has answers it', async () => {
    const world = served({ root, fallback: '/index.html' }, { upstream: 'app' })
    expect([(await world.ask('GET', '/app.js')).text, (await world.ask('GET', '/api')).text, (await world.ask('POST', '/app.js')).text, (await world.ask('GET', '/page', { fields: PAGE })).text]).toEqual(['plain()', 'from the upstream', 'from the upstream', '<p>index'])
    expect((await served(root, { respond: { status: 410 } }).ask('GET', '/gone')).status).toBe(410)
  })

  test('other methods are refused by name', async () => {
    const world = served()
    const answers = await Promise.all(['POST', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'].map((method) => world.ask(method, '/app.js')))
    expect(answers.map(({ status, value }) => [status, value('allow')])).toEqual([405, 405, 405, 204, 405].map((status) => [status, 'GET, HEAD, OPTIONS']))
  })

  test('below a prefix, files are where the path is rewritten to', async () => {
    const world = served(root, { path: '/static/*', stripPrefix: '/static' })
    expect([(await world.ask('GET', '/static/app.js')).text, (await world.ask('GET', '/static/docs')).value('location'), (await world.ask('GET', '/static')).value('location')]).toEqual(['plain()', '/static/docs/', undefined])
    expect((await served(root, { path: '/:name', rewrite: '/docs/:name' }).ask('GET', '/index.html')).text).toBe('<p>docs')
  })
})

describe('a body on its way', () => {
  const opened = async (target: string) => {
    const response = await served().fetch(new Request(`http://gate.example${target}`))
    return response.body!.getReader()
  }

  test('is read no faster than it is taken, and a client that leaves closes the file', async () => {
    const reader = await opened('/large.txt')
    const { value } = await reader.read()
    expect([value!.byteLength < LARGE.byteLength, openFiles().length]).toEqual([true, 1])
    await reader.cancel()
    await noneOpen()
    const early = await opened('/large.txt')
    const pending = early.read()
    await early.cancel()
    await pending
    await noneOpen()
  })

  test('that becomes shorter breaks off; one whose file is replaced goes on as it was', async () => {
    writeFileSync(join(root, 'shrinks.txt'), LARGE)
    const reader = await opened('/shrinks.txt')
    await reader.read()
    truncateSync(join(root, 'shrinks.txt'), 1000)
    await expect((async () => { while (!(await reader.read()).done) { /* to its end */ } })()).rejects.toThrow('shorter')
    writeFileSync(join(root, 'replaced.txt'), LARGE)
    const other = await opened('/replaced.txt')
    const pieces = [(await other.read()).value!]
    writeFileSync(join(root, 'new.txt'), 'new')
    renameSync(join(root, 'new.txt'), join(root, 'replaced.txt'))
    for (let read = await other.read(); read.value; read = await other.read()) pieces.push(read.value)
    expect(Buffer.concat(pieces).equals(LARGE)).toBe(true)
    await noneOpen()
  })
})

describe('a root that cannot be served', () => {
  test.each([
    ['/nowhere-at-all', '"/nowhere-at-all" cannot be opened (ENOENT)'],
    ['/', '"/" is all of the disk; name the folder that is to be served'],
    ['/etc/hostname', '"/etc/hostname" is no folder'],
  ])('%s', (path, message) => {
    expect(() => served(path)).toThrow(new ConfigError([{ path: 'routes[0].files', value: path, message }]))
  })

  test('nor can any where there are no files', () => {
    expect(() => worldOf({ routes: [{ files: { root } }] })).toThrow('routes[0].files.root: there are no files on this platform; give the port "openFolder", as bundledFiles makes it of a manifest')
  })
})
