// Sends an answer on a stream of HTTP/2.
import type { ServerHttp2Stream } from 'node:http2'
import { type Answer, BytesPayload, fieldValue, type Fields } from '../../src/adapter.js'
import { type AnswerSink, sendBody } from '../node-http/response.js'
import { http2Lines } from './fields.js'
import { forGrpc, isGrpc } from './grpc.js'

/** Writes head and body. Resolves when the body has been handed over; the stream is reset when it breaks. */
export function sendHttp2Answer(stream: ServerHttp2Stream, asked: Fields, answer: Answer): Promise<void> | void {
  const { status, fields, body } = isGrpc(asked) ? forGrpc(answer) : answer
  if (stream.destroyed || stream.closed) return body?.cancel()
  const head = { ':status': status, ...http2Lines(fields) }
  if (!body || (body instanceof BytesPayload && body.length === 0)) return stream.respond(head, { endStream: true })
  const waitForTrailers = fieldValue(asked, 'te')?.includes('trailers') ?? false
  stream.respond(head, { waitForTrailers })
  return sendBody(new Http2Sink(stream, asked, waitForTrailers), body, fields)
}

/** A stream in the form in which bodies are written to responses of node:http. */
class Http2Sink implements AnswerSink {
  readonly req: { readonly rawHeaders: string[] }
  readonly #stream: ServerHttp2Stream
  #trailers: [string, string][] = []

  constructor(stream: ServerHttp2Stream, asked: Fields, waitForTrailers: boolean) {
    this.#stream = stream
    this.req = { rawHeaders: asked as string[] }
    if (waitForTrailers) stream.once('wantTrailers', () => stream.sendTrailers(http2Lines(this.#trailers.flat())))
  }

  get destroyed(): boolean {
    return this.#stream.destroyed
  }

  get writableFinished(): boolean {
    return this.#stream.writableFinished
  }

  write(chunk: Uint8Array, written?: (error?: Error | null) => void): boolean {
    return this.#stream.write(chunk, written)
  }

  end(bytes?: Uint8Array): void {
    if (bytes) this.#stream.end(bytes)
    else this.#stream.end()
  }

  addTrailers(trailers: [string, string][]): void {
    this.#trailers = trailers
  }

  /** The head has been written. */
  flushHeaders(): void {}

  /** Breaks the answer off, so that it cannot be taken for a whole one. */
  destroy(): void {
    breakOff(this.#stream)
  }

  on(event: 'drain' | 'close', listener: () => void): void {
    this.#stream.on(event, listener)
  }

  once(event: 'drain' | 'close', listener: () => void): void {
    this.#stream.once(event, listener)
  }

  off(event: 'drain' | 'close', listener: () => void): void {
    this.#stream.off(event, listener)
  }
}

const OURS = Symbol('broken off by the gateway')
type MarkedStream = ServerHttp2Stream & { [OURS]?: boolean }

/** Resets a stream for no fault of the client; one that is being closed already would be destroyed before its reset is written. */
export function breakOff(stream: MarkedStream): void {
  if (stream.closed) return
  stream[OURS] = true
  stream.destroy(new Error('broken off'))
}

/** Whether a stream has ended before its answer was complete, and not by the gateway's doing. */
export function isBrokenByClient(stream: MarkedStream): boolean {
  return !stream[OURS] && (stream.aborted || !stream.writableFinished)
}
