import { describe, expect, test } from 'vitest'
import type { Config } from '../../../../src/index.js'
import type { Answer } from '../../../../src/ports.js'
import { fails, text, type World, worldOf } from '../../../support/gateway.js'

type Fallback = NonNullable<Config['routes'][number]['fallback']>

/** Three upstreams of one server each; `does` says what each makes of a request. */
function chainOf(fallback: Fallback, does: Record<string, () => Answer>, cache?: Config['routes'][number]['cache']): World {
  const upstreams = Object.fromEntries(['app', 'spare', 'last'].map((name) => [name, { targets: [`http://${name}.internal`], retry: { attempts: 0 }, outlier: { consecutiveFailures: 0 } }]))
  return worldOf({ upstreams, routes: [{ upstream: 'app', fallback, ...(cache === undefined ? {} : { cache }) }] }, ({ server }) => (does[server.hostname.split('.')[0]!] ?? (() => text('well')))())
}

const refuses = (): never => fails('connection_refused')
const breaks = (): never => fails('connection_terminated')
const askedBy = ({ sent }: World): string[] => sent.map(({ server }) => server.hostname.split('.')[0]!)
const SORRY: Fallback = { upstream: ['spare', 'last'], respond: { status: 200, body: 'back soon' } }

describe('a fallback', () => {
  test('asks others in turn until one answers, and answers by itself where none does', async () => {
    const does: Record<string, () => Answer> = { app: refuses, spare: () => text('spare') }
    const world = chainOf(SORRY, does)
    expect((await world.ask('GET', '/')).text).toBe('spare')
    does['spare'] = refuses
    does['last'] = () => text('last')
    expect((await world.ask('GET', '/')).text).toBe('last')
    does['last'] = refuses
    expect(await world.ask('GET', '/')).toMatchObject({ status: 200, text: 'back soon' })
    expect(askedBy(world)).toEqual(['app', 'spare', 'app', 'spare', 'last', 'app', 'spare', 'last'])
  })

  test('gives a stored answer that may stand in before its own, and after those of others', async () => {
    const does: Record<string, () => Answer> = { app: () => text('fresh', ['Cache-Control', 'max-age=1']) }
    const world = chainOf(SORRY, does, { staleIfError: '1h' })
    expect((await world.ask('GET', '/')).text).toBe('fresh')
    world.nowMs += 10_000
    Object.assign(does, { app: refuses, spare: () => text('spare', ['Cache-Control', 'no-store']), last: refuses })
    expect((await world.ask('GET', '/')).text).toBe('spare')
    does['spare'] = refuses
    expect((await world.ask('GET', '/')).text).toBe('fresh')
    expect((await world.ask('GET', '/other')).text).toBe('back soon')
  })

  test.each<[string, string, () => Answer, string[]]>([
    ['a POST that nobody has seen', 'POST', refuses, ['app', 'spare']],
    ['a POST that the first may have taken', 'POST', breaks, ['app']],
    ['a GET that the first may have taken', 'GET', breaks, ['app', 'spare']],
  ])('carries %s to no more than may see it', async (_, method, app, asked) => {
    const world = chainOf(SORRY, { app })
    await world.ask(method, '/')
    expect(askedBy(world)).toEqual(asked)
  })

  test('stands in for the statuses that it names and for no others', async () => {
    const does = { app: () => text('busy', [], 503) }
    expect((await chainOf({ upstream: 'spare' }, does).ask('GET', '/')).text).toBe('busy')
    expect((await chainOf({ upstream: 'spare', on: ['503'] }, does).ask('GET', '/')).text).toBe('well')
    expect((await chainOf({ respond: { status: 200, body: 'back soon' }, on: ['503'] }, does).ask('GET', '/')).text).toBe('back soon')
    expect((await chainOf({ upstream: 'spare', on: ['500'] }, does).ask('GET', '/')).text).toBe('busy')
  })
})
