// What an operator may say of a route: which requests it takes, and what becomes of them.
import * as v from 'valibot'
import { parseRequestKey } from '../request-key.js'
import { checked, closed, described, duration, setting } from '../shape.js'
import { templateFault } from '../template.js'
import { routeCache } from './cache.js'
import { compress } from './compress.js'
import { earlyHints, etag } from './content.js'
import { files } from './files.js'
import { filters } from './filter.js'
import { esi } from './includes.js'
import { routeNormalization } from './normalization.js'
import { priority } from './protection.js'
import { fieldName, fieldValueText, hostPattern, methodName, pathPattern, pathPrefix, weight } from './texts.js'

const headerEdits = closed({
  set: setting(v.record(fieldName, fieldValueText), 'Fields to set, replacing what is there. Values may hold variables: `{client.address}`, `{client.scheme}`, `{client.host}`, `{request.id}`, `{request.method}`, `{request.path}`, `{request.query}`, `{request.uri}`, `{path.NAME}`. `{request.path}` is the canonical path, `{request.uri}` path and query as they leave for the target, before they are rewritten.'),
  add: setting(v.record(fieldName, fieldValueText), 'Fields to add beside what is there.'),
  remove: setting(v.array(fieldName), 'Fields to remove.'),
})

const staticAnswer = closed({
  status: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(200), v.maxValue(599)), 'Default 200.'),
  headers: setting(v.record(fieldName, fieldValueText), 'Fields of the answer.'),
  body: setting(v.string(), 'Body, sent as UTF-8. Default: none.'),
})

const fallback = closed({
  upstream: setting(v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1, 'needs at least one upstream'))]), 'Name of the upstream to ask instead, or several to ask in turn. Only where the request may be sent once more: it did not reach the first, or its method is idempotent, and its body has not been read.'),
  respond: setting(staticAnswer, 'Answer when no upstream gave one.'),
  on: setting(v.array(v.picklist(['429', '500', '502', '503', '504'])), 'Statuses of answers that count as none. Default: none of them, only what the gateway itself would answer with 502, 503 or 504.'),
})

const settings = closed({
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
    'For the whole exchange with the upstream: all attempts, and the answer to its last byte. Default: none, only the limits of the upstream. Answered with 504; an answer that has begun is broken off. Of a WebSocket only the handshake counts. Hazard: it ends long downloads and event streams too.',
  ),
  fallback: setting(fallback, 'What happens when the upstream fails.'),
  subset: setting(v.record(v.string(), v.string()), 'Labels that a target must have to serve this route.'),
  priority: setting(priority, 'What becomes of its requests when the pool nears its limit: "background" is turned away little by little from 80 % on and never waits, "normal" (default) waits for a place, "critical" goes first among those that wait.'),
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
  respond: setting(staticAnswer, 'Answers with this.'),
  files: setting(
    files,
    'Answers from the files of a folder: its path, or settings. What is below the root is found by the whole path of the request, after `stripPrefix`, `addPrefix` and `rewrite`. Alone, what is not there is 404; beside `upstream`, `redirect` or `respond`, these answer it. On Node, Bun and Deno; elsewhere by the port `openFolder`, as `bundledFiles` makes it.',
  ),
  stripPrefix: setting(pathPrefix, 'Taken off the front of the path before it goes upstream, at a segment border. Requests outside it go as they are.'),
  addPrefix: setting(pathPrefix, 'Put before the path that goes upstream, after `stripPrefix`.'),
  rewrite: setting(
    pathPattern,
    'The path that goes upstream, with the parameters of `path` in it: `/users/:id` with `/people/:id`, `/a/*` with `/b/*`. The query is kept. Not together with the prefixes.',
  ),
  normalization: setting(routeNormalization, 'What becomes of odd paths and header names on this route, where it differs from the rest.'),
  encodedSlashes: setting(v.picklist(['keep', 'literal', 'reject']), 'Short for `encodedSlashes` and `encodedBackslashes` of `normalization`.'),
  hideOrigin: setting(
    v.boolean(),
    'Whether the answer is cleaned of the origin: `Location`, `Content-Location`, `Refresh` and `Link` that name it, `Set-Cookie` domain and path, `Server`, `X-Powered-By`. Default true.',
  ),
  cache: setting(
    v.union([v.boolean(), routeCache]),
    'Whether answers are stored and reused as RFC 9111 allows a shared cache to. Default false. What is said here counts before what the cache says.',
  ),
  etag: setting(etag, 'Whether its answers get an `ETag`, in place of what is said for all.'),
  esi: setting(esi, 'Whether `<esi:include src="/path">` and a few other tags of ESI 1.0 in HTML are replaced by what the gateway answers for that path. Default false.'),
  earlyHints: setting(earlyHints, 'Whether its answers are hinted at, in place of what is said for all.'),
  compress: setting(compress, 'Whether and how its answers are compressed, in place of what is said for all.'),
})

/** A name for its type, which written out is too long for declarations of what contains it. */
export interface RouteSchema extends v.StrictObjectSchema<(typeof settings)['entries'], undefined> {
  readonly type: 'strict_object'
}

/** A route. */
export const route: RouteSchema = settings
