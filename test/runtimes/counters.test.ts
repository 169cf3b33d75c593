// Counters that processes share, over a real server: the same answers as in memory, exact for several gateways at once, and what happens without it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RedisConnection } from '../../runtimes/stores/redis-connection.js'
import { countInRedis, openRedisCounters } from '../../runtimes/stores/redis-counters.js'
import { ALGORITHMS, type AlgorithmName } from '../../src/filter/rate-limit/algorithms.js'
import { UNUSED } from '../../src/filter/rate-limit/counter.js'
import type { Config } from '../../src/index.js'
import { ask, head, values } from '../support/raw-client.js'
import { serveOn } from '../support/runtimes.js'

const found = await new Promise<boolean>((resolve) => spawn('redis-server', ['--version']).on('error', () => resolve(false)).on('exit', (code) => resolve(code === 0)))
if (!found) process.stderr.write('no redis-server on this machine: shared counters are not tested over a real server\n')

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

describe.skipIf(!found && !process.env['CI'])('counters in Redis', () => {
  let server: ChildProcess
  let port = 0
  let opened = 0
  const start = async (): Promise<void> => {
    server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()], { stdio: ['ignore', 'pipe', 'ignore'] })
    for await (const chunk of server.stdout!) if (String(chunk).includes('Ready to accept')) break
  }
  const kill = async (): Promise<void> => {
    const gone = once(server, 'exit')
    server.kill('SIGKILL')
    await gone
  }
  const urlOf = (): string => `redis://127.0.0.1:${port}`
  beforeAll(async () => {
    port = await freePort()
    await start()
  })
  afterAll(() => void server.kill())

  test.each(Object.keys(ALGORITHMS) as AlgorithmName[])('by %s answer as those in memory do, wherever the clock goes', async (algorithm) => {
    const connection = new RedisConnection(urlOf())
    const quotas = fc.record({ limit: fc.integer({ min: 1, max: 9 }), windowMs: fc.integer({ min: 5000, max: 100_000 }), burst: fc.integer({ min: 1, max: 9 }) })
    const steps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -2000, max: 30_000 })), { minLength: 1, maxLength: 30 })
    await fc.assert(fc.asyncProperty(quotas, steps, async (quota, waits) => {
      const key = `same-${algorithm}-${opened++}`
      let counter = UNUSED
      // Of the future, so that the server, whose own clock rules how long keys are kept, lets none go.
      let nowMs = Date.now() + 1000
      for (const wait of waits) {
        nowMs += wait
        const { counter: next, ...expected } = ALGORITHMS[algorithm].count(counter, nowMs, quota)
        counter = next
        expect(await countInRedis(connection, key, { ...quota, algorithm }, nowMs)).toEqual(expected)
      }
    }), { numRuns: 40 })
  })

  test('let exactly the limit pass of 50 requests at a time to gateways on three runtimes, and go on without the server as they are told to', { timeout: 60_000 }, async () => {
    const config: Config = {
      trustedProxies: ['127.0.0.0/8'],
      counters: { shared: { store: 'redis', url: urlOf() } },
      routes: [
        { path: '/open', filters: [{ rateLimit: { limit: 60, window: '1h', by: 'client-ip', store: 'shared' } }], respond: { status: 204 } },
        { path: '/closed', filters: [{ rateLimit: { limit: 1, window: '1h', by: 'header:x-key', store: 'shared', algorithm: 'fixed-window', onStoreFailure: 'closed' } }], respond: { status: 204 } },
      ],
    }
    const gateways = await Promise.all((['node', 'bun', 'deno'] as const).map((runtime) => serveOn(runtime, config)))
    const statuses = async (path: string, times: number): Promise<number[]> => (await Promise.all(Array.from({ length: times }, (_, i) => ask(gateways[i % 3]!.port, head(`GET ${path}`, 'X-Forwarded-For: 192.0.2.1'))))).map(({ status }) => status)
    const many = [...await statuses('/open', 50), ...await statuses('/open', 50), ...await statuses('/open', 50)]
    expect([many.filter((status) => status === 204).length, many.filter((status) => status === 429).length]).toEqual([60, 90])
    expect((await statuses('/closed', 3)).sort()).toEqual([204, 429, 429])
    const long = await Promise.all(['a', 'b', 'a'].map((end) => ask(gateways[0]!.port, head('GET /closed', `X-Key: ${'k'.repeat(4000)}${end}`))))
    expect(long.map(({ status }) => status).sort()).toEqual([204, 204, 429])

    await kill()
    expect(await statuses('/open', 6)).toEqual(Array.from({ length: 6 }, () => 204))
    const refused = await ask(gateways[0]!.port, head('GET /closed'))
    expect([refused.status, values(refused, 'retry-after')]).toEqual([503, ['1']])
    for (const gateway of gateways) expect(gateway.output()).toContain('rateLimit: counters.shared failed')

    await start()
    // A store that has failed is left alone for a second.
    const after: number[] = []
    await expect.poll(async () => {
      const now = await statuses('/closed', 9)
      after.push(...now)
      return now.includes(503)
    }, { timeout: 5000 }).toBe(false)
    expect(after.filter((status) => status === 204).length).toBe(1)
    await Promise.all(gateways.map((gateway) => gateway.stop()))
  })

  test('take what somebody else has left under a key for nothing', async () => {
    const connection = new RedisConnection(urlOf())
    await connection.send('SET', 'odd', 'not a counter')
    const counted = await countInRedis(connection, 'odd', { algorithm: 'gcra', limit: 2, windowMs: 60_000, burst: 2 })
    expect(counted).toEqual({ verdict: 'pass', remaining: 1, resetSeconds: 30 })
  })

  test('are forgotten by the server when their time is over', async () => {
    const connection = new RedisConnection(urlOf())
    for (const [key, algorithm, atMost] of [['expire-gcra', 'gcra', 5001], ['expire-fixed', 'fixed-window', 20_001]] as const) {
      await countInRedis(connection, key, { algorithm, limit: 2, windowMs: 10_000, burst: 2 })
      const left = Number(await connection.send('PTTL', key))
      expect([left > 0, left <= atMost]).toEqual([true, true])
    }
  })
})

test('a server that never answers is waited for no longer than told', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const counters = openRedisCounters(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`, 'x', 50)
  const from = performance.now()
  await expect(counters.count('k', { algorithm: 'gcra', limit: 1, windowMs: 1000, burst: 1 })).rejects.toThrow('did not answer in time')
  expect(performance.now() - from).toBeLessThan(1000)
  silent.close()
})
