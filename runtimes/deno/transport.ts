// The upstream transport on Deno: its fetch, held to sending what it is given.
import type { ErrorCode, Transport } from '../../src/index.js'
import { editFields, fieldValue, type Fields } from '../../src/adapter.js'
import { createNodeHttpTransport } from '../node-http/client.js'
import { createFetchTransport, withStandIns } from '../shared/fetch-transport.js'
import { Reachability } from '../shared/reachability.js'
import { openWebSocket, type WebSocketDialect } from '../shared/websocket-client.js'
import { deno, type DenoClientSocketOptions, type DenoHttpClient } from './types.js'

/** Below the 5 s after which a Node origin closes an idle connection. */
const IDLE_CONNECTION_MS = 4000
/** What Deno's fetch would add, in the form that says nothing: the absent fields mean the same (RFC 9110 §12.5). */
const STAND_INS = ['Accept', '*/*', 'Accept-Language', '*', 'User-Agent', '']
/** Deno's fetch sends a request again when a pooled connection breaks, unless its body is a stream; others than these get an empty one. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
const PROXY_VARIABLES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']

/** A transport with connection pools of its own. */
export function createDenoTransport(): Transport & { close(): void } {
  const client = createDirectClient()
  const strict = createNodeHttpTransport()
  const fetches = createFetchTransport({
    lacks: new Set(),
    reachability: new Reachability(),
    fields: (fields) => withStandIns(asEncoded(fields), STAND_INS),
    headers: pairs,
    sized: (stream, bytes) => new SizedBody(stream, bytes),
    noBody: (method) => (REPEATABLE.has(method) ? null : new SizedBody(new ReadableStream({ start: (controller) => controller.close() }), 0)),
    send: ({ server, target }, init) => fetch(server.origin + target, { ...init, client } as RequestInit),
    errorCode,
  }, strict)
  const webSocket: WebSocketDialect = {
    open: (url, protocols, fields) => new (webSocketClass())(url, { protocols, headers: pairs(fields), client }),
    errorCode: (message) => errorCode(new Error(message)),
  }
  return {
    lacks: fetches.lacks,
    send: (request) => (request.upgrade ? openWebSocket(webSocket, request) : fetches.send(request)),
    close: () => {
      client.close()
      strict.close()
    },
  }
}

/**
 * Deno's fetch decodes a body unless the first Accept-Encoding line is `identity`. That takes nothing away: no encoding
 * is always acceptable (RFC 9110 §12.5.3), and the client's own line follows.
 */
function asEncoded(fields: Fields): Fields {
  const wanted = fieldValue(fields, 'accept-encoding')
  return editFields(fields, { set: ['Accept-Encoding', 'identity', ...(wanted === undefined ? [] : ['Accept-Encoding', wanted])] })
}

/** A client reads the proxies of the environment when it is made, and has no option against it. */
function createDirectClient(): DenoHttpClient {
  const { env, createHttpClient } = deno()
  const saved = PROXY_VARIABLES.map((name) => [name, env.get(name)] as const).filter(([, value]) => value !== undefined)
  for (const [name] of saved) env.delete(name)
  try {
    // With HTTP/2 a Host of our own would go out beside the URL's ":authority".
    return createHttpClient({ allowHost: true, http2: false, poolIdleTimeout: IDLE_CONNECTION_MS, poolMaxIdlePerHost: 1024 })
  } finally {
    for (const [name, value] of saved) env.set(name, value!)
  }
}

/** Deno's WebSocket takes what the Web's does not. */
function webSocketClass(): new (url: string, options: DenoClientSocketOptions) => WebSocket {
  return (globalThis as unknown as { readonly WebSocket: new (url: string, options: DenoClientSocketOptions) => WebSocket }).WebSocket
}

/** Lines as pairs: a `Headers` would join them. */
function pairs(fields: Fields): HeadersInit {
  const lines: [string, string][] = []
  for (let i = 0; i < fields.length; i += 2) lines.push([fields[i]!, fields[i + 1]!])
  return lines
}

/** A stream is sent chunked whatever its Content-Length says; a Blob is sent with its size. */
class SizedBody extends Blob {
  readonly #body: ReadableStream<Uint8Array>
  readonly #bytes: number

  constructor(body: ReadableStream<Uint8Array>, bytes: number) {
    super()
    this.#body = body
    this.#bytes = bytes
  }

  override get size(): number {
    return this.#bytes
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#body as ReadableStream<Uint8Array<ArrayBuffer>>
  }
}

/** Deno's fetch tells what happened in words only. */
const WORDS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/dns error/i, 'dns_error'],
  // Ports that the Fetch standard blocks.
  [/are blocked/, 'connection_refused'],
  [/invalid peer certificate|certificate/i, 'tls_certificate_error'],
  [/received corrupt message|tls|handshake/i, 'tls_protocol_error'],
  [/tcp connect error.*(timed out|timeout)/i, 'connection_timeout'],
  [/tcp connect error/i, 'connection_refused'],
  [/message head is too large|too many headers/i, 'http_response_header_section_size'],
  [/connection (closed|reset|error)|broken pipe|incomplete message|connection was/i, 'connection_terminated'],
  [/invalid http|parse|invalid/i, 'http_protocol_error'],
]

function errorCode(error: Error): ErrorCode {
  const text = `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`
  return WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? 'proxy_internal_error'
}
