// The default ports, from nothing but Web globals: what a gateway runs on where no adapter gives it better.
import { GatewayError } from './errors.js'
import { editFields, fromHeaders, fieldValue, type Fields, toHeaders } from './http/fields.js'
import { StreamPayload } from './http/payload.js'
import type { Answer, OutboundRequest, Ports, Transport } from './ports.js'
import { lengthOf } from './wire.js'

/** Ports over the platform's `fetch`, `crypto` and clock. Events go nowhere until `observe` is given. */
export function platform(): Ports {
  return {
    transport: fetchTransport,
    clock: { nowMs: () => Date.now(), sleep },
    random: () => Math.random(),
    newId: () => crypto.randomUUID(),
    sign,
    observe: () => {},
  }
}

async function sign(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder()
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)))
  return btoa(String.fromCharCode(...digest)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, delayMs)
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    if (signal?.aborted) done()
    else signal?.addEventListener('abort', done)
  })
}

/**
 * Plain `fetch` as a transport. It cannot send a foreign Host, and most platforms decode bodies, so the origin is asked
 * not to encode. What it encodes all the same arrives decoded where every platform does that, without the fields that are no longer
 * true, or encoded where none does; the rest is an error.
 */
const fetchTransport: Transport = { lacks: new Set(['host-field', 'unix-socket', 'resolver', 'proxy-protocol', 'websocket-ping', 'keep-alive', 'tls', 'http2']), send: sendByFetch }

/** Fields that a fetch writes itself. */
const FETCH_WRITES: ReadonlySet<string> = new Set(['host', 'content-length'])

/** Codings that every platform's fetch decodes, and those that some decode and others hand on without a word. */
const CODINGS = /^(gzip|br)$|gzip|br\b|deflate|zstd/i

/** Fields that stop being true once a body is decoded (RFC 9110 §8.4, §8.6). */
const ENCODED_ONLY: ReadonlySet<string> = new Set(['content-encoding', 'content-length'])

async function sendByFetch({ server, method, target, fields, body, limits, signal, lease }: OutboundRequest): Promise<Answer> {
  const timer = new AbortController()
  const deadline = setTimeout(() => timer.abort(), limits.connectMs + limits.headersMs)
  try {
    const response = await fetch(server.origin + target, {
      method,
      // With a plain "identity", Deno would decode nothing.
      headers: toHeaders(editFields(fields, { remove: FETCH_WRITES, set: ['Accept-Encoding', 'identity;q=1'] })),
      body: body?.stream() ?? null,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timer.signal]) : timer.signal,
      // Asked for by every fetch that takes a stream; missing from the DOM's types.
      ...(body ? { duplex: 'half' } : {}),
    })
    lease?.ended()
    return fetchedAnswer(response, fromHeaders(response.headers))
  } catch (error) {
    if (timer.signal.aborted) throw new GatewayError('http_response_timeout', { detail: 'The limit timeout.connect + timeout.headers has passed.', cause: error })
    throw error instanceof GatewayError ? error : new GatewayError('connection_terminated', { message: String(error), cause: error })
  } finally {
    clearTimeout(deadline)
  }
}

function fetchedAnswer(response: Response, fields: Fields): Answer {
  const coding = CODINGS.exec(fieldValue(fields, 'content-encoding') ?? '')
  const truthful = coding ? editFields(fields, { remove: ENCODED_ONLY }) : fields
  const body = response.body ? new StreamPayload(response.body, lengthOf(truthful)) : undefined
  if (body && coding && !coding[1]) {
    body.cancel()
    throw new GatewayError('http_protocol_error', { message: `Content-Encoding: ${coding.input}` })
  }
  return { status: response.status, reason: response.statusText || undefined, fields: truthful, body }
}
