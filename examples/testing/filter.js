// Two filters of one's own: a rule over the exchange, and a middleware over the Web's Request and Response.
import { fieldValue } from 'fetchgate/adapter'
import { defineFilter, middleware, PASS } from 'fetchgate/filter'

export const onlyWithKey = defineFilter(({ fields }) =>
  fieldValue(fields, 'x-key') === 'open sesame' ? PASS : { kind: 'refuse', code: 'http_request_denied', reason: 'onlyWithKey: no key' },
)

export const closedAtNight = middleware((request) => {
  const hour = new Date().getUTCHours()
  if (hour < 6) return new Response('Come back at six.', { status: 503, headers: { 'Retry-After': String((6 - hour) * 3600) } })
  const headers = new Headers(request.headers)
  headers.set('X-Hour', String(hour))
  return new Request(request, { headers })
})
