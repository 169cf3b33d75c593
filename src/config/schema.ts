// Everything an operator may say. Types, checks, the JSON Schema and the reference page all come from here.
import * as v from 'valibot'
import { isToken } from '../http/tokens.js'
import { accessLog } from './schema/access-log.js'
import { admin, metrics } from './schema/admin.js'
import { cacheStore } from './schema/cache.js'
import { compress } from './schema/compress.js'
import { earlyHints, etag } from './schema/content.js'
import { counterStore } from './schema/counters.js'
import { filters, type namedFilter, type OwnFilter } from './schema/filter.js'
import { listener } from './schema/listen.js'
import { normalization, oddHeaders } from './schema/normalization.js'
import { resolver } from './schema/resolver.js'
import { route } from './schema/route.js'
import { cidr } from './schema/texts.js'
import { type target } from './schema/target.js'
import { upstream } from './schema/upstream.js'
import { checked, closed, described, duration, setting } from './shape.js'

/** The whole configuration. */
export const configSchema = closed({
  listen: setting(v.union([listener, v.array(listener)]), 'Where to listen, once or several times. Ignored on fetch platforms.'),
  trustedProxies: setting(
    v.union([v.array(cidr), v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0))]),
    'Proxies in front of us whose `Forwarded` and `X-Forwarded-*` are believed: ranges, or the number of hops. Default: nobody. Hazard: trusting everybody lets any client choose its address.',
  ),
  clientFrom: setting(
    v.picklist(['x-forwarded-for', 'forwarded', 'either']),
    'Which field the trusted proxies write. Default "either": `X-Forwarded-For`, or `Forwarded` where there is none. Hazard: a proxy that writes only `Forwarded` passes on the `X-Forwarded-For` of a client; behind such a one write "forwarded".',
  ),
  zone: setting(v.string(), 'Where this gateway stands: targets of the same zone are preferred. Default: zones do not matter.'),
  upstreams: setting(v.record(v.string(), upstream), 'Pools of servers by name.'),
  resolver: setting(
    resolver,
    'How names of targets become addresses. Each is asked for anew when its time is up; connections to addresses that are gone get no further request, and while nobody can tell the last good answer holds. Not on Workers, whose platform resolves names itself.',
  ),
  geo: setting(
    closed({ file: described(v.string(), 'Path of the file, in MaxMind\'s format (`.mmdb`): GeoLite2 Country or City, DB-IP, IPinfo and others. Read into memory once, at start; a new file takes effect with a restart, not with a reload.') }),
    'The database by which the filters `allow` and `deny` tell the `country` of clients. Default: none. On Node, Bun and Deno, by `serve` and `start`; with `createGateway` give it the port `countryOf`. On Workers refused at start: the platform tells.',
  ),
  filters: setting(filters, 'Filters for every request, in order, before routing.'),
  routes: described(v.array(route), 'Routes; the first that matches serves the request.'),
  etag: setting(etag, 'Whether answers that have no validator of their own get an `ETag`, and are not sent again to clients that have them. Default false.'),
  earlyHints: setting(earlyHints, 'Whether browsers are told what to load while the answer is awaited. Default false: hints that servers send are passed on, and there are no others.'),
  compress: setting(compress, 'Whether answers of routes are compressed for clients that take it, and how. Default false. Hazard: where an answer holds a secret beside what an attacker can put there, its length tells of the secret (BREACH); say `compress: false` on such routes.'),
  caches: setting(v.record(v.string(), cacheStore), 'Caches by name; `default` exists without being named.'),
  counters: setting(v.record(v.string(), counterStore), 'Where filters count requests, by name; "memory" exists without being named.'),
  normalization: setting(normalization, 'What becomes of paths and header names that servers may read in several ways.'),
  oddHeaders: setting(oddHeaders, 'Short for `normalization.oddHeaders`.'),
  via: setting(
    closed({
      name: setting(checked((text) => (isToken(text) ? undefined : 'is not a token such as "edge-1"')), 'What this gateway calls itself in `Via`. Default "fetchgate". A request that comes by a third time is answered with 508.'),
      response: setting(v.boolean(), 'Whether answers tell it too. Default false: clients have no use for it.'),
    }),
    'The `Via` field, which tells origins through which gateways a request came and makes loops visible.',
  ),
  accessLog: setting(accessLog, 'One line for each request, told when its answer begins. Default: none. Written by `serve` and by `start`; with `createGateway` give it `ports.observe` and `accessLine`. A reload leaves it as it was.'),
  admin: setting(admin, 'A listener for those who run the gateway: metrics, health, the state of targets, and what may be changed while it runs. Default: none. Opened by `serve` and `start` on Node, Bun and Deno; anywhere else by `adminOf`. A reload leaves it as it was.'),
  metrics: setting(metrics, 'Counters and times of requests and targets. Default: kept where there is `admin`. By `serve` and `start`; with `createGateway` by `createMetrics`. A reload leaves it as it was.'),
  drain: setting(
    closed({ timeout: setting(duration, 'How long requests in flight may still take when the gateway stops. Default "30s"; then they are broken off.') }),
    'How the gateway stops.',
  ),
})

/** A configuration as it is written. */
export type Config = v.InferInput<typeof configSchema>

/** A configuration that was checked, its durations in milliseconds and its sizes in bytes. */
export type CheckedConfig = v.InferOutput<typeof configSchema>

/** The settings of one filter of a checked configuration. */
export type FilterConfig = v.InferOutput<typeof namedFilter>

/** One entry of a checked list of filters. */
export type FilterEntry = FilterConfig | OwnFilter

/** One route of a checked configuration. */
export type RouteConfig = v.InferOutput<typeof route>

/** One target of a checked configuration. */
export type TargetConfig = v.InferOutput<typeof target>

/** One upstream of a checked configuration. */
export type UpstreamConfig = v.InferOutput<typeof upstream>

/** One cache of a checked configuration. */
export type CacheConfig = v.InferOutput<typeof cacheStore>

/** One listener of a checked configuration. */
export type ListenConfig = v.InferOutput<typeof listener>
