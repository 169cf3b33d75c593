import { describe, expect, test } from 'vitest'
import { follow, type Source } from '../../../../src/balance/discover/stage.js'
import type { DnsAnswer } from '../../../../src/ports.js'

interface World {
  readonly lists: string[][]
  readonly failures: string[]
  /** How long it waited before each further look. */
  readonly waits: number[]
}

/** Follows a source through so many looks; each wait is over at once. */
async function followed(source: Source, looks: number, effects: { resolve?: () => Promise<DnsAnswer>; read?: () => Promise<string> } = {}): Promise<World> {
  const world: World = { lists: [], failures: [], waits: [] }
  const ending = new AbortController()
  const sleep = (delayMs: number): Promise<void> => {
    world.waits.push(delayMs)
    if (world.waits.length === looks) ending.abort()
    return Promise.resolve()
  }
  const follower = { accept: (targets: readonly { url: string }[]) => void world.lists.push(targets.map(({ url }) => url)), failed: (reason: string) => void world.failures.push(reason) }
  await follow(source, follower, { clock: { nowMs: () => 0, sleep }, ...effects }, ending.signal)
  return world
}

/** One after another; the last one again and again. An error is thrown. */
function inTurn<T>(...answers: (T | Error)[]): () => Promise<T> {
  let next = 0
  return () => {
    const answer = answers[Math.min(next++, answers.length - 1)]!
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
}

describe('DNS', () => {
  const dns = (refreshMs: number): Source => ({ kind: 'dns', type: 'A', records: { name: 'app.internal', scheme: 'http', port: 3000 }, refreshMs })
  const answerOf = (ttlMs: number, ...addresses: string[]): DnsAnswer => ({ ttlMs, records: addresses.map((address) => ({ kind: 'address', address })) })

  test.each([
    [0, 1000],
    [5000, 5000],
    [90_000, 60_000],
  ])('is asked again after its TTL, within bounds: %d ms are %d', async (ttlMs, waitMs) => {
    expect((await followed(dns(60_000), 1, { resolve: inTurn(answerOf(ttlMs, '10.0.0.1')) })).waits).toEqual([waitMs])
  })

  test('that fails, or has no records, leaves the last list, and is asked again', async () => {
    const { lists, failures, waits } = await followed(dns(60_000), 4, { resolve: inTurn<DnsAnswer>(answerOf(5000, '10.0.0.1'), new Error('SERVFAIL'), answerOf(5000), answerOf(5000, '10.0.0.2')) })
    expect(lists).toHaveLength(2)
    expect(failures).toEqual(['Error: SERVFAIL', 'app.internal has no records'])
    expect(waits).toEqual([5000, 60_000, 5000, 5000])
  })
})

describe('a JSON list', () => {
  const list: Source = { kind: 'list', url: 'http://registry.internal/', refreshMs: 10_000 }

  test('is read again and again; one that is none is told and passed over, one that is empty is believed', async () => {
    const { lists, failures, waits } = await followed(list, 6, { read: inTurn<string>('["http://a"]', 'gone', '{"targets": []}', '["ftp://a"]', new Error('404'), '[]') })
    expect(lists).toEqual([['http://a'], []])
    expect(failures).toHaveLength(4)
    expect(failures[0]).toBe('not JSON')
    expect(failures[3]).toBe('Error: 404')
    expect(waits).toEqual(Array.from({ length: 6 }, () => 10_000))
  })
})

describe('a source of code', () => {
  test('gives lists as it likes; when it ends or throws it is called again after a while', async () => {
    let calls = 0
    const lists = async function* (): AsyncGenerator<unknown> {
      calls++
      yield await Promise.resolve(['http://a'])
      if (calls === 1) throw new Error('lost')
      yield 'nonsense'
      yield [{ url: 'http://b', weight: 3 }]
    }
    const world = await followed({ kind: 'custom', lists, refreshMs: 10_000 }, 2)
    expect(world.lists).toEqual([['http://a'], ['http://a'], ['http://b']])
    expect(world.failures).toEqual(['Error: lost', expect.stringContaining('not a list of targets')])
    expect(world.waits).toEqual([10_000, 10_000])
  })

  test('is told when nobody listens any more, and what it says then is not heard', async () => {
    const ending = new AbortController()
    const accepted: unknown[] = []
    const lists = async function* (signal: AbortSignal): AsyncGenerator<unknown> {
      yield await Promise.resolve(['http://a'])
      ending.abort()
      expect(signal.aborted).toBe(true)
      yield ['http://late']
    }
    await follow({ kind: 'custom', lists, refreshMs: 10 }, { accept: (targets) => void accepted.push(targets), failed: (reason) => void accepted.push(reason) }, { clock: { nowMs: () => 0, sleep: () => Promise.resolve() } }, ending.signal)
    expect(accepted).toHaveLength(1)
  })
})
