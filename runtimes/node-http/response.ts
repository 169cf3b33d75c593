// Sends an answer through node:http.
import type { ServerResponse } from 'node:http'
import { type Answer, BytesPayload, editFields, endToEnd, type Fields, fieldValue, lengthOf, type Payload, TELLTALE } from '../../src/adapter.js'

/** Where a body is written: a response of node:http, or a stream of HTTP/2 that is made to look like one. */
export interface AnswerSink {
  readonly req: { readonly rawHeaders: string[] }
  readonly destroyed: boolean
  readonly writableFinished: boolean
  write(chunk: Uint8Array, written?: (error?: Error | null) => void): boolean
  end(bytes?: Uint8Array): unknown
  addTrailers(trailers: [string, string][]): void
  flushHeaders(): void
  destroy(error?: Error): unknown
  on(event: 'drain' | 'close', listener: () => void): unknown
  once(event: 'drain' | 'close', listener: () => void): unknown
  off(event: 'drain' | 'close', listener: () => void): unknown
}

/** A body that can be written to a response without a web stream in between. */
export interface NativeBody extends Payload {
  /** Writes the body and ends the response, or destroys it when the body breaks, so that the client sees a broken transfer. */
  sendTo(response: AnswerSink): void
}

/** Whether node:http is Node's own. */
export const IS_NODE = !('Deno' in globalThis) && !('Bun' in globalThis)

/** Writes head and body. Resolves when the body has been handed over; the connection is destroyed when it breaks. */
export function sendAnswer(response: ServerResponse, answer: Answer, draining: boolean): Promise<void> | void {
  const { status, reason, fields, body } = answer
  if (response.destroyed) return body?.cancel()
  const head = answer.close || draining ? [...fields, 'Connection', 'close'] : (fields as string[])
  if (reason === undefined) response.writeHead(status, head)
  else response.writeHead(status, reason, head)
  if (!body) response.end()
  else return sendBody(response, body, fields)
}

/** Writes the body behind a head that has these fields. */
export function sendBody(response: AnswerSink, body: Payload, fields: Fields): Promise<void> | void {
  if (body instanceof BytesPayload) endWithBytes(response, body.bytes)
  else if (isNative(body)) body.sendTo(response)
  else return sendStream(response, body.stream(), lengthOf(fields))
}

/** Bodies up to this size are copied behind their heads. */
const MAX_JOINED_BYTES = 4096

/** What a node:http response keeps of its head before that is out. */
type HeldResponse = AnswerSink & { _header?: string | null; readonly _hasBody?: boolean; readonly chunkedEncoding?: boolean }

/**
 * Writes the whole body and ends the response. node:http hands a head, a body and the end to the socket as three pieces, whose
 * gathering costs more than the write itself: on Node a small body of known length goes out as part of the head, in one.
 */
export function endWithBytes(response: HeldResponse, bytes: Uint8Array): void {
  const head = response._header
  const joins = IS_NODE && bytes.byteLength <= MAX_JOINED_BYTES && typeof head === 'string' && response._hasBody && !response.chunkedEncoding
  if (!joins) return void response.end(bytes)
  response._header = head + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  response.end()
}

/** Fields that no trailer may be (RFC 9110 §6.5.1), or that tell what runs behind. */
const NOT_TRAILERS: ReadonlySet<string> = new Set([
  'content-length', 'content-type', 'content-encoding', 'content-range', 'host', 'authorization', 'www-authenticate', 'set-cookie',
  'cache-control', 'expires', 'age', 'date', 'vary', 'location', 'retry-after', ...TELLTALE,
])

/** Ends a response with the trailers of its body, for a client that said it takes them; a body with a length has none (RFC 9110 §6.5). */
export function endWithTrailers(response: AnswerSink, trailers: Fields): void {
  const wanted = trailers.length > 0 && fieldValue(response.req.rawHeaders, 'te')?.includes('trailers')
  if (wanted) {
    const kept = editFields(endToEnd(trailers), { remove: NOT_TRAILERS })
    response.addTrailers(kept.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, kept[i + 1]!]] : [])))
  }
  response.end()
}

/**
 * Sends the head ahead of the first piece of the body, until which node:http would hold it back; events and slow answers
 * must not wait for it. Deno's `flushHeaders` writes bytes above ASCII as two, which writing no bytes does not.
 */
export function flushHead(response: AnswerSink): void {
  if ('Deno' in globalThis) response.write(NO_BYTES)
  else response.flushHeaders()
}

const NO_BYTES = new Uint8Array(0)

function isNative(body: Payload): body is NativeBody {
  return typeof (body as Partial<NativeBody>).sendTo === 'function'
}

async function sendStream(response: AnswerSink, stream: ReadableStream<Uint8Array>, declaredBytes: number | undefined): Promise<void> {
  const reader = stream.getReader()
  // A body that has failed already rejects here with what the reader below has thrown.
  const onClose = (): void => void reader.cancel(new Error('the client went away')).catch(() => {})
  response.once('close', onClose)
  flushHead(response)
  let bytesLeft = declaredBytes ?? Infinity
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || response.destroyed) break
      bytesLeft -= value.byteLength
      // What goes beyond its Content-Length would be read as the start of another answer. node:http's own check for
      // this mistakes a length given in a list of lines for a wrong one (Node 20).
      if (bytesLeft < 0) throw new Error('the body is longer than its Content-Length')
      if (!response.write(value)) await drained(response)
    }
    response.off('close', onClose)
    response.end()
  } catch (error) {
    // The client must see a broken transfer, never a clean end.
    response.destroy(error as Error)
  }
}

function drained(response: AnswerSink): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
