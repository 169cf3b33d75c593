// What the documents show is true of the code: configurations are right, links lead somewhere, generated parts are made anew.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { describe, expect, test } from 'vitest'
import { type Answer, type Config, createGateway, formatIssue, type Gateway, GatewayError, type OutboundRequest, validateConfig } from '../../src/index.js'
import { BytesPayload, fieldValue } from '../../src/adapter.js'
import { ALL_KINDS } from '../../src/filter/kinds.js'
import { openDiskStore } from '../../runtimes/stores/disk.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const DOCUMENTS = [...markdownIn('.'), ...markdownIn('docs'), ...markdownIn('examples')]
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

describe('configurations that documents show', () => {
  const shown = DOCUMENTS.flatMap((path) => [...textOf(path).matchAll(/```ts\n([^`]*export default defineConfig[^]*?)```/g)].map(([, code], i) => ({ name: `${path}, ${i + 1}`, code: code! })))

  test('there are some', () => {
    expect(shown.length).toBeGreaterThan(1)
  })

  test.each(shown)('$name', async ({ code }) => {
    const jiti = createJiti(import.meta.url, { fsCache: false, alias: { fetchgate: join(ROOT, 'src/index.ts') } })
    const { default: config } = (await jiti.evalModule(code, { filename: join(ROOT, 'shown.ts'), async: true })) as { default: unknown }
    const validation = validateConfig(config)
    expect(validation.kind === 'invalid' ? validation.issues.map(formatIssue) : []).toEqual([])
  })
})

describe('the page on filters', () => {
  const page = textOf('docs/filters.md')
  const shown = [...page.matchAll(/```json\n([^]*?)```/g)].map(([, json]) => JSON.parse(json!) as unknown)

  test.each(shown.map((example) => [JSON.stringify(example).slice(0, 60), example]))('%s… is right', (_, example) => {
    const validation = validateConfig(Array.isArray(example) ? { filters: example, routes: [] } : { routes: [], ...(example as object) })
    expect(validation.kind === 'invalid' ? validation.issues.map(formatIssue) : []).toEqual([])
  })

  test('has each filter once in its table and in its sections, in one order', () => {
    const names = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
    const rows = page.split('\n').flatMap((line) => (/^\| \[(`[^\]]*)\]\(#/.exec(line)?.[1] ? names(/\[([^\]]*)\]/.exec(line)![1]!) : []))
    const sections = [...page.matchAll(/^## (`.*)$/gm)].flatMap(([, heading]) => names(heading!))
    expect([rows, sections]).toEqual([Object.keys(ALL_KINDS), Object.keys(ALL_KINDS)])
  })
})

