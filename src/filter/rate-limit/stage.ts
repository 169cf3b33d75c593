// rateLimit: counts a request against its key, and refuses it where the quota is used up.
import type { FilterConfig } from '../../config/schema.js'
import type { After } from '../../exchange.js'
import { PASS, type Rule, type Verdict } from '../verdict.js'
import type { RuleWorld } from '../world.js'
import { ALGORITHMS } from './algorithms.js'
import type { Counted, Quota } from './counter.js'
import { limitFields, policyOf, type Telling, withLimitFields } from './fields.js'
import { keyReader, MAX_KEY_LENGTH } from './key.js'
import { CounterTable } from './table.js'

type RateLimitConfig = NonNullable<FilterConfig['rateLimit']>

/** Keys that a process remembers for one filter. */
const MAX_KEYS = 100_000

/** Refuses with 429 what goes beyond the quota of its key. */
export function rateLimitRule(config: RateLimitConfig, world: RuleWorld): Rule {
  const { limit, window: windowMs, burst = limit, by, algorithm = 'gcra' } = config
  if (world.owner === '' && [by].flat().includes('route')) world.fault(['by'], by, '"route" is not known yet in the filters for all requests; move the filter to a route, or write "host"')
  const quota: Quota = { limit, windowMs, burst }
  const table = world.kept(() => new CounterTable(ALGORITHMS[algorithm], quota, MAX_KEYS))
  const judge = judging(config, quota)
  const readKey = keyReader(by)
  const { clock } = world.ports
  return (exchange) => {
    const key = readKey(exchange)
    if (key.length <= MAX_KEY_LENGTH) return judge(table.count(key, clock.nowMs()))
    return digestOf(key).then((digest) => judge(table.count(digest, clock.nowMs())))
  }
}

/** What becomes of a request that was counted. */
function judging({ name, by, headers = 'standard', trial = false }: RateLimitConfig, quota: Quota): (counted: Counted) => Verdict {
  const policy = policyOf(name ?? `${quota.limit}/${quota.windowMs / 1000}s`, quota)
  const telling: Telling = trial ? 'none' : headers
  const reason = `rateLimit: ${policy.name} by ${[by].flat().join(' and ')}`
  const onTrial: Verdict = { kind: 'pass', trial: reason }
  return (counted) => {
    if (counted.verdict === 'refuse') {
      return trial ? onTrial : { kind: 'refuse', code: 'too_many_requests', reason, retryAfterSeconds: counted.resetSeconds, fields: limitFields(telling, policy, counted) }
    }
    if (telling === 'none') return PASS
    const fields = limitFields(telling, policy, counted)
    const after: After = (answer) => ({ ...answer, fields: withLimitFields(answer.fields, fields) })
    return { kind: 'pass', after }
  }
}

/** A short text that stands for a long one, and that nobody can make stand for another. */
async function digestOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return `#${btoa(String.fromCharCode(...bytes))}`
}
