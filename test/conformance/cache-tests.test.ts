// http-tests/cache-tests against the cache on every runtime. What is missed is known by name, with its reason.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../src/index.js'
import { type RuntimeName, serveOn } from '../support/runtimes.js'
import { loadTests, SOURCE } from './definitions.js'
import { startOrigin } from './origin.js'
import type { Outcome } from './run.js'
import { runAll } from './run-all.js'
import { scoreOf, verdicts } from './verdict.js'

const tests = loadTests()
const expected = JSON.parse(readFileSync(new URL('expectations.json', import.meta.url), 'utf8')) as Record<string, Record<string, string>>

type Store = 'memory' | 'disk'

const RUNS: { runtime: RuntimeName; adapter?: 'native' | 'strict'; stores: Store[] }[] = [
  { runtime: 'node', stores: ['memory', 'disk'] },
  { runtime: 'bun', adapter: 'strict', stores: ['memory', 'disk'] },
  { runtime: 'bun', adapter: 'native', stores: ['memory'] },
  { runtime: 'deno', adapter: 'strict', stores: ['memory', 'disk'] },
  { runtime: 'deno', adapter: 'native', stores: ['memory'] },
]

if (!tests) process.stderr.write(`no definitions of cache-tests: ${SOURCE}\n`)

describe.skipIf(!tests)('cache-tests', () => {
  let origin: Awaited<ReturnType<typeof startOrigin>>
  beforeAll(async () => void (origin = await startOrigin()))
  afterAll(() => origin.close())

  const outcomesOf = async (runtime: RuntimeName, adapter: 'native' | 'strict' | undefined, store: Store): Promise<Map<string, Outcome>> => {
    const folder = await mkdtemp(join(tmpdir(), 'fetchgate-cache-tests-'))
    const config: Config = {
      ...(adapter ? { listen: { adapter } } : {}),
      upstreams: { origin: { targets: [`http://127.0.0.1:${origin.port}`] } },
      caches: { default: store === 'disk' ? { store, path: folder } : { store } },
      // Two tests want cookies to be stored, which a gateway must not do unless it is told to.
      routes: [{ upstream: 'origin', cache: { storeSetCookie: true } }],
    }
    const gateway = await serveOn(runtime, config)
    const outcomes = await runAll(tests!, gateway.port)
    await gateway.stop()
    await rm(folder, { recursive: true })
    return outcomes
  }

  test.each(RUNS)('on $runtime $adapter', { timeout: 120_000 }, async ({ runtime, adapter, stores }) => {
    const ids = new Set(tests!.map(({ id }) => id))
    const misses = { ...expected['everywhere'], ...expected[`${runtime} ${adapter}`] }
    // Most of a run is pauses: the stores of one runtime take them at the same time.
    const runs = await Promise.all(stores.map(async (store) => ({ store, outcomes: await outcomesOf(runtime, adapter, store) })))
    for (const { store, outcomes } of runs) {
      const known = verdicts(tests!, outcomes)
      process.stdout.write(`cache-tests on ${runtime} ${adapter ?? ''} in ${store}: ${JSON.stringify(scoreOf(tests!, known))}\n`)
      const missed = tests!.filter(({ id, kind }) => kind !== 'check' && known.get(id) !== 'pass').map(({ id }) => id)
      const told = (list: string[]): string[] => list.sort().map((id) => `${store}, ${id}: ${JSON.stringify(outcomes.get(id))}`)
      expect(told(missed)).toEqual(told(Object.keys(misses).filter((id) => ids.has(id))))
      // Many others rest on these two, which have no wrong answer themselves.
      expect([known.get('freshness-none'), known.get('stale-close')]).toEqual(['yes', 'yes'])
    }
  })
})
