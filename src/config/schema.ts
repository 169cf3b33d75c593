// Everything an operator may say. Types, checks, the JSON Schema and the reference page all come from here.
import * as v from 'valibot'
import { parseCidr } from '../http/address.js'
import { parseHost } from '../http/host.js'
import { headFault } from '../http/framing.js'
import { isToken } from '../http/tokens.js'
import { hostPatternFault } from './host-pattern.js'
import { pathPatternFault } from './path-pattern.js'
import { parseRequestKey } from './request-key.js'
import { templateFault } from './template.js'
import { checked, closed, described, duration, setting, size } from './shape.js'

const cidr = checked((text) => (parseCidr(text) ? undefined : 'is not an address or a range such as "10.0.0.0/8" or "2001:db8::/32"'))
const hostPattern = checked(hostPatternFault)
const pathPattern = checked(pathPatternFault)
const methodName = checked((text) => (isToken(text) ? undefined : 'is not a method'))
const fieldName = checked((text) => (isToken(text) ? undefined : 'is not a header name'))
const fieldValueText = checked((text) => {
  const fault = headFault('GET', ['x', text])
  if (fault !== undefined) return `has ${fault}`
  // What no runtime's header writer takes would fail each request instead.
  return /[^\t\x20-\x7e\x80-\xff]/.test(text) ? 'has a character that a header cannot carry; write Latin-1 text' : templateFault(text)
})
const weight = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(256))

