// The native listener on Deno: Deno.serve.
import { type Gateway, GatewayError } from '../../src/index.js'
import { type Answer, BytesPayload, problemAnswer, toHeaders, toResponse } from '../../src/adapter.js'
import type { Server } from '../shared/adapter.js'
import { describeListener, type ListenOptions, type Unsupported } from '../shared/listen.js'
import { DenoRequest } from './request.js'
import { deno, type DenoServeInfo } from './types.js'

const NO_TIMER = 'Deno.serve has no such timer; take the "strict" adapter, or leave it out and put something in front that has'

/** Settings that Deno.serve has no means for. */
export const unsupportedByDenoServe: Unsupported = ({ proxyProtocol, keepAlive, headers }) => ({
  ...(proxyProtocol ? { proxyProtocol: 'Deno.serve does not read the PROXY protocol; run the gateway on Node, or listen without it' } : {}),
  ...(keepAlive === undefined ? {} : { keepAlive: NO_TIMER }),
  ...(headers === undefined ? {} : { headers: NO_TIMER }),
})

/** Listens. Throws Deno's error when the port cannot be had. */
export function serveDeno(gateway: Gateway, options: ListenOptions): Server {
  const { host, port, unix } = options
  const abort = new AbortController()
  let draining = false
  const answer = async (request: Request, { remoteAddr }: DenoServeInfo): Promise<Response> => {
    const wire = new DenoRequest(request)
    const given = await gateway.handle(wire, { peer: { address: remoteAddr.hostname, scheme: 'http' } })
    wire.answered()
    return toDenoResponse(given, draining)
  }
  const server = deno().serve({
    ...(unix === undefined ? { hostname: host, port } : { path: unix }),
    signal: abort.signal,
    onListen: () => {},
    onError: answerFailure,
    handler: answer,
  })
  return {
    ...describeListener(options, server.addr.port ?? 0),
    close: async (timeoutMs) => {
      draining = true
      const deadline = setTimeout(() => abort.abort(), timeoutMs)
      await server.shutdown()
      clearTimeout(deadline)
    },
  }
}

function toDenoResponse({ status, reason, fields, body, close }: Answer, draining: boolean): Response {
  const headers = toHeaders(close || draining ? [...fields, 'Connection', 'close'] : fields)
  const content = body instanceof BytesPayload ? body.bytes : (body?.stream() ?? null)
  return new Response(content as BodyInit | null, { status, headers, ...(reason === undefined ? {} : { statusText: reason }) })
}

/** An answer that Deno will not send, such as one with a forbidden byte in its head. */
function answerFailure(error: unknown): Response {
  process.emitWarning(error instanceof Error ? error : String(error))
  return toResponse(problemAnswer(new GatewayError('proxy_internal_error'), crypto.randomUUID(), { method: 'GET', fields: [] }))
}
