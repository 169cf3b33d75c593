// Parts of a native server's Request in the gateway's wire form.
import { GatewayError } from '../../src/index.js'
import { BytesPayload, type Fields, type Payload, requestFraming, StreamPayload } from '../../src/adapter.js'

/** Methods whose bodies a runtime may take off. */
const ROBBED: ReadonlySet<string> = new Set(['GET', 'HEAD', 'TRACE'])

/**
 * The body that the framing tells of; a Request has one for bodyless methods on some runtimes, and none for GET on others.
 * A body that the runtime has taken off must not be missed: whoever reads it is told.
 */
export function requestBody(request: Request, fields: Fields): Payload | undefined {
  const framing = requestFraming(fields)
  if (framing.kind === 'none' || framing.kind === 'fault' || (framing.kind === 'length' && framing.bytes === 0)) return undefined
  const length = framing.kind === 'length' ? framing.bytes : undefined
  if (request.body) return new StreamPayload(request.body, length)
  if (framing.kind === 'chunked' && !ROBBED.has(request.method)) return new BytesPayload(new Uint8Array(0))
  const lost = new GatewayError('not_implemented', { detail: `This listener cannot pass on a ${request.method} with a body.` })
  return new StreamPayload(new ReadableStream({ start: (controller) => controller.error(lost) }), length)
}
