// The upstream transport on Bun: its fetch, held to sending what it is given.
import type { CheckedConfig, ErrorCode, Transport } from '../../src/index.js'
import { toHeaders } from '../../src/adapter.js'
import { namesFor } from '../dns/names.js'
import { createNodeHttpTransport } from '../node-http/client.js'
import { Connector } from '../node-http/connector.js'
import { PROBES, probeServer } from '../node-http/probe.js'
import { createFetchTransport, withStandIns } from '../shared/fetch-transport.js'
import { Reachability } from '../shared/reachability.js'
import { upstreamError } from '../shared/upstream-error.js'
import { Sessions } from './sessions.js'
import { bun } from './types.js'

/** Requests that Bun's fetch has under way at most, unless its environment says otherwise; it lets the next ones wait in line. */
const DEFAULT_MAX_FETCHES = 256
/** What Bun's fetch would add, in the form that says nothing: an absent Accept means the same (RFC 9110 §12.5.1). */
const STAND_INS = ['Accept', '*/*', 'User-Agent', '']

/** A transport with connection pools of its own. */
export function createBunTransport(config: Pick<CheckedConfig, 'resolver'> = {}): Transport & { close(): void } {
  const connector = new Connector(namesFor(config))
  const sessions = new Sessions()
  const maxFetches = Number(bun().env['BUN_CONFIG_MAX_HTTP_REQUESTS']) || DEFAULT_MAX_FETCHES
  let underWay = 0
  const strict = createNodeHttpTransport(connector)
  const fetches = createFetchTransport({
    lacks: new Set(['http2']),
    reachability: new Reachability(connector),
    // It takes the body off one, and off its answer.
    obstacle: ({ method }) => (method === 'TRACE' ? 'This listener cannot pass on a TRACE.' : undefined),
    told: (request, fields) => sessions.told(request, fields),
    fields: (fields) => withStandIns(fields, STAND_INS),
    headers: toHeaders,
    takesSmallWhole: true,
    // Bun keeps a Content-Length that is among the fields.
    sized: (stream) => stream as BodyInit,
    send: (request, init, origin) => {
      underWay++
      return sessions.fetch(request, origin + request.target, init)
    },
    errorCode,
    ended: () => void underWay--,
  }, strict)
  return {
    lacks: fetches.lacks,
    probes: PROBES,
    probe: (probe) => probeServer(probe, connector),
    send: (request) => {
      // Bun's WebSocket client hides refusals and the fields of a 101. Streams that stay open, such as events, would
      // otherwise take every place of its fetch and leave new requests waiting.
      return (request.upgrade || underWay >= maxFetches ? strict : fetches).send(request)
    },
    close: () => {
      sessions.close()
      strict.close()
    },
  }
}

/** Errors of the system and of TLS have node's codes; what Bun's own parser refuses is named like `Malformed_HTTP_Response`. */
function errorCode(error: Error & { code?: string }): ErrorCode {
  return /^[A-Z][a-z]/.test(error.code ?? '') ? 'http_protocol_error' : upstreamError(error).code
}
