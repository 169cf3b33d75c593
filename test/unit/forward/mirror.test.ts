import { describe, expect, test } from 'vitest'
import { BytesPayload, StreamPayload } from '../../../src/http/payload.js'
import { fails, text, worldOf } from '../../support/gateway.js'

const CONFIG = {
  upstreams: { app: { targets: ['http://app.internal:1'] }, shadow: { targets: ['http://shadow.internal:2'] } },
  routes: [{ upstream: 'app', mirror: { upstream: 'shadow' } }],
}
const hosts = (world: ReturnType<typeof worldOf>): string[] => world.sent.map(({ server }) => server.hostname)

describe('a mirror', () => {
  test('gets a copy, and the client gets the answer of the upstream', async () => {
    const world = worldOf(CONFIG, ({ server }) => text(server.hostname))
    expect((await world.ask('GET', '/x?y')).text).toBe('app.internal')
    expect(hosts(world).sort()).toEqual(['app.internal', 'shadow.internal'])
    expect(new Set(world.sent.map(({ target }) => target))).toEqual(new Set(['/x?y']))
  })

  test('that fails is told to observers, not to the client', async () => {
    const world = worldOf(CONFIG, ({ server }) => (server.hostname === 'shadow.internal' ? fails('connection_refused') : text('ok')))
    expect((await world.ask('GET', '/')).status).toBe(200)
    expect(world.events.filter(({ kind }) => kind === 'background-failed')).toHaveLength(1)
  })

  test('gets the body once the upstream has had all of it', async () => {
    const bodies: Record<string, string> = {}
    const world = worldOf(CONFIG, async ({ server, body }) => {
      bodies[server.hostname] = await new Response(body!.stream() as BodyInit).text()
      return text('ok')
    })
    await world.ask('POST', '/', { fields: ['Content-Length', '5'], body: new BytesPayload(new TextEncoder().encode('hello')) })
    expect(bodies).toEqual({ 'app.internal': 'hello', 'shadow.internal': 'hello' })
  })

  test('gets nothing of a body that is large or breaks off', async () => {
    const drain = async (body: ReadableStream<Uint8Array>): Promise<void> => void (await new Response(body as BodyInit).arrayBuffer().catch(() => undefined))
    const world = worldOf(CONFIG, async ({ body }) => (await drain(body!.stream()), text('ok')))
    await world.ask('POST', '/', { fields: ['Content-Length', '70000'], body: new BytesPayload(new Uint8Array(70_000)) })
    await world.ask('POST', '/', { fields: ['Transfer-Encoding', 'chunked'], body: new StreamPayload(new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })) })
    expect(hosts(world)).toEqual(['app.internal', 'app.internal'])
  })

  test('takes its share', async () => {
    const world = worldOf({ ...CONFIG, routes: [{ upstream: 'app', mirror: { upstream: 'shadow', percent: 20 } }] }, () => text('ok'), { random: () => 0.2 })
    await world.ask('GET', '/')
    expect(hosts(world)).toEqual(['app.internal'])
  })

  test('that hangs holds a bounded number of copies', async () => {
    const world = worldOf(CONFIG, ({ server }) => (server.hostname === 'shadow.internal' ? new Promise(() => {}) : text('ok')))
    const gate = Array.from({ length: 100 }, () => world.fetch(new Request('http://gate.example/')))
    await Promise.all(gate)
    expect(hosts(world).filter((name) => name === 'shadow.internal')).toHaveLength(64)
  })
})