describe('recipes for caching', () => {
  /** A gateway by the configuration below a heading, before an origin that is a function. */
  const recipe = async (heading: string, origin: (request: OutboundRequest, number: number) => Answer) => {
    const [, code = ''] = new RegExp(`### ${heading}\\n\\n\`\`\`ts\\n([^\`]*)\`\`\``).exec(textOf('docs/caching.md')) ?? []
    const jiti = createJiti(import.meta.url, { fsCache: false, alias: { fetchgate: join(ROOT, 'src/index.ts') } })
    const { default: config } = (await jiti.evalModule(code, { filename: join(ROOT, 'shown.ts'), async: true })) as { default: Config }
    const folder = await mkdtemp(join(tmpdir(), 'fetchgate-recipe-'))
    let nowMs = 1_000_000
    let asked = 0
    const work: Promise<unknown>[] = []
    const open = () =>
      createGateway(config, {
        transport: { lacks: new Set(), send: (request) => Promise.resolve(origin(request, ++asked)) },
        clock: { nowMs: () => nowMs, sleep: () => Promise.resolve() },
        openStore: (_kind, _name, { maxBytes }) => openDiskStore(folder, maxBytes),
      })
    const ask = async (gateway: Gateway, path: string, headers: Record<string, string> = {}): Promise<string> => {
      const response = await gateway.fetch(new Request(`https://shop.example${path}`, { headers }), { waitUntil: (promise) => void work.push(promise) })
      const text = await response.text()
      await Promise.all(work)
      return `${response.status} ${text} ${(response.headers.get('cache-status') ?? '').split('; ').slice(1).join(' ')}`
    }
    return { open, ask, wait: (ms: number) => void (nowMs += ms), end: () => rm(folder, { recursive: true }) }
  }
  const page = (text: string, fields: string[] = [], status = 200): Answer => ({ status, fields, body: new BytesPayload(new TextEncoder().encode(text)) })

  test('a purge on deploy makes every page stale, also for the process after it', async () => {
    const { open, ask, wait, end } = await recipe('Purge on deploy', (_request, number) => page(String(number), ['Cache-Control', 'max-age=600']))
    const before = open()
    await ask(before, '/')
    wait(1000)
    expect(await before.purge({ all: true, cache: 'pages', soft: true })).toBe(true)
    wait(1000)
    const after = open()
    expect([await ask(after, '/'), await ask(after, '/')]).toEqual(['200 1 hit ttl=-1', '200 2 hit ttl=600'])
    await end()
  })

  test('a tag takes out the page of a product and the lists that name it', async () => {
    const { open, ask } = await recipe('Tags', ({ target }, number) => page(String(number), target === '/list' ? ['Cache-Control', 'max-age=600', 'Cache-Tag', 'product-7, product-8'] : []))
    const gateway = open()
    for (const path of ['/products/7', '/products/8', '/list']) await ask(gateway, path)
    await gateway.purge({ tag: 'product-7' })
    expect([await ask(gateway, '/products/8'), await ask(gateway, '/products/7'), await ask(gateway, '/list')]).toEqual(['200 2 hit ttl=600', expect.stringContaining('200 4 fwd=uri-miss'), expect.stringContaining('200 5 fwd=uri-miss')])
  })

  test('what is stored stands in for an origin that fails', async () => {
    const { open, ask, wait } = await recipe('An origin that fails', ({ target }, number) => {
      if (number > 1 && target === '/?silent') throw new GatewayError('connection_refused')
      return number === 1 ? page('good', ['Cache-Control', 'max-age=60']) : page('bad', [], 503)
    })
    const gateway = open()
    await ask(gateway, '/')
    wait(30 * 60_000)
    expect(await ask(gateway, '/')).toBe('200 good fwd=stale fwd-status=503 detail="stale-if-error"')
    wait(60 * 60_000)
    expect(await ask(gateway, '/')).toContain('503 bad')
  })

  test('what a route sets or removes makes no variants', async () => {
    const { open, ask } = await recipe('One variant instead of thousands', ({ fields }, number) => page(`${number} ${fieldValue(fields, 'accept-language')}`, ['Cache-Control', 'max-age=60', 'Vary', 'User-Agent, Accept-Language']))
    const gateway = open()
    await ask(gateway, '/', { 'User-Agent': 'a', 'Accept-Language': 'de' })
    expect(await ask(gateway, '/', { 'User-Agent': 'b', 'Accept-Language': 'fr' })).toBe('200 1 en hit ttl=60')
  })

  test('nobody gets the page of a user who is signed in', async () => {
    const { open, ask } = await recipe('Users who are signed in', ({ fields }) => page(fieldValue(fields, 'cookie') ?? 'nobody', ['Cache-Control', 'max-age=60']))
    const gateway = open()
    const visits: string[] = []
    for (const path of ['/account/a', '/themes/a', '/a']) for (const Cookie of ['user=1; theme=dark', 'user=2; theme=light']) visits.push(await ask(gateway, path, { Cookie }))
    expect(visits.map((visit) => visit.replace(/ fwd-.*/, ''))).toEqual(['200 user=1; theme=dark ', '200 user=2; theme=light ', '200 user=1; theme=dark fwd=uri-miss', '200 user=2; theme=light fwd=vary-miss', '200 nobody fwd=uri-miss', '200 nobody hit ttl=60'])
  })
})

test.each(DOCUMENTS)('%s links to files that are there', (path) => {
  const targets = [...textOf(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target!)
  expect(targets.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([])
})

test('the generated pages are up to date', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/write-schema.mjs'), '--check'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md')).map((name) => join(folder, name))
}
