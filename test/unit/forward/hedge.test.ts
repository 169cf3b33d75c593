import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../../src/errors.js'
import { decideHedge, type HedgePolicy } from '../../../src/forward/hedge/decision.js'
import { isLearning, type LatencyEstimate, NO_ESTIMATE, observeLatency } from '../../../src/forward/hedge/latency.js'
import { BytesPayload, type Payload } from '../../../src/http/payload.js'
import type { GatewayEvent } from '../../../src/index.js'
import type { Answer, Clock, OutboundRequest } from '../../../src/ports.js'
import { type AskOptions, type Told, type World, worldOf } from '../../support/gateway.js'

const TIME: HedgePolicy = { kind: 'time', delayMs: 200 }
const P95: HedgePolicy = { kind: 'quantile', quantile: 0.95 }

describe('a request is hedged', () => {
  const body = new BytesPayload(new Uint8Array(1))
  test.each<[string, Parameters<typeof decideHedge>, ReturnType<typeof decideHedge>]>([
    ['after the time that was set', [{ method: 'GET', body: undefined, upgrade: undefined }, TIME, NO_ESTIMATE], { kind: 'hedge', delayMs: 200 }],
    ['or after the estimate', [{ method: 'HEAD', body: undefined, upgrade: undefined }, P95, { ms: 81, seen: 20 }], { kind: 'hedge', delayMs: 81 }],
    ['but not while there is none', [{ method: 'OPTIONS', body: undefined, upgrade: undefined }, P95, { ms: 81, seen: 19 }], { kind: 'learn' }],
    ['nor one that may have an effect', [{ method: 'DELETE', body: undefined, upgrade: undefined }, TIME, NO_ESTIMATE], { kind: 'never', reason: 'DELETE may have an effect' }],
    ['nor one with a body', [{ method: 'GET', body, upgrade: undefined }, TIME, NO_ESTIMATE], { kind: 'never', reason: 'it has a body' }],
    ['nor one that asks for another protocol', [{ method: 'GET', body: undefined, upgrade: 'websocket' }, TIME, NO_ESTIMATE], { kind: 'never', reason: 'it asks for another protocol' }],
  ])('%s', (_, asked, decision) => {
    expect(decideHedge(...asked)).toEqual(decision)
  })
})

describe('the estimate', () => {
  const after = (quantile: number, samples: readonly number[], from: LatencyEstimate = NO_ESTIMATE): LatencyEstimate => samples.reduce((estimate, ms) => observeLatency(estimate, quantile, ms), from)
  /** Samples of a skewed distribution, by rolls. */
  const skewed = (rolls: readonly number[], scaleMs: number): number[] => rolls.map((roll) => scaleMs * (1 + 4 * roll ** 8))
  const rolls = (length: number): fc.Arbitrary<number[]> => fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: length, maxLength: length })

  test.each([[0.5, 2], [0.75, 4], [0.95, 20], [0.99, 100]])('of %d means something after %d answers, whose longest it is', (quantile, needed) => {
    const samples = Array.from({ length: needed }, (_, i) => 10 + ((i * 7) % needed))
    expect(isLearning(after(quantile, samples.slice(1)), quantile)).toBe(true)
    const estimate = after(quantile, samples)
    expect([isLearning(estimate, quantile), estimate.ms]).toEqual([false, Math.max(...samples)])
  })

  test('has about its share of the answers below it', () => {
    fc.assert(
      fc.property(rolls(3000), fc.constantFrom(0.5, 0.9, 0.95), (given, quantile) => {
        const samples = skewed(given, 20)
        let estimate = after(quantile, samples.slice(0, 1000))
        let longer = 0
        for (const ms of samples.slice(1000)) {
          if (ms > estimate.ms) longer++
          estimate = observeLatency(estimate, quantile, ms)
        }
        // Rolls that shrink to one value make a distribution without a tail; there is nothing above it then.
        const share = 1 - longer / 2000
        if (new Set(given).size > 2000) expect(Math.abs(share - quantile)).toBeLessThan(0.05)
      }),
      { numRuns: 20 },
    )
  })

  test('follows a pool that becomes ten times as slow, or as quick, within some hundred answers', () => {
    const steady = Array.from({ length: 2000 }, (_, i) => ((i * 37) % 100) + 1)
    const slow = after(0.95, steady)
    expect(slow.ms).toBeGreaterThan(70)
    expect(slow.ms).toBeLessThan(130)
    expect(after(0.95, steady.slice(0, 300).map((ms) => ms * 10), slow).ms).toBeGreaterThan(700)
    expect(after(0.95, steady.slice(0, 800).map((ms) => ms / 10), slow).ms).toBeLessThan(15)
  })

  test('is a time at least a millisecond long, whatever the clock says', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.double({ min: -1e9, max: 1e9, noNaN: true })), { maxLength: 500, size: 'max' }), fc.constantFrom(0.5, 0.95, 0.99), (samples, quantile) => {
        const { ms, seen } = after(quantile, samples)
        expect(ms >= 1 && ms <= 2e9).toBe(true)
        expect(seen).toBeLessThanOrEqual(101)
      }),
    )
  })
})

