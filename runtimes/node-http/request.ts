// A node:http request in the gateway's wire form.
import { getEventListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { endToEnd, fieldValue, lengthOf, type Fields, type Payload, type WireRequest } from '../../src/adapter.js'
import { streamOf } from '../shared/fetch-bodies.js'
import { IS_NODE } from './response.js'

/**
 * Whether node:http has read a request as nobody else might: it takes HTTP/2.0 on a request line, and a transfer coding in
 * HTTP/1.0, which has none (RFC 9112 §6.1).
 */
export function isDoubtful({ httpVersion, rawHeaders }: IncomingMessage): boolean {
  return httpVersion !== '1.1' && (httpVersion !== '1.0' || fieldValue(rawHeaders, 'transfer-encoding') !== undefined)
}

/** The request as it stood on the wire; its parts are made when somebody asks for them. */
export class NodeRequest implements WireRequest {
  readonly method: string
  readonly target: string
  readonly fields: Fields
  readonly body: NodeRequestBody | undefined
  readonly upgrade: 'websocket' | undefined
  readonly #response: ServerResponse
  #abort: AbortController | undefined

  constructor(request: IncomingMessage, response: ServerResponse, upgrade?: 'websocket') {
    this.method = request.method ?? ''
    this.target = request.url ?? ''
    this.fields = request.rawHeaders
    this.body = hasBody(request.rawHeaders) ? new NodeRequestBody(request) : undefined
    this.upgrade = upgrade
    this.#response = response
  }

  /**
   * Interim answers need HTTP/1.1; `node:http` has a way to write 102 and 103 and no others. They are left out where they
   * would pile up before a client that takes nothing, and where `node:http` finds fault with a `Link`.
   */
  inform(status: number, fields: Fields): void {
    const response = this.#response
    if (response.headersSent || response.destroyed || response.req.httpVersion === '1.0' || response.socket?.writableNeedDrain) return
    try {
      if (status === 102) response.writeProcessing()
      else if (status === 103) response.writeEarlyHints(hintsOf(fields))
    } catch {
      // The answer is still to come, and does not depend on hints.
    }
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const response = this.#response
      const abort = (this.#abort = takeController(response.socket))
      // "close" comes after a complete answer too; only before that does it mean that the client has gone.
      if (response.destroyed) abort.abort()
      else response.on('close', () => (response.writableFinished ? giveBack(abort, response.req.socket) : abort.abort()))
    }
    return this.#abort.signal
  }
}

const SPARE = Symbol('spare controller')
type SparingSocket = Socket & { [SPARE]?: AbortController | undefined }

/** A controller, which is dear to make: the one of the request before on the same connection, where nobody listens to that any more. */
function takeController(socket: SparingSocket | null): AbortController {
  const spare = socket?.[SPARE]
  if (!spare) return new AbortController()
  socket[SPARE] = undefined
  return spare
}

function giveBack(abort: AbortController, socket: SparingSocket): void {
  if (IS_NODE && getEventListeners(abort.signal, 'abort').length === 0) socket[SPARE] = abort
}

/** `writeEarlyHints` wants an object, and a Link in it. The length of a body would be taken for that of the answer. */
function hintsOf(fields: Fields): Record<string, string | string[]> {
  const hints: Record<string, string[]> = {}
  const kept = endToEnd(fields)
  for (let i = 0; i < kept.length; i += 2) (hints[kept[i]!.toLowerCase()] ??= []).push(kept[i + 1]!)
  delete hints['content-length']
  return hints
}

/** A request body that can be read without a web stream in between. */
export interface NativeUpload extends Payload {
  /** Its pieces. Giving them up leaves the client's connection alone, which still has to carry the answer. Fails where the body breaks off. */
  iterate(): AsyncIterator<Uint8Array, undefined>
  /** Trailers, once all of it has been read; absent where they cannot be had. */
  readonly trailers?: Fields
}

/** A request body that node:http is receiving. */
export class NodeRequestBody implements NativeUpload {
  readonly incoming: IncomingMessage
  readonly length: number | undefined

  constructor(incoming: IncomingMessage) {
    this.incoming = incoming
    this.length = lengthOf(incoming.rawHeaders)
  }

  get used(): boolean {
    return this.incoming.readableDidRead
  }

  iterate(): AsyncIterator<Uint8Array, undefined> {
    return this.incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined>
  }

  stream(): ReadableStream<Uint8Array> {
    const pieces = this.iterate()
    return streamOf({
      next: async () => (await pieces.next()).value,
      cancel: () => void pieces.return?.(),
    })
  }

  cancel(): void {
    this.incoming.destroy()
  }
}

/** Whether a body can be read without a web stream in between. */
export function isNativeUpload(body: Payload): body is NativeUpload {
  return typeof (body as Partial<NativeUpload>).iterate === 'function'
}

/** A body is there when the framing says so, whatever the method (RFC 9112 §6.3). */
export function hasBody(fields: Fields): boolean {
  const length = fieldValue(fields, 'content-length')
  return length === undefined ? fieldValue(fields, 'transfer-encoding') !== undefined : length !== '0'
}
