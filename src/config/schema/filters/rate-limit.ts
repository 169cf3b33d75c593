// What an operator may say of a limit on requests in a time.
import * as v from 'valibot'
import { checked, closed, described, duration, setting } from '../../shape.js'
import { whole } from '../numbers.js'
import { KEYS_TEXT, limitKeys } from './limit-keys.js'

/** A limit on requests in a time. */
export const rateLimit = v.pipe(
  closed({
    limit: described(whole(1, 1_000_000_000), 'Requests in each `window`.'),
    window: described(v.pipe(duration, v.minValue(1, 'must be at least "1ms"'), v.maxValue(366 * 86_400_000, 'must be at most "366d"')), 'The time that `limit` is for.'),
    burst: setting(whole(1, 1_000_000_000), 'Requests that may come at once, with the algorithm "gcra" only; in no window are there more than `limit` and `burst` together. Default: as many as `limit`. 1 spaces requests evenly.'),
    by: described(limitKeys, `By what requests are counted: ${KEYS_TEXT}`),
    algorithm: setting(
      v.picklist(['gcra', 'fixed-window', 'sliding-window']),
      'How they are counted. "gcra" (default): a bucket of `burst` that fills steadily. "fixed-window": from zero in each window; hazard: twice the limit around the border of two. "sliding-window": two windows, weighed.',
    ),
    name: setting(checked((text) => (/^[\w./ -]{1,64}$/.test(text) ? undefined : 'is not a name of letters, digits, spaces, ".", "_", "/" or "-"')), 'What the limit is called in `RateLimit-Policy` and in the log. Default: limit and window, as in "100/60s".'),
    headers: setting(v.picklist(['standard', 'legacy', 'both', 'none']), 'What answers tell of the limit: "standard" (default) for `RateLimit` and `RateLimit-Policy`, "legacy" for `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds), "both" or "none". `Retry-After` is always told to those who are refused.'),
    store: setting(v.string(), 'Where it is counted: "memory" (default: each process for itself) or a name of `counters`. Filters of several processes count together when their settings, and those that choose their route, are the same.'),
    onStoreFailure: setting(v.picklist(['open', 'closed']), 'What becomes of requests while the store does not answer: "open" (default) lets them pass, uncounted, "closed" refuses them with 503. An event tells of it.'),
    trial: setting(v.boolean(), 'Whether it only tells observers whom it would have refused, as `trial`. Default false.'),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const { burst, algorithm = 'gcra', store = 'memory', onStoreFailure } = dataset.value
    if (store === 'memory' && onStoreFailure !== undefined) addIssue({ message: 'has an "onStoreFailure" without a "store" that could fail; leave it out' })
    if (burst !== undefined && algorithm !== 'gcra') addIssue({ message: `has a "burst", which "${algorithm}" knows nothing of; leave it out` })
  }),
)
