// What an operator may say of where requests are counted.
import * as v from 'valibot'
import { closed, described, duration, setting } from '../shape.js'
import { whole } from './numbers.js'
import { redisUrl } from './texts.js'

/** A place for counters. */
export const counterStore = v.pipe(
  closed({
    store: described(v.picklist(['memory', 'redis']), 'Where counters live: "memory" (each process for itself) or "redis" (a Redis 5 or Valkey server, exact for all processes that share it; Node, Bun and Deno).'),
    url: setting(redisUrl, 'Server of a redis store: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS, as for caches. Hazard: with a `maxmemory-policy` that evicts, a full server forgets who is over the limit.'),
    timeout: setting(v.pipe(duration, v.minValue(1, 'must be at least "1ms"')), 'How long a request waits for a redis store; after that `onStoreFailure` decides, for the requests of the next second at once. Default "250ms".'),
    maxKeys: setting(whole(1, 10_000_000), 'Keys that each filter remembers in a memory store, some 130 bytes for each. Default 100000.'),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { store, url, timeout, maxKeys } = dataset.value
    if (store === 'redis' && url === undefined) addIssue({ message: 'a redis store needs "url"' })
    if (store === 'redis' && maxKeys !== undefined) addIssue({ message: 'a redis store has no "maxKeys"; its server bounds itself' })
    if (store === 'memory' && (url !== undefined || timeout !== undefined)) addIssue({ message: 'a memory store has no "url" and no "timeout"' })
  }),
)
