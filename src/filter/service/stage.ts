// Asks a service that a filter relies on: one request, and its answer whole, within a time and a size.
import { GatewayError } from '../../errors.js'
import type { Fields } from '../../http/fields.js'
import { joinPieces } from '../../http/join-pieces.js'
import { BytesPayload, type Payload } from '../../http/payload.js'
import type { Ports, Server } from '../../ports.js'
import { serverAt } from '../../server.js'

/** Where a question goes. */
export interface ServiceAddress {
  readonly server: Server
  readonly target: string
}

/** The service at an `http:` or `https:` URL. */
export function serviceAt(url: string): ServiceAddress {
  const { pathname, search } = new URL(url)
  return { server: serverAt(url, undefined), target: pathname + search }
}

export interface Question extends ServiceAddress {
  readonly method: string
  /** Lines beside Host. */
  readonly fields: Fields
  readonly body?: Uint8Array | undefined
  /** From the beginning to the last byte of the answer. */
  readonly timeoutMs: number
  /** Of the answer's body; a longer one is a failure. */
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
}

/** What the service said. */
export interface Said {
  readonly status: number
  readonly reason: string | undefined
  readonly fields: Fields
  readonly bytes: Uint8Array
}

/** Rejects with a {@link GatewayError} and nothing else. Redirects are answers like others. */
export async function askService({ server, method, target, fields, body, timeoutMs, maxBytes, signal }: Question, { transport, clock }: Pick<Ports, 'transport' | 'clock'>): Promise<Said> {
  const timer = new AbortController()
  const over = new AbortController()
  const limit = signal ? AbortSignal.any([signal, timer.signal]) : timer.signal
  const limits = { connectMs: timeoutMs, headersMs: timeoutMs, idleMs: timeoutMs, upgradedIdleMs: timeoutMs }
  const timedOut = clock.sleep(timeoutMs, over.signal).then(() => {
    if (over.signal.aborted) return
    timer.abort()
    throw new GatewayError('http_response_timeout', { message: `${server.origin} has not answered in ${timeoutMs} ms` })
  })
  try {
    const length = body ? ['Content-Length', String(body.byteLength)] : []
    const asked = transport.send({ server, method, target, fields: ['Host', server.authority, ...fields, ...length], body: body && new BytesPayload(body), upgrade: undefined, limits, signal: limit })
    // Whichever comes late has nobody left to tell.
    void asked.catch(() => {})
    const answer = await Promise.race([asked, timedOut as Promise<never>])
    const { status, reason } = answer
    if (status < 200 || status > 599) {
      answer.body?.cancel()
      throw new GatewayError('http_protocol_error', { message: `${server.origin} answered with status ${status}` })
    }
    const reading = bytesOf(answer.body, maxBytes)
    void reading.catch(() => {})
    return { status, reason, fields: answer.fields, bytes: await Promise.race([reading, timedOut as Promise<never>]) }
  } catch (error) {
    throw error instanceof GatewayError ? error : new GatewayError('http_response_incomplete', { message: `${server.origin}: ${String(error)}`, cause: error })
  } finally {
    over.abort()
    void timedOut.catch(() => {})
  }
}

async function bytesOf(body: Payload | undefined, maxBytes: number): Promise<Uint8Array> {
  if (!body) return new Uint8Array(0)
  const reader = body.stream().getReader()
  const pieces: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.byteLength
    if (bytes > maxBytes) {
      await reader.cancel()
      throw new GatewayError('http_protocol_error', { message: `an answer of more than ${maxBytes} bytes` })
    }
    pieces.push(value)
  }
  return joinPieces(pieces)
}
