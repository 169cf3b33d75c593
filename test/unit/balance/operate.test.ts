// What operators see of a pool and set there, and what its meters are told.
import { describe, expect, test } from 'vitest'
import { createGateway, type Config, GatewayError, type Ports, type TargetMeter } from '../../../src/index.js'
import { fails, text } from '../../support/gateway.js'

const CONFIG: Config = { upstreams: { app: { targets: ['http://a.test:1', { url: 'https://b.test', weight: 2, zone: 'z' }], breaker: { failurePercent: 50 } } }, routes: [{ path: '/*', upstream: 'app' }] }

interface Gate {
  readonly gateway: ReturnType<typeof createGateway>
  readonly asked: string[]
  ask(): Promise<number>
}

function gateOf(ports: Partial<Ports> = {}, send: Ports['transport']['send'] = (request) => Promise.resolve(text(request.server.origin))): Gate {
  const asked: string[] = []
  const gateway = createGateway(CONFIG, { transport: { lacks: new Set(), send: (request) => (asked.push(request.server.origin), send(request)) }, ...ports })
  return { gateway, asked, ask: async () => (await gateway.handle({ method: 'GET', target: '/', fields: ['Host', 'x'], body: undefined, signal: undefined }, {})).status }
}

describe('an operator', () => {
  test('sees each target, and what is under way until answers have ended', async () => {
    const ends: (() => void)[] = []
    const { gateway, ask } = gateOf({}, (request) => (ends.push(() => request.lease?.ended()), Promise.resolve(text('ok'))))
    await ask()
    const { operator } = gateway.inspect().pools.get('app')!
    expect(operator!.state()).toMatchObject({
      inFlight: 1, pending: 0, circuit: 'closed',
      targets: [{ id: 'a.test:1', origin: 'http://a.test:1', weight: 1, draining: false, health: 'healthy', trouble: undefined }, { id: 'https://b.test', weight: 2, zone: 'z', backup: false }],
    })
    expect(operator!.state().targets.map(({ inFlight }) => inFlight).sort()).toEqual([0, 1])
    ends[0]!()
    expect(operator!.state()).toMatchObject({ inFlight: 0, targets: [{ inFlight: 0 }, { inFlight: 0 }] })
  })

  test('drains a target by its id or origin, over a reload, and gives it traffic again', async () => {
    const { gateway, asked, ask } = gateOf()
    const operator = () => gateway.inspect().pools.get('app')!.operator!
    expect(operator().drain('https://b.test', true)).toBe(true)
    for (let i = 0; i < 6; i++) await ask()
    expect(new Set(asked)).toEqual(new Set(['http://a.test:1']))
    gateway.reload(CONFIG as Parameters<typeof gateway.reload>[0])
    for (let i = 0; i < 6; i++) await ask()
    expect(new Set(asked)).toEqual(new Set(['http://a.test:1']))
    expect(operator().drain('https://b.test', false)).toBe(true)
    for (let i = 0; i < 6; i++) await ask()
    expect(new Set(asked)).toEqual(new Set(['http://a.test:1', 'https://b.test']))
    expect(operator().drain('http://nobody.test', true)).toBe(false)
  })

  test('sets a weight, and gives the configured one back', async () => {
    const { gateway, asked, ask } = gateOf()
    const { operator } = gateway.inspect().pools.get('app')!
    operator!.weigh('a.test:1', 0)
    for (let i = 0; i < 4; i++) await ask()
    expect(new Set(asked)).toEqual(new Set(['https://b.test']))
    operator!.weigh('a.test:1', undefined)
    expect(operator!.state().targets[0]!.weight).toBe(1)
  })
})

test('a meter is told of each attempt: its head, its end, and what went wrong', async () => {
  const told: unknown[] = []
  const meter = (upstream: string, origin: string): TargetMeter => ({
    answered: (status) => told.push([upstream, origin, 'answered', status]),
    ended: (failure, status) => told.push([upstream, origin, 'ended', failure?.code, status]),
  })
  let attempts = 0
  const { ask } = gateOf({ meter }, (request) => {
    if (attempts++ === 0) return fails('connection_refused')
    queueMicrotask(() => request.lease?.ended(new GatewayError('http_response_incomplete')))
    return Promise.resolve(text('ok'))
  })
  await ask()
  const [first, second] = told as [string, string][]
  expect(told).toEqual([
    ['app', first![1], 'ended', 'connection_refused', 0],
    ['app', second![1], 'answered', 200],
    ['app', second![1], 'ended', 'http_response_incomplete', 200],
  ])
  expect(first![1]).not.toBe(second![1])
})
