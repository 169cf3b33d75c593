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

  /** Interim answers need HTTP/1.1; `node:http` has a way to write 102 and 103 and no others. */
  inform(status: number, fields: Fields): void {
    const response = this.#response
    if (response.headersSent || response.destroyed || response.req.httpVersion === '1.0') return
    if (status === 102) response.writeProcessing()
    else if (status === 103) response.writeEarlyHints(hintsOf(fields))
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

/** `writeEarlyHints` wants an object, and a Link in it. */
function hintsOf(fields: Fields): Record<string, string | string[]> {
  const hints: Record<string, string[]> = {}
  for (let i = 0; i < fields.length; i += 2) (hints[fields[i]!.toLowerCase()] ??= []).push(fields[i + 1]!)
  return hints
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