/** Time that passes only when told to; sleeps end when it has passed them, or when they are called off. */
class ManualClock implements Clock {
  #nowMs = 0
  #sleepers: { readonly dueMs: number; readonly wake: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }

  get sleeping(): number {
    return this.#sleepers.length
  }

  sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { dueMs: this.#nowMs + delayMs, wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        resolve()
      })
    })
  }

  async pass(ms: number): Promise<void> {
    this.#nowMs += ms
    const due = this.#sleepers.filter(({ dueMs }) => dueMs <= this.#nowMs)
    this.#sleepers = this.#sleepers.filter(({ dueMs }) => dueMs > this.#nowMs)
    for (const { wake } of due) wake()
    await settled()
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

/** An attempt that is under way. */
interface Sent {
  readonly request: OutboundRequest
  answer(answer: Answer): void
  fail(code: ConstructorParameters<typeof GatewayError>[0]): void
}

/** A body that tells whether it was given up. */
function watchedBody(): Payload & { cancelled: boolean } {
  return { length: undefined, used: false, cancelled: false, stream: () => new ReadableStream({ start: (controller) => controller.close() }), cancel() { this.cancelled = true } }
}

const OK: Answer = { status: 200, fields: [], body: undefined }

/** A world of two servers whose answers the test gives. Attempts fail when their signal is aborted, as transports do. */
function raceOf(upstream: object = {}, route: object = {}): { world: World; clock: ManualClock; sent: Sent[]; ask: (method?: string, options?: AskOptions) => Promise<Told>; told: (kind: GatewayEvent['kind']) => GatewayEvent[] } {
  const clock = new ManualClock()
  const sent: Sent[] = []
  const config = { upstreams: { app: { targets: ['http://a.internal', 'http://b.internal', 'http://c.internal'], hedge: { after: '200ms' }, ...upstream } }, routes: [{ upstream: 'app', ...route }] }
  const origin = (request: OutboundRequest): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const fail = (code: ConstructorParameters<typeof GatewayError>[0]): void => reject(new GatewayError(code))
      request.signal?.addEventListener('abort', () => fail('client_aborted'))
      sent.push({ request, answer: resolve, fail })
    })
  const world = worldOf(config, origin, { clock })
  return { world, clock, sent, ask: (method = 'GET', options) => world.ask(method, '/', options), told: (kind) => world.events.filter((event) => event.kind === kind) }
}

const hosts = (sent: readonly Sent[]): string[] => sent.map(({ request }) => request.server.hostname)

