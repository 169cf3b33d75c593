// A stream of HTTP/2 in the gateway's wire form.
import { constants, type ServerHttp2Stream } from 'node:http2'
import { endToEnd, editFields, fieldValue, type Fields, lengthOf, type WireRequest } from '../../src/adapter.js'
import { GatewayError } from '../../src/index.js'
import type { NativeUpload } from '../node-http/request.js'
import { streamOf } from '../shared/fetch-bodies.js'
import { http2Lines, type RequestHead } from './fields.js'

/** The request as it stood on the wire, names in lower case. */
export class Http2Request implements WireRequest {
  readonly method: string
  readonly target: string
  readonly fields: Fields
  readonly body: Http2RequestBody | undefined
  readonly upgrade: 'websocket' | undefined
  readonly #stream: ServerHttp2Stream
  #abort: AbortController | undefined

  constructor({ method, target, fields }: RequestHead, stream: ServerHttp2Stream, upgrade?: 'websocket') {
    this.method = method
    this.target = target
    this.fields = fields
    this.#stream = stream
    this.upgrade = upgrade
    if (upgrade || stream.endAfterHeaders) return
    const length = lengthOf(fields)
    // What has a length of 0 ends with a frame of its own, and has nothing to be passed on.
    if (length === 0) stream.resume()
    else this.body = new Http2RequestBody(stream, length)
  }

  /** Left out where they would pile up before a client that takes nothing. */
  inform(status: number, fields: Fields): void {
    const stream = this.#stream
    if (stream.headersSent || stream.destroyed || stream.closed) return
    try {
      stream.additionalHeaders({ ':status': status, ...http2Lines(editFields(endToEnd(fields), { remove: LENGTH })) })
    } catch {
      // The answer is still to come, and does not depend on hints.
    }
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const stream = this.#stream
      const abort = (this.#abort = new AbortController())
      if (isBrokenOff(stream) || stream.destroyed) abort.abort()
      else {
        const end = (): void => {
          if (stream.aborted || !stream.writableFinished) abort.abort()
        }
        // A stream with a body that nobody has read yet is closed only when that has been.
        stream.once('aborted', end)
        stream.once('close', end)
      }
    }
    return this.#abort.signal
  }
}

/** The length of a body would be taken for that of the answer. */
const LENGTH: ReadonlySet<string> = new Set(['content-length'])

/** Whether a stream has come to an end that is not that of its request. node:http2 says the same of both to whoever reads it. */
function isBrokenOff(stream: ServerHttp2Stream): boolean {
  return stream.aborted || (stream.rstCode ?? constants.NGHTTP2_NO_ERROR) !== constants.NGHTTP2_NO_ERROR
}

/** A request body that node:http2 is receiving. */
export class Http2RequestBody implements NativeUpload {
  readonly length: number | undefined
  readonly #stream: ServerHttp2Stream
  #trailers: Fields = []

  constructor(stream: ServerHttp2Stream, length: number | undefined) {
    this.#stream = stream
    this.length = length
    stream.once('trailers', (_trailers: unknown, _flags: number, ...[raw]: Fields[]) => (this.#trailers = raw ?? []))
  }

  get used(): boolean {
    return this.#stream.readableDidRead
  }

  /** Trailers, once all of the body has been read. */
  get trailers(): Fields {
    return this.#trailers
  }

  async *iterate(): AsyncGenerator<Uint8Array, undefined> {
    // The stream still has to carry the answer when the body is given up.
    yield* this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
    if (isBrokenOff(this.#stream)) throw new GatewayError('client_aborted', { message: 'the request broke off' })
    return undefined
  }

  stream(): ReadableStream<Uint8Array> {
    const pieces = this.iterate()
    return streamOf({ next: async () => (await pieces.next()).value, cancel: () => void pieces.return(undefined) })
  }

  /** What is left of it stays with the client, by flow control, until the answer ends the stream. */
  cancel(): void {}
}

/** Whether the client waits to be told to send its body (RFC 9110 §10.1.1). */
export function awaitsContinue({ fields, body }: Http2Request): boolean {
  return body !== undefined && fieldValue(fields, 'expect')?.toLowerCase() === '100-continue'
}

