// What an operator may say of a cache: where entries live, and by which policy they are kept and used.
import * as v from 'valibot'
import { parseRequestKey } from '../request-key.js'
import { checked, closed, duration, setting, size } from '../shape.js'
import { templateFault } from '../template.js'
import { fieldName, redisUrl } from './texts.js'

/** What may be said for all routes of a cache, and for one of them. */
const policy = {
  maxEntrySize: setting(size, 'Largest body that is stored. Default "4MiB".'),
  storeSetCookie: setting(
    v.boolean(),
    'Whether answers with `Set-Cookie` are stored, cookie and all. Default false. Hazard: every client gets the cookie of the one that asked first. Not needed where the origin writes `Cache-Control: no-cache="Set-Cookie"`: those are stored without the field.',
  ),
  clientControl: setting(
    v.picklist(['limited', 'full']),
    'What clients may ask of the cache. "limited" (default): `no-store` keeps an answer out and `only-if-cached` is honoured. "full": also `no-cache`, `max-age`, `min-fresh`, `max-stale` and `Pragma`. Hazard: with "full", any client can send each of its requests to the origin.',
  ),
  heuristics: setting(
    v.boolean(),
    'Whether an answer with `Last-Modified` and no lifetime is fresh for a tenth of the time since, at most a day (RFC 9111 §4.2.2). Default true. Never for requests with `Cookie`, unless the answer is `public`.',
  ),
  negativeTtl: setting(duration, 'How long 404, 405, 410, 414 and 501 are kept where they do not tell themselves. Default "0s": not longer than any other answer that tells nothing.'),
  ignoreQuery: setting(
    v.array(v.string()),
    'Query parameters that make no difference, such as "fbclid" or "utm_*". They are not sent to the origin, so that no answer can depend on them. Default: none. What an origin says by `No-Vary-Search` counts beside it.',
  ),
  sortQuery: setting(v.boolean(), 'Whether the order of query parameters makes no difference; the origin gets them by name. Default false.'),
  key: setting(
    v.array(checked((text) => (/^(header|cookie)$/.test(parseRequestKey(text)?.kind ?? '') ? undefined : 'is not "header:NAME" or "cookie:NAME"'))),
    'By what answers are told apart beside scheme, host, path and query, whether their `Vary` names it or not: "header:NAME" or "cookie:NAME". Default: nothing. Fields such as `X-Original-URL` or `X-HTTP-Method-Override`, by which an origin may answer something else than what was asked for, are not sent to it unless they are among these.',
  ),
  tags: setting(
    v.array(checked(templateFault)),
    'Tags of every answer that is stored, by which it can be purged, beside those that it carries in `Surrogate-Key` and `Cache-Tag`. Variables are filled in, as in "product-{path.id}". Default: none.',
  ),
  ttl: setting(
    duration,
    'How long an answer is fresh that tells no lifetime itself, if its status may be kept without being told to (RFC 9110 §15.1); errors have `negativeTtl`. Never for requests with `Cookie`, unless the answer is `public`. Default "0s": what `heuristics` give it. Hazard: an origin that says nothing of caching may not have thought of it.',
  ),
  earlyRefresh: setting(
    v.pipe(v.number(), v.minValue(0)),
    'How eagerly an answer is refreshed behind a client\'s back shortly before it becomes stale: the likelier the nearer the end, relative to the time that the origin takes for it. Default 1; 0 waits until it is stale.',
  ),
  staleWhileRevalidate: setting(duration, 'How long past its freshness an answer is still used while the origin is asked behind the client\'s back. An answer\'s own `stale-while-revalidate` counts when it is longer. Default "0s".'),
  staleIfUnreachable: setting(
    duration,
    'How long past its freshness an answer stands in for an origin that gives none: no connection, or no answer in time. Not where `must-revalidate`, `proxy-revalidate`, `s-maxage` or `no-cache` forbid it. Default "24h".',
  ),
  staleIfError: setting(
    duration,
    'How long past its freshness an answer stands in for one with 500, 502, 503 or 504 (RFC 5861 §4). An answer\'s own `stale-if-error` counts when it is longer. Not where `must-revalidate`, `proxy-revalidate`, `s-maxage` or `no-cache` forbid it. Default "0s".',
  ),
  collapse: setting(
    v.union([v.boolean(), duration]),
    'How long a request for something that is not stored waits for another one for the same that is under way. All of them get its answer, while it is still arriving. What turns out not to be for sharing is not waited for in the two minutes after. Default true, which is "5s"; false or "0s" sends each request to the origin.',
  ),
  targets: setting(
    v.array(fieldName),
    'Fields that take the place of `Cache-Control` and `Expires` where an answer has one (RFC 9213), the first that is valid. They are passed on. Default ["Fetchgate-Cache-Control", "CDN-Cache-Control"].',
  ),
}

/** A cache. */
export const cacheStore = closed({
  store: setting(
    v.picklist(['memory', 'disk', 'redis', 'platform']),
    'Where entries live: "memory" (this process; default), "disk" (a folder; Node, Bun and Deno), "redis" (a Redis or Valkey server; Node, Bun and Deno) or "platform" (the runtime\'s own `caches`: Workers, Deno).',
  ),
  path: setting(v.string(), 'Folder of a disk store. It is made where it is not there, and must belong to this cache alone.'),
  url: setting(
    redisUrl,
    'Server of a redis store: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS, whose certificate is verified by the authorities that the runtime trusts (`NODE_EXTRA_CA_CERTS` on Node and Bun, `DENO_CERT` on Deno, add one). How much it keeps is the server\'s to say: `maxmemory` and `maxmemory-policy allkeys-lru`.',
  ),
  maxSize: setting(size, 'Most that all entries may take together, in memory or on disk. Default "64MiB".'),
  memory: setting(size, 'Memory in front of a disk, redis or platform store, for what is asked for often. Hazard: where several processes share the store, what one of them changes stays in the memory of the others until it is stale; a purge reaches it within a second. Default "0B": none.'),
  ...policy,
})

/** A route's cache, where more is said than that it has one. */
export const routeCache = closed({ store: setting(v.string(), 'Name of the cache. Default "default".'), ...policy })
