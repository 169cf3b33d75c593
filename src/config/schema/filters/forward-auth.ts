// What an operator may say of forwardAuth: the service that is asked who may pass.
import * as v from 'valibot'
import { parseHost } from '../../../http/host.js'
import { parseRequestKey } from '../../request-key.js'
import { checked, closed, described, duration, setting, size } from '../../shape.js'
import { originField } from './origin-field.js'

const serviceUrl = checked((text) => {
  const match = /^https?:\/\/([^/?#]+)(?:[/?][\x21-\x22\x24-\x7e]*)?$/i.exec(text)
  return match && parseHost(match[1]!) ? undefined : 'is not an http(s) URL such as "http://auth.internal:9091/verify"'
})

const verdictKey = checked((text) => (['method', 'host', 'uri'].includes(text) || parseRequestKey(text) ? undefined : 'is not "method", "host", "uri", "path", "client-ip", "header:NAME", "cookie:NAME" or "query:NAME"'))

const verdictCache = closed({
  ttl: described(duration, 'For how long a verdict that let pass holds. A shorter `max-age` of the service is honoured, with `no-store` or `Set-Cookie` it is not remembered. Hazard: whoever is shut out meanwhile still gets in for so long.'),
  by: setting(
    v.pipe(
      v.array(verdictKey),
      v.check((keys) => keys.some((key) => /^(header:|cookie:|client-ip$)/.test(key)), 'must name what tells clients apart, such as "header:authorization" or "cookie:session", or one client\'s verdict would be another\'s'),
    ),
    'What a verdict depends on: requests alike in all of it share one. "method", "host", "uri" (path and query), "path", "client-ip", "header:NAME", "cookie:NAME", "query:NAME". Default: everything that the service is told, but for the request id. Hazard: what the service looks at and is not named here is not looked at again within `ttl`.',
  ),
  maxSize: setting(size, 'Most that remembered verdicts may take; the oldest go. Default "4MiB".'),
})

export const forwardAuth = closed({
  url: described(serviceUrl, 'Where the service is asked: an `http:` or `https:` URL with its path.'),
  method: setting(v.picklist(['GET', 'HEAD', 'POST']), 'With which it is asked, always without a body. Default "GET". That of the client is in `X-Forwarded-Method`.'),
  requestHeaders: setting(v.array(originField), 'Headers of the client that the service gets. Default `["Authorization", "Cookie"]`. It also gets `X-Forwarded-Method`, `-Proto`, `-Host`, `-Uri` (in canonical form), `-For`, and `X-Request-ID`.'),
  copyHeaders: setting(v.array(originField), 'Headers of its answer that the origin gets. Default: none. What clients send under these names is always removed, in any spelling, also when the service does not answer with them.'),
  user: setting(originField, 'Header of its answer that names who asks, for the log and for other filters. Default: nobody is named; where `copyHeaders` tell of a client, answers are kept from the cache as those to a named one are.'),
  timeout: setting(duration, 'For its whole answer. Default "5s". Then the request is refused with 504.'),
  maxAnswer: setting(size, 'Largest body of its answer; with more the request is refused with 502. Default "1MiB".'),
  hideOrigin: setting(v.boolean(), 'Hides the service in what a client gets of its answers, as routes do with servers: a `Location` that names it becomes one of the host that was asked. Default true; write false where clients are to be sent to the host of `url` itself.'),
  cache: setting(verdictCache, 'Remembers verdicts that let pass, and asks once for equal requests at the same time. Default: each request is asked for.'),
})
