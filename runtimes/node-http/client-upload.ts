// Sends a request body through node:http's client, piece by piece as the server takes it.
import type { ClientRequest } from 'node:http'
import { Readable } from 'node:stream'
import type { ErrorCode } from '../../src/index.js'
import { BytesPayload, type Payload } from '../../src/adapter.js'
import { NodeRequestBody } from './request.js'

/** What the sender of a body is told. */
export interface UploadObserver {
  /** Something moved, and now somebody else has to: the code says whose fault it is if they never do. */
  wait(code: ErrorCode): void
  sent(): void
  /** The client broke off. */
  broken(cause: Error | undefined): void
}

/** Begins to send. Returns what stops it, which leaves a client's connection alone: an answer may still have to go out on it. */
export function sendUpload(body: Payload, request: ClientRequest, observer: UploadObserver): () => void {
  if (body instanceof BytesPayload) {
    // In two calls: after one `end` with bytes, Deno writes nothing of the next request on the connection.
    request.write(body.bytes)
    request.end()
    observer.sent()
    return () => {}
  }
  const owned = body instanceof NodeRequestBody ? undefined : Readable.fromWeb(body.stream() as import('node:stream/web').ReadableStream)
  const source: Readable = body instanceof NodeRequestBody ? body.incoming : owned!
  const onData = (chunk: Uint8Array): void => {
    if (request.write(chunk)) return observer.wait('client_timeout')
    source.pause()
    observer.wait('http_response_timeout')
  }
  const onDrain = (): void => {
    observer.wait('client_timeout')
    source.resume()
  }
  const onEnd = (): void => {
    detach()
    request.end()
    observer.sent()
  }
  const onBroken = (error?: Error): void => {
    detach()
    observer.broken(error)
  }
  const detach = (): void => {
    source.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
    request.off('drain', onDrain)
  }
  observer.wait('client_timeout')
  request.on('drain', onDrain)
  source.on('end', onEnd).on('error', onBroken).on('close', onBroken).on('data', onData)
  return () => {
    detach()
    source.pause()
    // A source of our own fails when it is destroyed in mid-read; nobody is left to be told.
    owned?.on('error', () => {}).destroy()
  }
}
