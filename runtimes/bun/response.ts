// An answer as a Response for Bun.serve.
import { type Answer, BytesPayload, fieldValue, type Fields, type Payload, toHeaders } from '../../src/adapter.js'
import { FetchedBody, type PieceSource, streamOf } from '../shared/fetch-bodies.js'

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
  const pieces = piecesOf(body)
  if (!typed || body.length === undefined) return rest(pieces, undefined, ended)
  let first: Uint8Array | undefined
  try {
    first = await pieces.next()
  } catch (error) {
    return new ReadableStream({ start: (controller) => controller.error(error) })
  }
  if (first?.byteLength !== body.length) return rest(pieces, first, ended)
  // The end is read too, so that whoever gives the body knows that it was taken whole.
  const more = await pieces.next()
  return more ? rest(pieces, first, ended) : first
}

/** Two streams around each other cost a tenth more for 64 KiB than one. */
function piecesOf(body: Payload): PieceSource {
  if (body instanceof FetchedBody) return body.pieces()
  const reader = body.stream().getReader()
  return { next: async () => (await reader.read()).value, cancel: (reason) => reader.cancel(reason) }
}

function rest(pieces: PieceSource, first: Uint8Array | undefined, ended: Ended): ReadableStream<Uint8Array> {
  let early = first
  return streamOf({
    begun: (breakOff) => pieces.begun?.(breakOff),
    async next() {
      const piece = early ?? (await pieces.next())
      early = undefined
      if (!piece) ended()
      return piece
    },
    cancel: (reason) => pieces.cancel(reason),
  })
}
