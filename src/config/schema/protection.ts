// What an operator may say of protection: how much may be under way, when a pool is given rest, what is shed first.
import * as v from 'valibot'
import { closed, duration, setting } from '../shape.js'
import { percent, whole } from './numbers.js'

/** Limits of a pool and its circuit breaker. */
export const breaker = closed({
  maxInFlight: setting(whole(1, 1_000_000), 'Requests that may be under way in the pool. Default 1024.'),
  maxInFlightPerTarget: setting(whole(1, 1_000_000), 'The same for each target. Default: no limit of its own.'),
  maxPending: setting(whole(0, 1_000_000), 'Requests that may wait for a place; further ones are answered with 503 and `Retry-After` at once. Default 128.'),
  pendingTimeout: setting(duration, 'How long one may wait. Default "1s".'),
  pendingOrder: setting(v.picklist(['fifo', 'lifo']), 'Who gets the next place: the one that waits longest ("fifo", default) or shortest ("lifo", which serves some in time where all would be late).'),
  adaptive: setting(v.boolean(), 'Whether the limit follows the latency of the pool: it sinks when answers take longer than they do at rest, and `maxInFlight` is only its upper end. Default false.'),
  failurePercent: setting(percent, 'Share of failures in the last 10 s, from 20 requests on, at which the circuit of the pool opens: requests are answered with 503 for a while, then let through little by little. Default: never opens. A single target that fails is left out by `outlier`.'),
  openFor: setting(duration, 'How long it stays open at first; twice as long each further time, up to 5 minutes. Default "10s".'),
})

/** Who is turned away first. */
export const priority = v.picklist(['critical', 'normal', 'background'])
