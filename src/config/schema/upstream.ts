// What an operator may say of an upstream: its targets, and how requests are carried to them.
import * as v from 'valibot'
import { parseHost } from '../../http/host.js'
import { checked, closed, described, duration, setting, size } from '../shape.js'
import { parseDuration } from '../units.js'
import { balance, slowStart, sticky } from './balance.js'
import { discover } from './discover.js'
import { health, outlier, panicPercent } from './health.js'
import { breaker } from './protection.js'
import { target } from './target.js'
import { upstreamTls } from './tls.js'

/** A duration, given out in milliseconds, or a percentile, given out as it is. */
const delay = v.pipe(
  checked((text) => (parseDuration(text) !== undefined || /^p[5-9]\d$/.test(text) ? undefined : 'is neither a duration such as "200ms" nor one of "p50" to "p99"')),
  v.transform((text) => parseDuration(text) ?? text),
)

const timeouts = closed({
  connect: setting(duration, 'To connect, TLS included. Default "5s". Answered with 504.'),
  headers: setting(duration, 'From the end of the request to the head of the answer, for each attempt. Default "60s". Answered with 504.'),
  idle: setting(duration, 'Between two pieces of a body, in either direction. Default "5m". Breaks the transfer off.'),
  upgraded: setting(duration, 'In which nothing passes through a WebSocket. Pings of the client and the server count as something, those of `websocket.ping` and their answers do not. Default "1h". Ends it.'),
})

const keepAlive = closed({
  idle: setting(duration, 'For how long a connection may lie idle and be used again, where the server names no time of its own by `Keep-Alive: timeout=N`, which is used up to 2 s before its end, and for 60 s at most. Default "4s", below the 5 s of servers on Node. "0s" opens a connection for each request. Hazard: a server that closes sooner than that breaks requests which cross its closing on the way.'),
  connections: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0)), 'Idle connections that are kept to each target; further ones are closed. Default 256.'),
})

const websocket = closed({
  ping: setting(
    duration,
    'After so long without a sign of life, an end of a WebSocket gets a ping; after as long again without one, both ends are closed: with 1001 when the client was silent, with 1011 when the server was. Answers to these pings are passed on. Default: none are sent. Hazard: a span that is shorter than slow clients take for a message ends them. Not on Workers, where it is refused at start.',
  ),
})

const settings = closed({
  targets: setting(v.array(target), 'The servers, each a URL or `{ url, weight, … }`. With `discover`, those that stand in until the first list has come.'),
  discover: setting(discover, 'Where the list of targets comes from when it changes by itself. The last good list stays in force when its source fails; targets that left it get no more requests, and those under way end. Not on platforms without timers between requests.'),
  balance: setting(balance, 'How a target is chosen, by name or as `{ policy, by }`. "round-robin" (default): in turn, by weight, spread evenly. "random": by chance and weight. "power-of-two": of two by chance the less busy. "least-requests": the least busy for its weight. "peak-ewma": of two by chance the one with the lower latency and load. "first": the first in the list that can. "consistent-hash", "rendezvous", "maglev": by a key of the request, so that the same one goes to the same target.'),
  sticky: setting(sticky, 'Keeps each client with its target by a cookie.'),
  slowStart: setting(slowStart, 'How long a target that has come back, or was added, is given to warm up: its share grows from a tenth. Never at start. Default: off.'),
  health: setting(health, 'Checks of each target, in the background. Default: none. Not on platforms without timers between requests.'),
  outlier: setting(outlier, 'Leaves out targets that fail in the traffic. On by default, with the values below.'),
  panicPercent,
  breaker: setting(breaker, 'How much may be under way, and the circuit breaker.'),
  retry: setting(
    closed({
      attempts: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(10)), 'Further attempts after the first, each on another target. Default 1; 0 turns retries off.'),
      on: setting(
        v.array(v.picklist(['connect-failure', 'reset-before-response', 'timeout', '500', '502', '503', '504'])),
        'When to try again. "connect-failure": nothing was sent, so any method. The others for idempotent methods only: "reset-before-response" (the connection ended before the answer began), "timeout" (no answer in time), "500", "502", "503", "504" (an answer with that status). Default the first two. A body whose sending has begun is sent again only with `replayBody`.',
      ),
      budgetPercent: setting(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 'Retries that the pool may make in ten seconds, as a share of its requests in that time; past it failures are passed on, since repeating them would add to what is wrong. "connect-failure" does not count, since nothing was sent. Default 20.'),
      minRetriesPerSecond: setting(v.pipe(v.number(), v.minValue(0)), 'Retries that are allowed beside that share, for each of the ten seconds; all of them may be made at once. Default 10: a hundred in ten seconds, so that quiet pools can retry and what a killed server had under way is repeated. Hazard: much more than that repeats whatever fails.'),
      replayBody: setting(size, 'Largest request body that is kept while it is sent, so that an attempt that failed half-way can be repeated from the first byte. It is passed on as it comes and never collected first. One that is longer, or grows longer, is not kept. POST and other methods that are not idempotent are still repeated after "connect-failure" only. Default "0B": none is kept. Hazard: as much memory for each upload under way.'),
    }),
    'When a failed attempt is repeated.',
  ),
  hedge: setting(
    closed({
      after: described(delay, 'How long the first attempt may take to be answered: a duration, or "p95" for the time within which 95 % of the answers of the pool have begun of late ("p50" to "p99").'),
    }),
    'Sends a slow request to a second target as well, once, and takes the answer that begins first; the connection of the other is closed. For GET, HEAD and OPTIONS without a body only. Each counts in the budget of `retry`. Default: off. Hazard: a delay that most requests exceed doubles the load, up to that budget.',
  ),
  timeout: setting(timeouts, 'How long each step may take.'),
  http2: setting(
    v.boolean(),
    'Speaks HTTP/2 to targets: with `https:` by ALPN, and HTTP/1.1 where a target has no HTTP/2; with `http:` and Unix sockets without asking (h2c), which each target must then know. WebSockets go over HTTP/1.1 all the same. Default false. What gRPC needs. On Node.',
  ),
  tls: setting(upstreamTls, 'How TLS is spoken to targets with `https:`, health checks included. Files are read at start and at a reload. Not on Workers, where it is refused at start.'),
  keepAlive: setting(keepAlive, 'How connections to targets are kept for the next request. Not on Workers, where it is refused at start.'),
  websocket: setting(websocket, 'How WebSockets are looked after.'),
  host: setting(
    v.union([v.picklist(['upstream', 'preserve']), checked((text) => (parseHost(text) ? undefined : 'is not "upstream", "preserve" or a host'))]),
    'The Host field the target gets: "upstream" (the target\'s own, default), "preserve" (as the client sent it) or a literal. Platforms whose fetch fixes the Host take "upstream" only.',
  ),
  forwarded: setting(
    v.picklist(['both', 'x-forwarded', 'forwarded', 'none']),
    'Which fields tell the target about the client: `X-Forwarded-For/-Proto/-Host`, RFC 7239 `Forwarded`, "both" (default) or "none".',
  ),
  proxyProtocol: setting(
    v.picklist(['v1', 'v2']),
    'Begins each connection to a target with a PROXY header of this version, which tells it of the client. Connections are not shared between clients then. Default: none. Hazard: a target that does not expect it answers 400. Not on Workers, where it is refused at start.',
  ),
})

/** A name for its type, which written out is too long for declarations of what contains it. */
export interface UpstreamSchema extends v.StrictObjectSchema<(typeof settings)['entries'], undefined> {
  readonly type: 'strict_object'
}

/** A pool of servers. */
export const upstream: UpstreamSchema = settings
