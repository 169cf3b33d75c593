// concurrency: how many requests of a key may be under way at a time.
import type { FilterConfig } from '../../config/schema.js'
import { limitKeyReader } from '../limit-key.js'
import type { Refusal, Rule } from '../verdict.js'
import type { RuleWorld } from '../world.js'
import { Place, type Taken } from './place.js'

type ConcurrencyConfig = NonNullable<FilterConfig['concurrency']>

/** When to come again cannot be told; a second is short enough for people and long enough for the gateway. */
const RETRY_AFTER_SECONDS = 1

/** Refuses with 429 what comes while `limit` others of its key are under way. */
export function concurrencyRule(config: ConcurrencyConfig, world: RuleWorld): Rule {
  const { ports, kept, fault } = world
  const { limit, by, trial = false } = config
  // Such a platform drops a request with its client, and the place would be taken for ever.
  if (ports.transport.lacks.has('background')) fault([], config, 'is not possible on this platform, which does not tell when an answer is over; write "rateLimit"')
  const taken = kept<Taken>(() => new Map())
  const readKey = limitKeyReader(by, world)
  const reason = `concurrency: ${limit} by ${[by].flat().join(' and ')}`
  const refusal: Refusal = { kind: 'refuse', code: 'too_many_requests', reason, retryAfterSeconds: RETRY_AFTER_SECONDS }
  return (exchange) => {
    const key = readKey(exchange)
    const isFull = (taken.get(key) ?? 0) >= limit
    if (isFull && !trial) return refusal
    const { after } = new Place(taken, key, exchange.signal)
    return isFull ? { kind: 'pass', after, trial: reason } : { kind: 'pass', after }
  }
}
