// What an operator may say of a listener.
import * as v from 'valibot'
import { closed, described, duration, setting } from '../shape.js'
import { cidr } from './texts.js'
import { listenerTls } from './tls.js'

/** A listener. */
export const listener = v.pipe(closed({
  host: setting(v.string(), 'Address to listen on. Default "0.0.0.0"; "127.0.0.1" for this machine only.'),
  port: setting(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0), v.maxValue(65535)), 'Port. Default 8080; 0 takes a free one.'),
  unix: setting(v.string(), 'Path of a Unix socket to listen on instead of host and port. Its clients have no address.'),
  proxyProtocol: setting(
    closed({ from: described(v.pipe(v.array(cidr), v.minLength(1, 'needs at least one range')), 'Load balancers whose connections begin with a PROXY header; it is required of them and taken from nobody else.') }),
    'Takes the client address from the PROXY protocol, versions 1 and 2. On Node, and on Bun with the "strict" adapter.',
  ),
  tls: setting(listenerTls, 'Speaks TLS. Files that have changed are taken into use within seconds and at SIGHUP, while connections stay; not on Bun nor with the "native" adapter of Deno, where it takes a restart.'),
  http2: setting(v.boolean(), 'Offers HTTP/2 to clients by ALPN, beside HTTP/1.1. With `tls`. Default true on Node, and with the "native" adapter of Deno, where it cannot be turned off; false elsewhere.'),
  redirectToHttps: setting(
    v.union([v.boolean(), closed({ port: described(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1), v.maxValue(65535)), 'Port to which clients are sent.') })]),
    'Answers every request with 308 to the same host and target by `https:`, but for challenges of ACME, `/.well-known/acme-challenge/…`, which are answered where `tls.acme` has posed them, else routed. Default false. true sends to the port of the first listener with `tls`, else to 443; `{ port: 443 }` to the one that clients see where another machine maps ports. Hazard: behind a proxy that speaks TLS for us, clients would be sent round in circles.',
  ),
  adapter: setting(
    v.picklist(['native', 'strict']),
    'Bun and Deno: "native" (their own server, fast; default) or "strict" (`node:http` on that runtime: raw request targets, every timer, two to three times the CPU). On Node both are `node:http`.',
  ),
  keepAlive: setting(duration, 'How long an idle client connection stays open. Default "75s", above the idle time of common load balancers. Bun native: at most 255 s. Deno native: not to be set.'),
  idle: setting(duration, 'How long a client may send nothing of a body it has begun, or take nothing of an answer, before its connection is closed. Default "60s". Not on Deno and not with the "native" adapter of Bun, where `timeout.idle` of the upstream counts instead.'),
  headers: setting(duration, 'How long a client may take to send its request head. Default "15s". Not with the "native" adapters of Bun and Deno, whose servers take no such limit.'),
}), v.rawCheck(({ dataset, addIssue }) => {
  if (dataset.typed && dataset.value.http2 && !dataset.value.tls) addIssue({ message: '"http2" needs "tls": it is offered to clients within its handshake' })
  if (dataset.typed && dataset.value.tls && dataset.value.redirectToHttps) addIssue({ message: '"redirectToHttps" is for a listener without "tls", beside one with it' })
}))
