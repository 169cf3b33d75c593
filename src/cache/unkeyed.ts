// Request fields that origins act on and no key holds: whoever may send them could put an answer of its choice into the cache.
import { editFields, type Fields } from '../http/fields.js'

/**
 * Fields by which frameworks and servers choose another path, method, scheme or host, or see another client. What says
 * where the gateway was asked from (`Forwarded`, `X-Forwarded-*`, `X-Real-IP`) is not among them: it is written anew.
 */
export const UNKEYED: ReadonlySet<string> = new Set([
  'x-original-url', 'x-rewrite-url', 'x-original-uri', 'x-original-host', 'x-host', 'x-http-host-override', 'x-backend-host', 'x-http-method', 'x-http-method-override',
  'x-method-override', 'x-url-scheme', 'front-end-https', 'x-client-ip', 'x-cluster-client-ip', 'x-originating-ip', 'x-remote-ip', 'x-remote-addr', 'true-client-ip',
  'cf-connecting-ip', 'fastly-client-ip', 'x-proxyuser-ip', 'x-wap-profile', 'x-accel-redirect', 'x-middleware-subrequest', 'x-middleware-prefetch', 'x-invoke-path', 'x-invoke-query',
  'x-now-route-matches', 'x-matched-path', 'x-forwarded', 'x-forward-for', 'x-forwarder-for', 'x-original-forwarded-for', 'x-scheme', 'base-url', 'x-base-url', 'x-path-override', 'x-http-path-override',
  'x-envoy-original-path', 'x-original-method', 'x-http-destinationurl', 'proxy-host', 'request-uri',
])

/** The fields without those, but for what is `keyed` all the same; the same list where there are none. */
export function withoutUnkeyed(fields: Fields, keyed: readonly string[]): Fields {
  let remove: Set<string> | undefined
  for (let i = 0; i < fields.length; i += 2) {
    const lower = fields[i]!.toLowerCase()
    if (UNKEYED.has(lower) && !keyed.includes(lower)) (remove ??= new Set()).add(lower)
  }
  return remove ? editFields(fields, { remove }) : fields
}
