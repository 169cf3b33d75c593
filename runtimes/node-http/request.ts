// A node:http request in the gateway's wire form.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { fieldValue, lengthOf, type Fields, type Payload, type WireRequest } from '../../src/adapter.js'

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

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController())
      const response = this.#response
      // "close" comes after a complete answer too; only before that does it mean that the client has gone.
      if (response.destroyed) abort.abort()
      else response.once('close', () => response.writableFinished || abort.abort())
    }
    return this.#abort.signal
  }
}

/** A request body that node:http is receiving. */
export class NodeRequestBody implements Payload {
  readonly incoming: IncomingMessage
  readonly length: number | undefined

  constructor(incoming: IncomingMessage) {
    this.incoming = incoming
    this.length = lengthOf(incoming.rawHeaders)
  }

  get used(): boolean {
    return this.incoming.readableDidRead
  }

  stream(): ReadableStream<Uint8Array> {
    return Readable.toWeb(this.incoming) as ReadableStream<Uint8Array>
  }

  cancel(): void {
    this.incoming.destroy()
  }
}

/** A body is there when the framing says so, whatever the method (RFC 9112 §6.3). */
function hasBody(fields: Fields): boolean {
  const length = fieldValue(fields, 'content-length')
  return length === undefined ? fieldValue(fields, 'transfer-encoding') !== undefined : length !== '0'
}
