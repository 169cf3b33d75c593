// The upstream transport on Bun: its fetch, held to sending what it is given.
import type { ErrorCode, Transport } from '../../src/index.js'
import { toHeaders } from '../../src/adapter.js'
import { createNodeHttpTransport } from '../node-http/client.js'
import { createFetchTransport, withStandIns } from '../shared/fetch-transport.js'
import { Reachability } from '../shared/reachability.js'
import { upstreamError } from '../shared/upstream-error.js'
import { openWebSocket } from '../shared/websocket-client.js'
import { bun } from './types.js'
import { bunWebSocket } from './upgrade.js'

/** Below the 5 s after which a Node origin closes an idle connection. */
const IDLE_CONNECTION_SECONDS = 4
/** Requests that Bun's fetch has under way at most, unless its environment says otherwise; it lets the next ones wait in line. */
const DEFAULT_MAX_FETCHES = 256
/** What Bun's fetch would add, in the form that says nothing: an absent Accept means the same (RFC 9110 §12.5.1). */
const STAND_INS = ['Accept', '*/*', 'User-Agent', '']

/** A transport with connection pools of its own. */
export function createBunTransport(): Transport & { close(): void } {
  const { FetchSession, env } = bun()
  const session = new FetchSession({ keepAlive: { idleTimeout: IDLE_CONNECTION_SECONDS, maxIdleSockets: 1024 } })
  const maxFetches = Number(env['BUN_CONFIG_MAX_HTTP_REQUESTS']) || DEFAULT_MAX_FETCHES
  let underWay = 0
  const strict = createNodeHttpTransport()
  const fetches = createFetchTransport({
    lacks: new Set(),
    reachability: new Reachability(),
    fields: (fields) => withStandIns(fields, STAND_INS),
    headers: toHeaders,
    // Bun keeps a Content-Length that is among the fields.
    sized: (stream) => stream as BodyInit,
    noBody: () => null,
    send: ({ server, target }, init) => {
      underWay++
      return session.fetch(server.origin + target, { ...init, decompress: false, proxy: false, timeout: false })
    },
    errorCode,
    ended: () => void underWay--,
  }, strict)
  return {
    lacks: fetches.lacks,
    send: (request) => {
      if (request.upgrade) return openWebSocket(bunWebSocket, request)
      // Streams that stay open, such as events, would otherwise take every place and leave new requests waiting.
      return (underWay < maxFetches ? fetches : strict).send(request)
    },
    close: () => {
      session.close()
      strict.close()
    },
  }
}

/** Errors of the system and of TLS have node's codes; what Bun's own parser refuses is named like `Malformed_HTTP_Response`. */
function errorCode(error: Error & { code?: string }): ErrorCode {
  return /^[A-Z][a-z]/.test(error.code ?? '') ? 'http_protocol_error' : upstreamError(error).code
}
