// An answer as a Response for Bun.serve.
import { type Answer, BytesPayload, fieldValue, type Fields, type Payload, toHeaders } from '../../src/adapter.js'
import { streamOf } from '../shared/fetch-bodies.js'

/** How a response's body has ended. */
type Ended = () => void

/** The Response, and a call of `ended` when the last of it has been handed over. */
export async function toBunResponse({ status, reason, fields, body, close }: Answer, draining: boolean, ended: Ended): Promise<Response> {
  const headers = toHeaders(close || draining ? [...fields, 'Connection', 'close'] : fields)
  const init = { status, headers, ...(reason === undefined ? {} : { statusText: reason }) }
  const content = body ? await contentOf(body, fields, ended) : null
  if (!(content instanceof ReadableStream)) ended()
  return new Response(content as BodyInit | null, init)
}

/**
 * Bun drops the Content-Length of a stream and keeps that of bytes, so that a body whose first piece is all of it is
 * sent as bytes; no other body waits. To bytes without a Content-Type it gives one of its own, which a stream escapes.
 */
async function contentOf(body: Payload, fields: Fields, ended: Ended): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const typed = fieldValue(fields, 'content-type') !== undefined
  if (body instanceof BytesPayload && typed) return body.bytes
  const reader = body.stream().getReader()
  if (!typed || body.length === undefined) return rest(reader, undefined, ended)
  let first: Uint8Array | undefined
  try {
    first = (await reader.read()).value
  } catch (error) {
    return new ReadableStream({ start: (controller) => controller.error(error) })
  }
  if (first?.byteLength !== body.length) return rest(reader, first, ended)
  // The end is read too, so that whoever gives the body knows that it was taken whole.
  return (await reader.read()).done ? first : rest(reader, first, ended)
}

function rest(reader: ReadableStreamDefaultReader<Uint8Array>, first: Uint8Array | undefined, ended: Ended): ReadableStream<Uint8Array> {
  let early = first
  return streamOf({
    async next() {
      const piece = early ?? (await reader.read()).value
      early = undefined
      if (!piece) ended()
      return piece
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
