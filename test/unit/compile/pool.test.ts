import { describe, expect, test } from 'vitest'
import { type Config, createGateway, type GatewayEvent, type Ports, validateConfig } from '../../../src/index.js'
import { text } from '../../support/gateway.js'

const NEVER = new Promise<never>(() => {})

function effects(): { events: GatewayEvent[]; ports: Partial<Ports>; asked: string[] } {
  const events: GatewayEvent[] = []
  const asked: string[] = []
  const transport: Ports['transport'] = { lacks: new Set(), send: ({ server }) => (asked.push(server.origin), Promise.resolve(text('ok'))) }
  return { events, asked, ports: { transport, clock: { nowMs: () => 1000, sleep: () => NEVER }, observe: (event) => void events.push(event) } }
}

const get = (gateway: { fetch: (request: Request) => Promise<Response> }): Promise<Response> => gateway.fetch(new Request('http://shop.example/'))
const checked = (config: Config): Parameters<ReturnType<typeof createGateway>['reload']>[0] => {
  const result = validateConfig(config)
  if (result.kind === 'invalid') throw new Error('the configuration of the test is none')
  return result.config
}

describe('a pool that nobody watches', () => {
  test('says once what of it has no effect, and serves all the same', async () => {
    const { events, ports } = effects()
    const gateway = createGateway({ upstreams: { app: { targets: ['http://a.internal'], health: {}, outlier: { deviation: 2 } } }, routes: [{ upstream: 'app' }] }, ports)
    for (let i = 0; i < 3; i++) expect((await get(gateway)).status).toBe(200)
    expect(events.filter(({ kind }) => kind !== 'request')).toEqual([{ kind: 'unwatched', upstream: 'app', settings: ['health', 'outlier.deviation'] }])
  })

  test('says why it has no targets', async () => {
    const { events, ports } = effects()
    const gateway = createGateway({ upstreams: { app: { discover: { source: async function* () {} } } }, routes: [{ upstream: 'app' }] }, ports)
    expect((await get(gateway)).status).toBe(503)
    expect(events.at(-1)).toMatchObject({ kind: 'request', detail: 'upstream app has no targets: they are looked up once gateway.watch(signal) is called' })
  })

  test('says nothing where nothing of it needs that, nor when it is watched', async () => {
    const { events, ports } = effects()
    const config = (more: object): Config => ({ upstreams: { app: { targets: ['http://a.internal'], ...more } }, routes: [{ upstream: 'app' }] })
    await get(createGateway(config({}), ports))
    const watched = createGateway(config({ health: {} }), ports)
    watched.watch(new AbortController().signal)
    await get(watched)
    watched.reload(checked(config({ health: { path: '/healthz' } })))
    await get(watched)
    expect(events.map(({ kind }) => kind)).toEqual(['request', 'request', 'request'])
  })
})

test('a list that was found stays in force over reloads until another comes, but not where the configuration has its own', async () => {
  const { asked, ports } = effects()
  const lists = [['http://found.internal']]
  const source = async function* (): AsyncGenerator<string[]> {
    yield* lists.splice(0)
    await NEVER
  }
  const config = (more: object): Config => ({ upstreams: { app: { targets: ['http://written.internal'], ...more } }, routes: [{ upstream: 'app' }] })
  const gateway = createGateway(config({ discover: { source } }), ports)
  gateway.watch(new AbortController().signal)
  await get(gateway)
  // The first list comes in turns of the event loop, without a timer.
  while (asked.at(-1) !== 'http://found.internal') await get(gateway)
  for (let i = 0; i < 2; i++) {
    gateway.reload(checked(config({ discover: { source } })))
    await get(gateway)
    expect(asked.at(-1)).toBe('http://found.internal')
  }
  gateway.reload(checked(config({})))
  await get(gateway)
  expect(asked.at(-1)).toBe('http://written.internal')
})
