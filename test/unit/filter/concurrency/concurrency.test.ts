import { describe, expect, test } from 'vitest'
import { StreamPayload } from '../../../../src/http/payload.js'
import { type Answer, type Config, createGateway, type Gateway, type Ports } from '../../../../src/index.js'
import { fails, text, worldOf } from '../../../support/gateway.js'

const LIMIT = { concurrency: { limit: 1, by: 'client-ip' } } as const

interface Open {
  readonly gateway: Gateway
  /** Asks, and leaves the answer's body unread. */
  ask(options?: { method?: string; signal?: AbortSignal; path?: string }): Promise<Answer>
}

function open(origin: () => Answer | Promise<Answer>, config: Partial<Config> = {}, observe: Ports['observe'] = () => {}): Open {
  const gateway = createGateway({ filters: [LIMIT], upstreams: { app: { targets: ['http://a.test'] } }, routes: [{ upstream: 'app' }], ...config }, {
    transport: { lacks: new Set(), send: async () => origin() },
    observe,
  })
  return { gateway, ask: ({ method = 'GET', signal, path = '/' } = {}) => gateway.handle({ method, target: path, fields: ['Host', 'a.test'], body: undefined, signal }, { peer: { address: '192.0.2.1' } }) }
}

const endless = (): Answer => ({ status: 200, fields: [], body: new StreamPayload(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10)) }, { highWaterMark: 0 })) })
const failing = (): Answer => ({ status: 200, fields: [], body: new StreamPayload(new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) }, { highWaterMark: 0 })) })
const whole = (answer: Answer): Promise<string> => new Response(answer.body!.stream() as BodyInit).text()

describe('a place is given back', () => {
  test('when the body has been read to its end, and not before', async () => {
    const { ask } = open(() => text('hello'))
    const first = await ask()
    expect((await ask()).status).toBe(429)
    expect(await whole(first)).toBe('hello')
    expect((await ask()).status).toBe(200)
  })

  test.each<[string, (answer: Answer) => unknown]>([
    ['when a body that nobody has begun to read is given up', ({ body }) => body!.cancel()],
    ['when it is given up while it is read', async ({ body }) => {
      const reader = body!.stream().getReader()
      await reader.read()
      await reader.cancel()
    }],
  ])('%s', async (_, end) => {
    const { ask } = open(endless)
    const first = await ask()
    expect((await ask()).status).toBe(429)
    await end(first)
    expect((await ask()).status).toBe(200)
  })

  test('when the body breaks off', async () => {
    const { ask } = open(failing)
    await expect(whole(await ask())).rejects.toThrow('broken')
    expect((await ask()).status).toBe(200)
  })

  test('when the client goes away, though nobody asks for more of the body', async () => {
    const { ask } = open(endless)
    const client = new AbortController()
    await ask({ signal: client.signal })
    expect((await ask()).status).toBe(429)
    client.abort()
    expect((await ask()).status).toBe(200)
  })

  test.each<[string, () => Answer | Promise<Answer>, Partial<Config>]>([
    ['by an answer without a body', () => ({ status: 204, fields: [], body: undefined }), {}],
    ['by a server that fails', () => fails('connection_refused'), {}],
    ['by a transport that throws what nobody foresaw', () => { throw new TypeError('unforeseen') }, {}],
    ['by a redirect of the gateway', () => text(''), { routes: [{ redirect: { to: '/b' } }] }],
    ['by a path without a route', () => text(''), { routes: [] }],
    ['by a filter behind it that refuses', () => text(''), { filters: [LIMIT, { deny: { path: ['/*'] } }] }],
    ['by a filter behind it that throws', () => text(''), { filters: [LIMIT, () => { throw new Error('x') }] }],
    ['by a filter behind it that rejects later', () => text(''), { filters: [LIMIT, () => Promise.reject(new Error('x'))] }],
    ['by a filter behind it that fails over the answer', () => text('x'), { filters: [LIMIT, () => ({ kind: 'pass', after: () => { throw new Error('x') } })] }],
    ['by a filter before it that fails over the answer', () => endless(), { filters: [() => ({ kind: 'pass', after: () => Promise.reject(new Error('x')) }), LIMIT] }],
  ])('at once %s', async (_, origin, config) => {
    const { ask } = open(origin, config)
    const statuses: number[] = []
    for (let i = 0; i < 3; i++) statuses.push((await ask()).status)
    expect(statuses).not.toContain(429)
  })

  test('once, where two filters hold one each and the body ends in several ways', async () => {
    const { ask } = open(() => text('x'), { filters: [LIMIT, { concurrency: { limit: 1, by: 'host' } }] })
    for (let i = 0; i < 3; i++) {
      const client = new AbortController()
      const first = await ask({ signal: client.signal })
      expect((await ask()).status).toBe(429)
      await whole(first)
      client.abort()
    }
    const [one, two] = [await ask(), await ask()]
    expect([one.status, two.status]).toEqual([200, 429])
  })

  test('for answers of the cache in memory, at once', async () => {
    const gate = worldOf({ filters: [LIMIT], routes: [{ upstream: 'app', cache: true }] }, () => text('x', ['Cache-Control', 'max-age=60']))
    const told = [await gate.ask('GET', '/'), await gate.ask('GET', '/'), await gate.ask('HEAD', '/'), await gate.ask('GET', '/')]
    expect([told.map(({ status }) => status), gate.sent.length]).toEqual([[200, 200, 200, 200], 1])
  })
})

test('through fetch it holds until the response has been read', async () => {
  const { gateway } = open(() => text('hello'), { filters: [{ concurrency: { limit: 1, by: 'host' } }] })
  const ask = (): Promise<Response> => gateway.fetch(new Request('http://a.test/'))
  const first = await ask()
  expect((await ask()).status).toBe(429)
  await first.text()
  expect((await ask()).status).toBe(200)
})

test('what waits for a server has its place, and what is refused takes none', async () => {
  let answer = (answered: Answer): void => void answered
  const { ask } = open(() => new Promise((resolve) => (answer = resolve)))
  const first = ask()
  const refused = await Promise.all(Array.from({ length: 5 }, () => ask()))
  expect(refused.map(({ status, fields }) => [status, fields.includes('Retry-After')])).toEqual(Array.from({ length: 5 }, () => [429, true]))
  answer(text(''))
  expect(await whole(await first)).toBe('')
})

test('on trial it refuses nobody and tells whom it would have', async () => {
  const events: unknown[] = []
  const { ask } = open(endless, { filters: [{ concurrency: { limit: 1, by: 'client-ip', trial: true } }] }, (event) => void events.push(event))
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200])
  expect(events).toMatchObject([{ trial: undefined }, { trial: 'concurrency: 1 by client-ip' }])
})

test('a platform that forgets requests with their clients is told at start', () => {
  expect(() => createGateway({ filters: [LIMIT], routes: [] }, { transport: { lacks: new Set(['background']), send: () => Promise.resolve(text('')) } })).toThrow(/filters\[0\]\.concurrency.*is not possible on this platform/s)
})

test('"route" is told at start where it is not known', () => {
  expect(() => createGateway({ filters: [{ concurrency: { limit: 1, by: 'route' } }], routes: [] })).toThrow('"route" is not known yet')
})
