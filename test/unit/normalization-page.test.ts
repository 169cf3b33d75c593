// What docs/normalization.md says is what is done: each row of its tables is run.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { describe, expect, test } from 'vitest'
import { NEWEST_PROFILE, PROFILES } from '../../src/config/normalization.js'
import type { Config } from '../../src/index.js'
import { exchangeOf } from '../support/exchange.js'
import { type World, worldOf } from '../support/gateway.js'

const page = readFileSync(fileURLToPath(new URL('../../docs/normalization.md', import.meta.url)), 'utf8')

/** The rows of the table whose first column has this title, their code without its marks. */
function rowsOf(title: string, after = 0): string[][] {
  const lines = page.slice(page.indexOf(`\n| ${title} |`, after)).trimStart().split('\n')
  const end = lines.findIndex((line) => !line.startsWith('|'))
  return lines.slice(2, end).map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim().replaceAll('`', '')))
}

/** The configuration that stands after a place. */
async function configAfter(place: string): Promise<Config> {
  const [, code] = /```ts\n([^]*?)```/.exec(page.slice(page.indexOf(place)))!
  const alone = code!.replace("import { defineConfig } from 'fetchgate'", 'const defineConfig = (config) => config')
  return ((await createJiti(import.meta.url, { fsCache: false }).evalModule(alone, { filename: fileURLToPath(new URL('shown.ts', import.meta.url)), async: true })) as { default: Config }).default
}

async function ask(world: World, target: string, host?: string): Promise<[string, number]> {
  world.sent.length = 0
  const { status } = await world.ask('GET', target, host === undefined ? {} : { host })
  return [world.sent[0]?.target ?? '', status]
}

test('the newest profile is the default, and the one of the page', async () => {
  expect(Object.keys(PROFILES).at(-1)).toBe(NEWEST_PROFILE)
  const said = rowsOf('setting').map(([setting = '', , , value]) => [setting, value])
  expect(PROFILES['2026-11']).toEqual(Object.fromEntries(said))
  expect((await configAfter('## Profiles')).normalization?.profile).toBe('2026-11')
})

describe.each([['by default', {}], ['by its name', { normalization: { profile: '2026-11' } }]] as const)('profile 2026-11, %s', (_, config) => {
  const rows = rowsOf('a client sends', page.indexOf('## Paths'))

  test('has rows', () => {
    expect(rows.length).toBeGreaterThan(25)
  })

  test.each(rows)('%s', async (sent, canonical, others, upstream, status) => {
    expect(await ask(worldOf(config), sent)).toEqual([upstream, Number(status)])
    if (status !== '200') return
    const { target } = exchangeOf({ target: sent })
    expect(target.path).toBe(canonical)
    const readings = new Set(target.readings ?? [target.path])
    readings.delete(canonical)
    expect([...readings].sort()).toEqual(others === '' ? [] : others.split(', ').sort())
    // Globs are canonical themselves, so that a dot segment is matched by a star.
    const globs = [canonical, ...readings].map((reading) => reading.replace(/(?<=\/)\.\.?(?=\/)/g, '*'))
    for (const glob of globs) expect((await worldOf({ ...config, filters: [{ deny: { path: [glob] } }] }).ask('GET', sent)).status).toBe(403)
  })
})

test.each(rowsOf('a client sends', page.indexOf('### Both')))('with routes of their own: %s', async (sent, upstream, status) => {
  const world = worldOf(await configAfter('### Both'))
  expect(await ask(world, sent)).toEqual([upstream, Number(status)])
  if (status === '400') expect(world.events.at(-1)).toMatchObject({ error: 'http_request_error', detail: expect.stringMatching(/^normalization: read as "/) as string })
})

test.each(rowsOf('`Host`'))('Host: %s', async (sent, canonical, status) => {
  const asked = await ask(worldOf({ routes: [{ upstream: 'app' }] }), '/', sent)
  expect(asked[1]).toBe(Number(status))
  if (status !== '200') return
  expect((await ask(worldOf({ routes: [{ upstream: 'app', host: canonical }] }), '/', sent))[1]).toBe(200)
  expect((await ask(worldOf({ filters: [{ deny: { host: [canonical] } }] }), '/', sent))[1]).toBe(403)
})

test.each(rowsOf('a client sends', page.indexOf('## Header names')))('the header %s', async (name, ...outcomes) => {
  for (const [i, oddHeaders] of (['drop', 'keep', 'reject', ['x_api']] as const).entries()) {
    const world = worldOf({ normalization: { oddHeaders: typeof oddHeaders === 'string' ? oddHeaders : [...oddHeaders] } })
    const { status } = await world.ask('GET', '/', { fields: [name, '1'] })
    expect(status === 400 ? '400' : world.sent[0]!.fields.includes(name) ? 'passes' : 'dropped').toBe(outcomes[i])
  }
})
