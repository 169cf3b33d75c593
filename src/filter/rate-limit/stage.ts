// rateLimit: counts a request against its key, and refuses it where the quota is used up.
import type { FilterConfig } from '../../config/schema.js'
import type { After } from '../../exchange.js'
import type { CountedBy, CountedRequest, CounterStore, Ports } from '../../ports.js'
import { limitKeyReader } from '../limit-key.js'
import { sha256 } from '../sha256/stage.js'
import { PASS, type Refusal, type Rule, type Verdict } from '../verdict.js'
import type { RuleWorld } from '../world.js'
import { ALGORITHMS } from './algorithms.js'
import type { Quota } from './counter.js'
import { limitFields, policyOf, type Telling, withLimitFields } from './fields.js'
import { CounterTable } from './table.js'

type RateLimitConfig = NonNullable<FilterConfig['rateLimit']>

/** Keys that a process remembers for one filter. */
const MAX_KEYS = 100_000
/** Longest key that is kept as it is; the digest of a longer one takes its place. */
const MAX_KEY_LENGTH = 128
const DEFAULT_TIMEOUT_MS = 250
/** How long a store that has failed is not asked, so that an outage does not make each request wait. */
const LEFT_ALONE_MS = 1000

/** Refuses with 429 what goes beyond the quota of its key. */
export function rateLimitRule(config: RateLimitConfig, world: RuleWorld): Rule {
  const { limit, window: windowMs, burst = limit, by, algorithm = 'gcra', store = 'memory' } = config
  const quota: Quota = { limit, windowMs, burst }
  const judge = judging(config, quota)
  const readKey = limitKeyReader(by, world)
  const { clock } = world.ports
  const shared = sharedCounters(store, world)
  if (shared) {
    const counted: CountedBy = { ...quota, algorithm }
    return (exchange) => shared.count(`${world.id} ${readKey(exchange)}`, counted, exchange.id).then(judge)
  }
  const maxKeys = world.counters?.[store]?.maxKeys ?? MAX_KEYS
  const table = world.shared(`${world.id} ${maxKeys}`, () => new CounterTable(ALGORITHMS[algorithm], quota, maxKeys))
  return (exchange) => {
    const key = readKey(exchange)
    if (key.length <= MAX_KEY_LENGTH) return judge(table.count(key, clock.nowMs()))
    return digestOf(key).then((digest) => judge(table.count(digest, clock.nowMs())))
  }
}

/** The counters of a store outside this process; undefined for one in memory. */
function sharedCounters(name: string, { counters, ports, shared, fault }: RuleWorld): SharedCounters | undefined {
  const settings = name === 'memory' ? undefined : counters?.[name]
  if (settings?.store !== 'redis') return undefined
  const { url = '', timeout: timeoutMs = DEFAULT_TIMEOUT_MS } = settings
  const opened = shared(`counters ${name} ${JSON.stringify(settings)}`, () => {
    const store = ports.openCounters?.('redis', name, { url, timeoutMs })
    return store && new SharedCounters(name, store, ports)
  })
  if (!opened) fault(['store'], name, 'is a redis store of counters, which this runtime cannot reach; write "memory"')
  return opened
}

/** A store outside this process, and whether it answers. */
class SharedCounters {
  readonly #name: string
  readonly #store: CounterStore
  readonly #ports: Ports
  #failedMs = -Infinity

  constructor(name: string, store: CounterStore, ports: Ports) {
    this.#name = name
    this.#store = store
    this.#ports = ports
  }

  /** Undefined where the store does not tell. `id` is the request's. */
  async count(key: string, by: CountedBy, id: string): Promise<CountedRequest | undefined> {
    const { clock, observe } = this.#ports
    if (Math.abs(clock.nowMs() - this.#failedMs) < LEFT_ALONE_MS) return undefined
    try {
      return await this.#store.count(key, by)
    } catch (error) {
      this.#failedMs = clock.nowMs()
      observe({ kind: 'service-failed', id, filter: 'rateLimit', service: `counters.${this.#name}`, error: 'destination_unavailable', detail: (error as Error).message })
      return undefined
    }
  }
}

/** What becomes of a request that was counted, or that could not be. */
function judging({ name, by, headers = 'standard', store = 'memory', onStoreFailure = 'open', trial = false }: RateLimitConfig, quota: Quota): (counted: CountedRequest | undefined) => Verdict {
  const policy = policyOf(name ?? `${quota.limit}/${quota.windowMs / 1000}s`, quota)
  const telling: Telling = trial ? 'none' : headers
  const reason = `rateLimit: ${policy.name} by ${[by].flat().join(' and ')}`
  const uncounted: Refusal = { kind: 'refuse', code: 'destination_unavailable', reason: `rateLimit: ${policy.name} cannot be counted in "${store}"`, detail: 'Requests cannot be counted at present.', retryAfterSeconds: LEFT_ALONE_MS / 1000 }
  const refuse = (refusal: Refusal): Verdict => (trial ? { kind: 'pass', trial: refusal.reason } : refusal)
  return (counted) => {
    if (!counted) return onStoreFailure === 'open' ? PASS : refuse(uncounted)
    if (counted.verdict === 'refuse') return refuse({ kind: 'refuse', code: 'too_many_requests', reason, retryAfterSeconds: counted.resetSeconds, fields: limitFields(telling, policy, counted) })
    if (telling === 'none') return PASS
    const fields = limitFields(telling, policy, counted)
    const after: After = (answer) => ({ ...answer, fields: withLimitFields(answer.fields, fields) })
    return { kind: 'pass', after }
  }
}

/** A short text that stands for a long one, and that nobody can make stand for another. */
async function digestOf(text: string): Promise<string> {
  return `#${btoa(String.fromCharCode(...(await sha256(text))))}`
}
