// What can go wrong with a request, as a closed table: code → status, whose fault, and whether another try is safe.

/** Who is to blame: decides what health sees and what the log says. */
export type Side = 'client' | 'gateway' | 'upstream'

/**
 * Whether a failed attempt may be repeated: `unsent` when the origin got nothing of the request, `reset` when the
 * connection ended before the answer began (safe for idempotent methods), `never` otherwise.
 */
export type Retry = 'unsent' | 'reset' | 'never'

interface Row {
  readonly status: number
  readonly side: Side
  readonly retry: Retry
  readonly title: string
}

/** Codes are the error types of RFC 9209 §2.3 where it has one. */
export const ERRORS = {
  http_request_error: { status: 400, side: 'client', retry: 'never', title: 'The request cannot be understood' },
  authentication_required: { status: 401, side: 'client', retry: 'never', title: 'Who asks must be proved' },
  http_request_denied: { status: 403, side: 'client', retry: 'never', title: 'The request is refused' },
  no_route: { status: 404, side: 'client', retry: 'never', title: 'Nothing is served here' },
  content_too_large: { status: 413, side: 'client', retry: 'never', title: 'The content is too large' },
  uri_too_long: { status: 414, side: 'client', retry: 'never', title: 'The request target is too long' },
  too_many_requests: { status: 429, side: 'client', retry: 'never', title: 'Too many requests' },
  header_section_size: { status: 431, side: 'client', retry: 'never', title: 'The header section is too large' },
  misdirected: { status: 421, side: 'client', retry: 'never', title: 'This host is not served here' },
  client_timeout: { status: 408, side: 'client', retry: 'never', title: 'The request did not arrive in time' },
  client_aborted: { status: 499, side: 'client', retry: 'never', title: 'The client went away' },
  only_if_cached: { status: 504, side: 'client', retry: 'never', title: 'No stored answer can be given' },
  not_implemented: { status: 501, side: 'gateway', retry: 'never', title: 'This runtime cannot carry the request' },
  shutting_down: { status: 503, side: 'gateway', retry: 'never', title: 'The gateway is stopping' },
  proxy_loop_detected: { status: 508, side: 'gateway', retry: 'never', title: 'The request goes in circles' },
  proxy_internal_error: { status: 500, side: 'gateway', retry: 'never', title: 'The gateway failed' },
  destination_unavailable: { status: 503, side: 'upstream', retry: 'never', title: 'No server is available' },
  connection_limit_reached: { status: 503, side: 'upstream', retry: 'never', title: 'Too many requests are under way' },
  dns_error: { status: 502, side: 'upstream', retry: 'unsent', title: 'The server cannot be found' },
  dns_timeout: { status: 504, side: 'upstream', retry: 'unsent', title: 'The server cannot be found in time' },
  connection_refused: { status: 502, side: 'upstream', retry: 'unsent', title: 'The server cannot be reached' },
  connection_timeout: { status: 504, side: 'upstream', retry: 'unsent', title: 'The server cannot be reached in time' },
  connection_terminated: { status: 502, side: 'upstream', retry: 'reset', title: 'The server closed the connection' },
  tls_certificate_error: { status: 502, side: 'upstream', retry: 'unsent', title: 'The server cannot be verified' },
  tls_protocol_error: { status: 502, side: 'upstream', retry: 'unsent', title: 'The server cannot be reached securely' },
  http_protocol_error: { status: 502, side: 'upstream', retry: 'never', title: 'The server gave an invalid answer' },
  http_response_header_section_size: { status: 502, side: 'upstream', retry: 'never', title: 'The server answered with too large a header section' },
  http_response_incomplete: { status: 502, side: 'upstream', retry: 'never', title: 'The server broke off its answer' },
  http_response_timeout: { status: 504, side: 'upstream', retry: 'never', title: 'The server did not answer in time' },
  revalidation_failed: { status: 504, side: 'upstream', retry: 'never', title: 'The stored answer could not be validated' },
} as const satisfies Record<string, Row>

export type ErrorCode = keyof typeof ERRORS

/**
 * A request that the gateway could not carry through. `message` is for the log and may name the origin; clients are
 * told `title` and, for faults of their own, `detail`.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  /** What a client may know of it; never names an origin. */
  readonly detail: string | undefined
  /** When the client may try again, where that is known (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, { message, detail, retryAfterSeconds, cause }: { message?: string | undefined; detail?: string | undefined; retryAfterSeconds?: number | undefined; cause?: unknown } = {}) {
    super(message ?? detail ?? ERRORS[code].title, { cause })
    this.code = code
    this.detail = detail
    this.retryAfterSeconds = retryAfterSeconds
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  get side(): Side {
    return ERRORS[this.code].side
  }

  get retry(): Retry {
    return ERRORS[this.code].retry
  }

  get title(): string {
    return ERRORS[this.code].title
  }
}
