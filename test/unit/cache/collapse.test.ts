// Many clients, one question: who asks the origin, and what the others get.
import { describe, expect, test } from 'vitest'
import { BytesPayload, type Payload, StreamPayload } from '../../../src/adapter.js'
import { fieldValue } from '../../../src/http/fields.js'
import type { Answer } from '../../../src/index.js'
import { fails, type Origin, text, type World, worldOf } from '../../support/gateway.js'

/** A promise that is settled from outside. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  return { opened: new Promise<void>((resolve) => (open = resolve)), open: () => open() }
}

const answer = (body: string, control: string, ...fields: string[]): Answer => text(body, ['Cache-Control', control, ...fields])
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

/** A world in which nobody is done waiting, but where `patience` says so. */
function crowd(origin: Origin, patience: Promise<void> = new Promise(() => {})): World {
  const started: { world?: World } = {}
  const world = worldOf({ routes: [{ upstream: 'app', cache: true }] }, origin, { clock: { nowMs: () => started.world?.nowMs ?? 1_000_000, sleep: () => patience } })
  started.world = world
  return world
}

describe('requests for the same at the same time', () => {
  test('are one request to the origin, and all of them get its answer', async () => {
    const { opened, open } = gate()
    const world = crowd(async () => (await opened, answer('once', 'max-age=60')))
    const asks = Promise.all([world.ask('GET', '/'), world.ask('GET', '/'), world.ask('GET', '/', { fields: ['If-None-Match', '"x"'] })])
    await turn()
    open()
    const told = await asks
    expect(told.map(({ text: body }) => body)).toEqual(['once', 'once', 'once'])
    expect(told.map(({ value }) => value('cache-status'))).toEqual(['fetchgate; fwd=uri-miss; fwd-status=200; stored', 'fetchgate; fwd=uri-miss; fwd-status=200; collapsed', 'fetchgate; fwd=uri-miss; fwd-status=200; collapsed'])
    expect(world.sent).toHaveLength(1)
    expect((await world.ask('GET', '/')).value('cache-status')).toBe('fetchgate; hit; ttl=60')
  })

  test('read along while the answer arrives', async () => {
    let push: (piece: string) => void = () => {}
    let end = (): void => {}
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        push = (piece) => controller.enqueue(new TextEncoder().encode(piece))
        end = () => controller.close()
      },
    })
    const world = crowd(() => ({ status: 200, fields: ['Cache-Control', 'max-age=60'], body: new StreamPayload(body) }))
    const first = world.ask('GET', '/')
    await turn()
    push('one ')
    await turn()
    const second = world.ask('GET', '/')
    await turn()
    push('two')
    end()
    expect([(await first).text, (await second).text, world.sent.length]).toEqual(['one two', 'one two', 1])
  })

  test('of another variant go to the origin themselves', async () => {
    const { opened, open } = gate()
    const world = crowd(async ({ fields }) => (await opened, answer(`in ${fieldValue(fields, 'accept-language')}`, 'max-age=60', 'Vary', 'Accept-Language')))
    const speak = (language: string): Promise<{ text: string }> => world.ask('GET', '/', { fields: ['Accept-Language', language] })
    const asks = Promise.all([speak('en'), speak('de'), speak('en')])
    await turn()
    open()
    expect((await asks).map(({ text: body }) => body)).toEqual(['in en', 'in de', 'in en'])
    expect(world.sent).toHaveLength(2)
  })

  test('do not share what is not for sharing, and the next ones do not wait for one another', async () => {
    const gates = [gate(), gate(), gate(), gate()]
    const world = crowd(async (_request, number) => (await gates[number - 1]!.opened, answer(String(number), 'private')))
    const early = [world.ask('GET', '/'), world.ask('GET', '/')]
    await turn()
    expect(world.sent).toHaveLength(1)
    gates[0]!.open()
    await turn()
    gates[1]!.open()
    expect((await Promise.all(early)).map(({ text: body }) => body)).toEqual(['1', '2'])
    const late = [world.ask('GET', '/'), world.ask('GET', '/')]
    await turn()
    expect(world.sent).toHaveLength(4)
    gates[2]!.open()
    gates[3]!.open()
    await Promise.all(late)
  })

  test('go their own way when the first takes too long', async () => {
    const [slow, patience] = [gate(), gate()]
    const world = crowd(async (_request, number) => (number === 1 && (await slow.opened), answer(String(number), 'max-age=60')), patience.opened)
    const first = world.ask('GET', '/')
    await turn()
    const second = world.ask('GET', '/')
    await turn()
    patience.open()
    expect((await second).text).toBe('2')
    slow.open()
    expect((await first).text).toBe('1')
  })

  test('share the failure of an origin that cannot be reached, and what is stale', async () => {
    const { opened, open } = gate()
    const world = crowd(async ({ target }, number) => (target === '/stale' && number === 1 ? answer('old', 'max-age=60') : (await opened, fails('connection_refused'))))
    await world.ask('GET', '/stale')
    world.nowMs += 70_000
    const asks = Promise.all(['/', '/', '/stale', '/stale'].map((target) => world.ask('GET', target)))
    await turn()
    open()
    expect((await asks).map(({ status, text: body }) => [status, status === 200 ? body : ''])).toEqual([[502, ''], [502, ''], [200, 'old'], [200, 'old']])
    expect(world.sent.length).toBeLessThanOrEqual(1 + 2 * 2)
  })

  test('validate a stale answer once', async () => {
    const { opened, open } = gate()
    const world = crowd(async (_request, number) => (number === 1 ? answer('same', 'max-age=60', 'ETag', '"a"') : (await opened, { status: 304, fields: [], body: undefined })))
    await world.ask('GET', '/')
    world.nowMs += 60_000
    const asks = Promise.all([world.ask('GET', '/'), world.ask('GET', '/'), world.ask('GET', '/')])
    await turn()
    open()
    expect((await asks).map(({ text: body }) => body)).toEqual(['same', 'same', 'same'])
    expect(world.sent).toHaveLength(2)
  })

  test('go on when the client that asked first goes away, and end when nobody is left', async () => {
    const { opened, open } = gate()
    const world = crowd(async ({ signal }) => {
      await opened
      if (signal?.aborted) fails('client_aborted')
      return answer('kept', 'max-age=60')
    })
    const [one, two] = [new AbortController(), new AbortController()]
    const first = world.ask('GET', '/', { signal: one.signal })
    await turn()
    const second = world.ask('GET', '/')
    const alone = world.ask('GET', '/alone', { signal: two.signal })
    await turn()
    one.abort()
    two.abort()
    await turn()
    expect(world.sent.map(({ signal }) => signal?.aborted)).toEqual([false, true])
    open()
    await Promise.all([first, alone])
    expect((await second).text).toBe('kept')
  })

  test('that come after an unsafe method do not get what was asked for before it', async () => {
    const gates = [gate(), gate()]
    const world = crowd(async ({ method }, number) => {
      if (number === 1) await gates[0]!.opened
      return method === 'GET' ? answer(String(number), 'max-age=60') : text('')
    })
    const before = world.ask('GET', '/')
    await turn()
    await world.ask('POST', '/')
    expect((await world.ask('GET', '/')).text).toBe('3')
    gates[0]!.open()
    expect((await before).text).toBe('1')
    expect((await world.ask('GET', '/')).text).toBe('3')
  })

  test.each<[string, { fields?: string[]; body?: Payload }]>([
    ['a range', { fields: ['Range', 'bytes=0-1'] }],
    ['a body', { body: new BytesPayload(new Uint8Array(1)) }],
  ])('with %s are not collapsed', async (_, options) => {
    const { opened, open } = gate()
    const world = crowd(async () => (await opened, answer('x', 'max-age=60')))
    const asks = Promise.all([world.ask('GET', '/', options), world.ask('GET', '/', options)])
    await turn()
    expect(world.sent).toHaveLength(2)
    open()
    await asks
  })
})
