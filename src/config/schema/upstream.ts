// What an operator may say of an upstream: its targets, and how requests are carried to them.
import * as v from 'valibot'
import { parseHost } from '../../http/host.js'
import { checked, closed, described, duration, setting, size } from '../shape.js'
import { parseDuration } from '../units.js'
import { weight } from './texts.js'

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

/** A duration, given out in milliseconds, or a percentile, given out as it is. */
const delay = v.pipe(
  checked((text) => (parseDuration(text) !== undefined || /^p[5-9]\d$/.test(text) ? undefined : 'is neither a duration such as "200ms" nor one of "p50" to "p99"')),
  v.transform((text) => parseDuration(text) ?? text),
)

const timeouts = closed({
  connect: setting(duration, 'To connect, TLS included. Default "5s". Answered with 504.'),
  headers: setting(duration, 'From the end of the request to the head of the answer, for each attempt. Default "60s". Answered with 504.'),
  idle: setting(duration, 'Between two pieces of a body, in either direction. Default "5m". Breaks the transfer off.'),
  upgraded: setting(duration, 'In which nothing passes through a WebSocket, pings included. Default "1h". Ends it.'),
})

/** A pool of servers. */
export const upstream = closed({
  targets: described(v.pipe(v.array(target), v.minLength(1, 'needs at least one target')), 'The servers, each a URL or `{ url, weight }`.'),
  balance: setting(v.picklist(['round-robin']), 'How a target is chosen. Default "round-robin": in turn, by weight, spread evenly (smooth weighted round robin).'),
  retry: setting(
    closed({
      attempts: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(10)), 'Further attempts after the first, each on another target. Default 1; 0 turns retries off.'),
      on: setting(
        v.array(v.picklist(['connect-failure', 'reset-before-response', 'timeout', '502', '503', '504'])),
        'When to try again. "connect-failure": nothing was sent, so any method. The others for idempotent methods only: "reset-before-response" (the connection ended before the answer began), "timeout" (no answer in time), "502", "503", "504" (an answer with that status). Default the first two. A body whose sending has begun is sent again only with `replayBody`.',
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
  host: setting(
    v.union([v.picklist(['upstream', 'preserve']), checked((text) => (parseHost(text) ? undefined : 'is not "upstream", "preserve" or a host'))]),
    'The Host field the target gets: "upstream" (the target\'s own, default), "preserve" (as the client sent it) or a literal. Platforms whose fetch fixes the Host take "upstream" only.',
  ),
  forwarded: setting(
    v.picklist(['both', 'x-forwarded', 'forwarded', 'none']),
    'Which fields tell the target about the client: `X-Forwarded-For/-Proto/-Host`, RFC 7239 `Forwarded`, "both" (default) or "none".',
  ),
})