describe('a hedge', () => {
  test('is not made for an answer that comes in time, and its timer is called off', async () => {
    const { ask, clock, sent } = raceOf()
    const asked = ask()
    await clock.pass(199)
    sent[0]!.answer(OK)
    expect((await asked).status).toBe(200)
    expect([hosts(sent), clock.sleeping]).toEqual([['a.internal'], 0])
  })

  test('that answers first wins, and the slow attempt is given up and not blamed', async () => {
    const { ask, clock, sent, world, told } = raceOf()
    const asked = ask()
    await clock.pass(200)
    expect(hosts(sent)).toEqual(['a.internal', 'b.internal'])
    sent[1]!.answer({ ...OK, status: 201 })
    expect((await asked).status).toBe(201)
    expect(sent.map(({ request }) => request.signal!.aborted)).toEqual([true, false])
    expect(world.events).toMatchObject([{ kind: 'hedged', server: 'http://b.internal', won: true }, { kind: 'request', server: 'http://b.internal', attempts: 2, status: 201 }])
    expect(told('attempt-failed')).toEqual([])
  })

  test('is given up when the first attempt answers after all', async () => {
    const { ask, clock, sent, world } = raceOf()
    const asked = ask()
    await clock.pass(200)
    sent[0]!.answer(OK)
    expect((await asked).status).toBe(200)
    expect(sent.map(({ request }) => request.signal!.aborted)).toEqual([false, true])
    expect(world.events).toMatchObject([{ kind: 'hedged', server: 'http://b.internal', won: false }, { kind: 'request', server: 'http://a.internal', attempts: 2 }])
  })

  test('whose answer comes at the same time has its body given up', async () => {
    const { ask, clock, sent } = raceOf()
    const late = watchedBody()
    const asked = ask()
    await clock.pass(200)
    sent[0]!.answer(OK)
    sent[1]!.answer({ ...OK, body: late })
    await asked
    await settled()
    expect(late.cancelled).toBe(true)
  })

  test('is made once for a request, however long both take', async () => {
    const { ask, clock, sent } = raceOf()
    const asked = ask()
    await clock.pass(200)
    await clock.pass(10_000)
    expect(sent).toHaveLength(2)
    sent[0]!.answer(OK)
    await asked
  })

  test.each<[string, number]>([['the first attempt', 0], ['the second', 1]])('leaves it to the other when %s fails', async (_, failing) => {
    const { ask, clock, sent, told } = raceOf()
    const asked = ask()
    await clock.pass(200)
    sent[failing]!.fail('connection_terminated')
    await settled()
    expect(sent).toHaveLength(2)
    sent[1 - failing]!.answer(OK)
    expect((await asked).status).toBe(200)
    expect(told('attempt-failed')).toMatchObject([{ server: `http://${hosts(sent)[failing]}`, error: 'connection_terminated', retried: true, why: 'another attempt is under way' }])
  })

  test('leaves it to the other when one answers with a status that is repeated, whose body is given up', async () => {
    const { ask, clock, sent } = raceOf({ retry: { on: ['503'] } })
    const body = watchedBody()
    const asked = ask()
    await clock.pass(200)
    sent[1]!.answer({ status: 503, fields: [], body })
    await settled()
    expect(body.cancelled).toBe(true)
    sent[0]!.answer(OK)
    expect((await asked).status).toBe(200)
  })

  test('wins with any other status', async () => {
    const { ask, clock, sent } = raceOf()
    const asked = ask()
    await clock.pass(200)
    sent[1]!.answer({ ...OK, status: 503 })
    expect((await asked).status).toBe(503)
  })

  test('counts as an attempt: when both fail, the next one has to be allowed', async () => {
    const once = raceOf({ retry: { attempts: 1 } })
    const asked = once.ask()
    await once.clock.pass(200)
    once.sent[0]!.fail('connection_terminated')
    once.sent[1]!.fail('connection_refused')
    expect((await asked).status).toBe(502)
    expect(once.told('request')).toMatchObject([{ server: 'http://b.internal', error: 'connection_refused' }])
    const twice = raceOf({ retry: { attempts: 2 } })
    const again = twice.ask()
    await twice.clock.pass(200)
    for (const attempt of twice.sent) attempt.fail('connection_terminated')
    await settled()
    expect(hosts(twice.sent)).toEqual(['a.internal', 'b.internal', 'c.internal'])
    await twice.clock.pass(1000)
    expect(twice.sent).toHaveLength(3)
    twice.sent[2]!.answer(OK)
    expect((await again).status).toBe(200)
  })

  test('is not made when the first attempt fails before its time: that is repeated at once', async () => {
    const { ask, clock, sent } = raceOf()
    const asked = ask()
    await clock.pass(100)
    sent[0]!.fail('connection_terminated')
    await settled()
    expect([hosts(sent), clock.sleeping]).toEqual([['a.internal', 'b.internal'], 0])
    sent[1]!.answer(OK)
    expect((await asked).status).toBe(200)
  })

  test.each<[string, string, AskOptions]>([
    ['with an effect', 'POST', {}],
    ['of a method nobody knows', 'FROB', {}],
    ['with a body', 'GET', { fields: ['Content-Length', '1'], body: new BytesPayload(new Uint8Array(1)) }],
  ])('is not made of a request %s', async (_, method, options) => {
    const { ask, clock, sent } = raceOf()
    const asked = ask(method, options)
    await clock.pass(10_000)
    expect(sent).toHaveLength(1)
    sent[0]!.answer(OK)
    await asked
  })

  test('is not made past the budget, which it shares with retries, nor where there is no other target', async () => {
    const budget = raceOf({ retry: { budgetPercent: 0, minRetriesPerSecond: 0.1 } })
    const both = [budget.ask(), budget.ask()]
    await budget.clock.pass(200)
    expect(budget.sent).toHaveLength(3)
    for (const attempt of budget.sent) attempt.answer(OK)
    await Promise.all(both)
    const alone = raceOf({ targets: ['http://a.internal'] })
    const asked = alone.ask()
    await alone.clock.pass(200)
    expect(alone.sent).toHaveLength(1)
    alone.sent[0]!.answer(OK)
    await asked
  })

  test('ends with the client: both attempts are given up, and nobody is blamed', async () => {
    const { ask, clock, sent, world } = raceOf()
    const client = new AbortController()
    const asked = ask('GET', { signal: client.signal })
    await clock.pass(200)
    client.abort()
    expect((await asked).status).toBe(499)
    expect(sent.map(({ request }) => request.signal!.aborted)).toEqual([true, true])
    expect(world.events.filter(({ kind }) => kind === 'attempt-failed')).toEqual([])
  })

  test('that has won is still given up when the client goes during its answer', async () => {
    const { ask, clock, sent } = raceOf()
    const client = new AbortController()
    const asked = ask('GET', { signal: client.signal })
    await clock.pass(200)
    sent[1]!.answer(OK)
    await asked
    expect(sent[1]!.request.signal!.aborted).toBe(false)
    client.abort()
    expect(sent[1]!.request.signal!.aborted).toBe(true)
  })

  test('ends with the deadline of the route', async () => {
    const { ask, clock, sent, told } = raceOf({}, { deadline: '500ms' })
    const asked = ask()
    await clock.pass(200)
    await clock.pass(300)
    expect((await asked).status).toBe(504)
    expect(sent.map(({ request }) => request.signal!.aborted)).toEqual([true, true])
    expect(told('request')).toMatchObject([{ error: 'http_response_timeout' }])
  })

  test('that loses leaves the client with the server that answered, and its cookie', async () => {
    const { ask, clock, sent } = raceOf({ sticky: { cookie: 'at', secret: '0123456789abcdef' } })
    const cookieOf = async (winner: number): Promise<string> => {
      // Cookies are signed by the platform's crypto, which takes its time.
      const reach = async (count: number): Promise<void> => {
        while (sent.length < count) await new Promise(setImmediate)
      }
      const before = sent.length
      const asked = ask()
      await reach(before + 1)
      await clock.pass(200)
      await reach(before + 2)
      sent[before + winner]!.answer(OK)
      const cookie = /at=[^;]+/.exec((await asked).value('set-cookie') ?? '')?.[0]
      const again = ask('GET', { fields: ['Cookie', cookie ?? ''] })
      await reach(before + 3)
      sent.at(-1)!.answer(OK)
      await again
      expect(sent.at(-1)!.request.server).toBe(sent[before + winner]!.request.server)
      return cookie ?? ''
    }
    const cookies = [await cookieOf(0), await cookieOf(0), await cookieOf(1), await cookieOf(1)]
    expect(new Set(cookies).size).toBe(2)
  })

  test('by a percentile comes once the pool is known, after the time that its answers take', async () => {
    const { ask, clock, sent } = raceOf({ hedge: { after: 'p95' } })
    for (let i = 0; i < 20; i++) {
      const asked = ask()
      await clock.pass(i === 7 ? 90 : 10)
      expect(sent).toHaveLength(i + 1)
      sent[i]!.answer(OK)
      await asked
    }
    const slow = ask()
    await clock.pass(89)
    expect(sent).toHaveLength(21)
    await clock.pass(1)
    expect(sent).toHaveLength(22)
    // The hedge wins at once. That the first would have taken longer is known, and raises the estimate.
    sent[21]!.answer(OK)
    await slow
    const next = ask()
    await clock.pass(91)
    expect(sent).toHaveLength(23)
    await clock.pass(10)
    expect(sent).toHaveLength(24)
    sent[23]!.answer(OK)
    await next
  })
})
