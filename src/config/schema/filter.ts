// What an operator may say of filters: one list entry for each.
import * as v from 'valibot'
import { closed, setting } from '../shape.js'
import { access } from './filters/access.js'
import { limits } from './filters/limits.js'
import { cors } from './filters/cors.js'
import { csrf } from './filters/csrf.js'
import { securityHeaders } from './filters/security-headers.js'
import { basicAuth } from './filters/basic-auth.js'
import { apiKey } from './filters/api-key.js'
import { jwt } from './filters/jwt.js'
import { login } from './filters/login.js'
import { clientCertificate } from './filters/client-certificate.js'
import { forwardAuth } from './filters/forward-auth.js'
import { rateLimit } from './filters/rate-limit.js'
import { concurrency } from './filters/concurrency.js'
import { challenge } from './filters/challenge.js'
import { crawlers } from './filters/crawlers.js'
import { waf } from './filters/waf.js'

/**
 * A filter of your own, in code only: what `defineFilter` of `fetchgate/filter` gives types to. It gets the exchange and
 * gives a verdict, or a promise of one.
 */
export type OwnFilter = (exchange: never) => unknown

/** The filters that settings can name. */
export const namedFilter = closed({
  allow: setting(access, 'Requests that are outside of it are refused with 403.'),
  deny: setting(access, 'Requests that fit it are refused with 403.'),
  limits: v.optional(limits),
  cors: setting(cors, 'Which pages of other origins may read answers, by the CORS protocol. Preflights are answered here with 204; what the server says of it is replaced. Put it before filters that refuse, or their refusals cannot be read. On every runtime.'),
  csrf: setting(csrf, 'Refuses with 403 what pages of other origins send behind a user\'s back: requests that may change something, and WebSockets. By Fetch Metadata, else by `Origin`, else by `Referer`; no tokens are needed. On every runtime.'),
  securityHeaders: setting(securityHeaders, 'Fields that tell browsers to be careful with an answer: "basic" (HSTS, nosniff, referrers, frames of the same origin only), "strict" (no foreign content at all), "api" (nothing of it is a page), or settings. They are put on what has none of that name, refusals and answers from the cache too. On every runtime.'),
  basicAuth: setting(basicAuth, 'Users prove who they are by name and password (RFC 7617), or are refused with 401. Hazard: without TLS the password can be read on the way.'),
  apiKey: setting(apiKey, 'Clients have a key in a header, or are refused with 401. Hazard: without TLS the key can be read on the way.'),
  jwt: setting(jwt, 'Requests carry a JSON Web Token (RFC 7519) that is signed and right, or are refused with 401; with 403 where it does not say enough. Hazard: a token is good until it expires, whatever its issuer has taken back meanwhile.'),
  login: setting(login, 'Sends users to an OpenID provider to log in, and keeps their session in an encrypted cookie. Programs without a session get 401.'),
  clientCertificate: setting(clientCertificate, 'Clients have shown a certificate in TLS (`listen.tls.clientAuth`), or are refused with 403. On Node, on Deno with the "strict" adapter, and on Workers; elsewhere behind a proxy only, with `trustForwarded`.'),
  forwardAuth: setting(forwardAuth, 'Asks a service whether a request may pass: with 2xx it does, any other answer goes to the client. Without an answer the request is refused with 502, 503 or 504.'),
  rateLimit: setting(rateLimit, 'How many requests may come in a time; more are refused with 429 and `Retry-After`.'),
  concurrency: setting(concurrency, 'How many requests of one key may be under way at a time; more are refused with 429. Not on Workers, which do not tell when an answer is over.'),
  challenge: setting(challenge, 'Asks browsers for some work before they are answered: a page computes for a moment and goes on by itself. It costs programs that ask for very much, or cannot run scripts; everything that is no page, such as calls of an API, is refused with 403 until the browser has a pass. Hazard: it keeps out who has no JavaScript, and bots that you may want. On every runtime.'),
  waf: setting(waf, 'Requests and answers are looked at by rules in SecLang, such as the OWASP Core Rule Set; what they deny is refused with 403. Bodies of requests are taken in whole for it, up to `SecRequestBodyLimit` of the rule files (12.5 MiB). On Node, Bun and Deno; on Workers with rules in a module.'),
  crawlers: setting(crawlers, 'Turns away crawlers by what they say they are: those that train AI, for one. It is policy and no protection: who lies passes, unless its name is in `verified`; `challenge` and `rateLimit` are for those. On every runtime.'),
})

/** One filter. */
export const filter = v.union([
  v.pipe(namedFilter, v.check((entry) => Object.keys(entry).length === 1, 'must hold exactly one filter; write one list entry for each')),
  v.custom<OwnFilter>((value) => typeof value === 'function', 'must be a filter such as { "deny": … } or a function'),
])

/** A name for their type, which written out is too long for declarations of what contains it. */
export interface Filters extends v.ArraySchema<typeof filter, undefined> {
  readonly type: 'array'
}

/** Filters in order. */
export const filters: Filters = v.array(filter)