function targetFault(text: string): string | undefined {
  if (/^unix:\/./.test(text)) return undefined
  const match = /^https?:\/\/([^/?#]+)\/?$/i.exec(text)
  if (match) return parseHost(match[1]!) ? undefined : 'has a malformed host or port'
  if (/^https?:\/\/[^/?#]+\/./i.test(text)) return 'has a path; name the server only and use "addPrefix" on the route'
  return 'is not a server; write "http://host:port", "https://host:port" or "unix:/path"'
}

const targetUrl = checked(targetFault)

const target = v.union([
  targetUrl,
  closed({
    url: described(targetUrl, 'Where the server listens: scheme, host and port, no path; or `unix:/path/of/socket`.'),
    weight: setting(weight, 'Share of the traffic relative to the other targets. Default 1; 0 takes no traffic.'),
  }),
])

const timeouts = closed({
  connect: setting(duration, 'To connect, TLS included. Default "5s". Answered with 504.'),
  headers: setting(duration, 'From the end of the request to the head of the answer, for each attempt. Default "60s". Answered with 504.'),
  idle: setting(duration, 'Between two pieces of a body, in either direction. Default "5m". Breaks the transfer off.'),
  upgraded: setting(duration, 'In which nothing passes through a WebSocket, pings included. Default "1h". Ends it.'),
})

const upstream = closed({
  targets: described(v.pipe(v.array(target), v.minLength(1, 'needs at least one target')), 'The servers, each a URL or `{ url, weight }`.'),
  balance: setting(v.picklist(['round-robin']), 'How a target is chosen. Default "round-robin": in turn, by weight, spread evenly (smooth weighted round robin).'),
  retry: setting(
    closed({
      attempts: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(10)), 'Further attempts after the first, each on another target. Default 1; 0 turns retries off.'),
      on: setting(
        v.array(v.picklist(['connect-failure', 'reset-before-response', 'timeout', '502', '503', '504'])),
        'When to try again. "connect-failure": nothing was sent, so any method. The others for idempotent methods only: "reset-before-response" (the connection ended before the answer began), "timeout" (no answer in time), "502", "503", "504" (an answer with that status). Default the first two. A body whose sending has begun is never sent again.',
      ),
      budgetPercent: setting(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 'Share of the requests under way that may be retries; three always may, and "connect-failure" does not count, since nothing was sent. Default 20.'),
    }),
    'When a failed attempt is repeated.',
  ),
  timeout: setting(timeouts, 'How long each step may take.'),
  host: setting(
    v.union([v.picklist(['upstream', 'preserve']), checked((text) => (parseHost(text) ? undefined : 'is not "upstream", "preserve" or a host'))]),
    'The Host field the target gets: "upstream" (the target\'s own, default), "preserve" (as the client sent it) or a literal. Platforms whose fetch fixes the Host take "upstream" only.',
  ),
  forwarded: setting(
    v.picklist(['both', 'x-forwarded', 'forwarded', 'none']),
    'Which fields tell the target about the client: `X-Forwarded-For/-Proto/-Host`, RFC 7239 `Forwarded`, "both" (default) or "none".',
  ),
})

const accessRule = closed({
  ip: setting(v.array(cidr), 'Client addresses or ranges, after trusted proxies.'),
  method: setting(v.array(methodName), 'Methods, compared in upper case.'),
  host: setting(v.array(hostPattern), 'Hosts: exact, or `*.example.com`.'),
  path: setting(
    v.array(checked((text) => (text.startsWith('/') ? undefined : 'must start with "/"'))),
    'Paths, `*` standing for any run of characters. Compared with the canonical path and with every other way an origin may read it (escaped separators, double encoding, `;parameters`): denied in any, allowed in all.',
  ),
})

const filter = v.pipe(
  closed({
    allow: setting(accessRule, 'Requests that are outside of it are refused with 403.'),
    deny: setting(accessRule, 'Requests that fit it are refused with 403.'),
  }),
  v.check((entry) => Object.keys(entry).length === 1, 'must hold exactly one filter; write one list entry for each'),
)

const filters = v.array(filter)

const headerEdits = closed({
  set: setting(v.record(fieldName, fieldValueText), 'Fields to set, replacing what is there. Values may hold variables: `{client.address}`, `{client.scheme}`, `{client.host}`, `{request.id}`, `{request.method}`, `{request.path}`, `{request.query}`, `{request.uri}`, `{path.NAME}`.'),
  add: setting(v.record(fieldName, fieldValueText), 'Fields to add beside what is there.'),
  remove: setting(v.array(fieldName), 'Fields to remove.'),
})

const pathPrefix = checked((text) => (/^\/[^*:?#]*$/.test(text) ? pathPatternFault(text) : 'is not a path prefix such as "/api"'))

const route = closed({
  host: setting(v.union([hostPattern, v.array(hostPattern)]), 'Host or hosts: exact, or `*.example.com` for every name below. Default: any.'),
  path: setting(pathPattern, 'Path: literal text, `:name` for one segment, `:name+` for the rest, `*` for anything. Default "/*".'),
  methods: setting(v.array(methodName), 'Methods. Default: any.'),
  headers: setting(
    v.union([
      closed({
        match: setting(v.record(fieldName, v.string()), 'Request fields that must be there with exactly this value; the route is passed over otherwise.'),
        request: setting(headerEdits, 'Edits to what the target gets.'),
        response: setting(headerEdits, 'Edits to what the client gets.'),
      }),
      v.record(fieldName, v.string()),
    ]),
    'Fields to match and to edit: `{ match, request, response }`, or just the fields to match.',
  ),
  query: setting(v.record(v.string(), v.string()), 'Query parameters that must be there with exactly this value.'),
  filters: setting(filters, 'Filters of this route, after those for all.'),
  upstream: setting(
    v.union([v.string(), v.pipe(v.array(closed({ name: described(v.string(), 'Name of the upstream.'), weight: described(weight, 'Its share relative to the others.') })), v.minLength(1, 'needs at least one upstream'), v.check((shares) => shares.length === 0 || shares.some((share) => share.weight > 0), 'needs a share above 0'))]),
    'Name of the upstream that serves it, or a split of the traffic over several.',
  ),
  splitBy: setting(
    checked((text) => (parseRequestKey(text) ? undefined : 'is not "client-ip", "path", "header:NAME", "cookie:NAME" or "query:NAME"')),
    'What keeps a client with its side of a split: "client-ip", "path", "header:NAME", "cookie:NAME" or "query:NAME". Default: each request by chance.',
  ),
  deadline: setting(
    duration,
    'For the whole exchange with the upstream: all attempts, and the answer to its last byte. Default: none, only the limits of the upstream. Answered with 504; an answer that has begun is broken off. Hazard: it ends long downloads, event streams and WebSockets too.',
  ),
  mirror: setting(
    closed({
      upstream: described(v.string(), 'Name of the upstream that gets the copies.'),
      percent: setting(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 'Share of the requests that is copied. Default 100.'),
    }),
    'Sends a copy of each request to another upstream. Its answers are thrown away and its failures touch no client. Bodies above 64 KiB and more than 64 copies at a time are left out.',
  ),
  redirect: setting(
    closed({
      to: described(
        checked((text) => (/^(\/|https?:\/\/|\{client\.scheme\}:\/\/)[\x21-\x7e]*$/.test(text) ? templateFault(text) : 'must be a path or an http(s) URL')),
        'Where to: a path or a URL, with variables. The query of the request is kept when it has none.',
      ),
      status: setting(v.picklist([301, 302, 303, 307, 308]), 'Default 308: permanent, the method is kept.'),
    }),
    'Answers with a redirect.',
  ),
  respond: setting(
    closed({
      status: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(200), v.maxValue(599)), 'Default 200.'),
      headers: setting(v.record(fieldName, fieldValueText), 'Fields of the answer.'),
      body: setting(v.string(), 'Body, sent as UTF-8. Default: none.'),
    }),
    'Answers with this.',
  ),
  stripPrefix: setting(pathPrefix, 'Taken off the front of the path before it goes upstream, at a segment border. Requests outside it go as they are.'),
  addPrefix: setting(pathPrefix, 'Put before the path that goes upstream, after `stripPrefix`.'),
  rewrite: setting(
    pathPattern,
    'The path that goes upstream, with the parameters of `path` in it: `/users/:id` with `/people/:id`, `/a/*` with `/b/*`. The query is kept. Not together with the prefixes.',
  ),
  encodedSlashes: setting(
    v.picklist(['keep', 'reject']),
    'Paths with `%2F` or `%5C` in them: "keep" (default) passes them on as they are, an escaped slash dividing nothing; "reject" answers 400, for applications that take them for real slashes.',
  ),
  hideOrigin: setting(
    v.boolean(),
    'Whether the answer is cleaned of the origin: `Location`, `Content-Location`, `Refresh` and `Link` that name it, `Set-Cookie` domain and path, `Server`, `X-Powered-By`. Default true.',
  ),
  cache: setting(
    v.union([v.boolean(), closed({ store: setting(v.string(), 'Name of the cache. Default "default".') })]),
    'Whether answers are stored and reused as RFC 9111 allows a shared cache to. Default false.',
  ),
})

const cacheStore = closed({
  store: setting(v.picklist(['memory', 'platform']), 'Where entries live: "memory" (this process; default) or "platform" (the runtime\'s own `caches`, where there is one).'),
  maxSize: setting(size, 'Most that all entries may take together, memory store only. Default "64MiB".'),
  maxEntrySize: setting(size, 'Largest body that is stored. Default "4MiB".'),
})

const listener = closed({
  host: setting(v.string(), 'Address to listen on. Default "0.0.0.0"; "127.0.0.1" for this machine only.'),
  port: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(65535)), 'Port. Default 8080; 0 takes a free one.'),
  unix: setting(v.string(), 'Path of a Unix socket to listen on instead of host and port. Its clients have no address.'),
  proxyProtocol: setting(
    closed({ from: described(v.pipe(v.array(cidr), v.minLength(1, 'needs at least one range')), 'Load balancers whose connections begin with a PROXY header; it is required of them and taken from nobody else.') }),
    'Takes the client address from the PROXY protocol, versions 1 and 2. On Node, and on Bun with the "strict" adapter.',
  ),
  adapter: setting(
    v.picklist(['native', 'strict']),
    'Bun and Deno: "native" (their own server, fast; default) or "strict" (`node:http` on that runtime: raw request targets, every timer, two to three times the CPU). On Node both are `node:http`.',
  ),
  keepAlive: setting(duration, 'How long an idle client connection stays open. Default "75s", above the idle time of common load balancers. Bun native: at most 255 s. Deno native: not to be set.'),
  headers: setting(duration, 'How long a client may take to send its request head. Default "15s". Not with the "native" adapters of Bun and Deno, whose servers take no such limit.'),
})

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
  upstreams: setting(v.record(v.string(), upstream), 'Pools of servers by name.'),
  filters: setting(filters, 'Filters for every request, in order, before routing.'),
  routes: described(v.array(route), 'Routes; the first that matches serves the request.'),
  caches: setting(v.record(v.string(), cacheStore), 'Caches by name; `default` exists without being named.'),
  oddHeaders: setting(
    v.union([v.picklist(['drop', 'keep', 'reject']), v.array(fieldName)]),
    'What becomes of request headers with "_" or "." in their name, which some origins take for their twins with "-": "drop" (default), "keep", "reject" with 400, or the list of names to keep while others are dropped.',
  ),
  via: setting(
    closed({
      name: setting(checked((text) => (isToken(text) ? undefined : 'is not a token such as "edge-1"')), 'What this gateway calls itself in `Via`. Default "fetchgate". A request that comes by a third time is answered with 508.'),
      response: setting(v.boolean(), 'Whether answers tell it too. Default false: clients have no use for it.'),
    }),
    'The `Via` field, which tells origins through which gateways a request came and makes loops visible.',
  ),
  drain: setting(
    closed({ timeout: setting(duration, 'How long requests in flight may still take when the gateway stops. Default "30s"; then they are broken off.') }),
    'How the gateway stops.',
  ),
})

/** A configuration as it is written. */
export type Config = v.InferInput<typeof configSchema>

/** A configuration that was checked, its durations in milliseconds and its sizes in bytes. */
export type CheckedConfig = v.InferOutput<typeof configSchema>

/** One filter of a checked configuration. */
export type FilterConfig = v.InferOutput<typeof filter>

/** One route of a checked configuration. */
export type RouteConfig = v.InferOutput<typeof route>

/** One upstream of a checked configuration. */
export type UpstreamConfig = v.InferOutput<typeof upstream>

/** One cache of a checked configuration. */
export type CacheConfig = v.InferOutput<typeof cacheStore>

/** One listener of a checked configuration. */
export type ListenConfig = v.InferOutput<typeof listener>
