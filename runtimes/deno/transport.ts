// The upstream transport on Deno: its fetch, held to sending what it is given.
import type { CheckedConfig, ErrorCode, Transport } from '../../src/index.js'
import { editFields, fieldValue, type Fields, parseAddress } from '../../src/adapter.js'
import { namesFor } from '../dns/names.js'
import { Http1Client } from '../http1/client.js'
import { createNodeHttpTransport } from '../node-http/client.js'
import { Connector } from '../node-http/connector.js'
import { PROBES, probeServer } from '../node-http/probe.js'
import { createFetchTransport, SMALL_BYTES, withStandIns } from '../shared/fetch-transport.js'
import { Reachability } from '../shared/reachability.js'
import { Clients } from './clients.js'

/** What Deno's fetch would add, in the form that says nothing: the absent fields mean the same (RFC 9110 §12.5). */
const STAND_INS = ['Accept', '*/*', 'Accept-Language', '*', 'User-Agent', '']
/** Without a body, Deno's fetch sends a request again when a pooled connection breaks, and an empty stream it sends in chunks: others than these take another way. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** A transport with connection pools of its own. */
export function createDenoTransport(config: Pick<CheckedConfig, 'resolver'> = {}): Transport & { close(): void } {
  const connector = new Connector(namesFor(config))
  const clients = new Clients()
  const http1 = new Http1Client(connector, { wholeBytes: SMALL_BYTES })
  const strict = createNodeHttpTransport(connector)
  const fetches = createFetchTransport({
    lacks: new Set(['http2']),
    reachability: new Reachability(connector),
    // Its TLS knows no other name than that of the URL, which is to have an address here.
    obstacle: ({ server }) => (server.secure && (server.tls !== undefined || !parseAddress(server.hostname)) ? 'This listener cannot pass on a request to a server by name and TLS.' : undefined),
    told: ({ server }, fields) => clients.told(server.origin, fields),
    fields: (fields) => withStandIns(asEncoded(fields), STAND_INS),
    headers: pairs,
    sized: (stream, bytes) => new SizedBody(stream, bytes),
    takesSmallWhole: true,
    send: ({ server, target, limits }, init, origin) => fetch(origin + target, { ...init, client: clients.for(server.origin, limits.keepAlive) } as RequestInit),
    errorCode,
  }, strict)
  return {
    lacks: fetches.lacks,
    probes: PROBES,
    probe: (probe) => probeServer(probe, connector),
    // Deno's WebSocket client hides refusals and the fields of a 101.
    send: (request) => http1.carries(request) ? http1.send(request) : (request.upgrade || (!request.body && !REPEATABLE.has(request.method)) ? strict : fetches).send(request),
    close: () => {
      clients.close()
      http1.close()
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
