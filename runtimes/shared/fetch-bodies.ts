// Bodies on their way through a fetch, in both directions, watched piece by piece.
import type { GatewayError } from '../../src/index.js'
import { BytesPayload, type Payload } from '../../src/adapter.js'

/** Where a stream gets its pieces; `next` gives undefined at the end. */
export interface PieceSource {
  /** Is given what breaks the stream off, for a source that may want to while a piece is awaited. */
  begun?(breakOff: (reason: unknown) => void): void
  next(): Promise<Uint8Array | undefined>
  cancel(reason: unknown): void | Promise<void>
}

/** A stream that takes a piece when one is asked for and not before. What comes of a piece after a cancel is nobody's concern. */
export function streamOf(source: PieceSource): ReadableStream<Uint8Array> {
  let cancelled = false
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source.begun?.((reason) => {
          cancelled = true
          controller.error(reason)
        })
      },
      async pull(controller) {
        try {
          const piece = await source.next()
          if (cancelled) return
          if (piece) controller.enqueue(piece)
          else controller.close()
        } catch (error) {
          if (!cancelled) controller.error(error)
        }
      },
      cancel(reason) {
        cancelled = true
        return source.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** What the sender of a body is told. */
export interface UploadObserver {
  /** The server takes more; the client has to give it. */
  asked(): void
  /** A piece has been handed over; the server has to take it. */
  given(): void
  sent(): void
  /** The client broke off. */
  broken(cause: Error): void
}

/** A body under way. */
export interface WatchedUpload {
  readonly stream: ReadableStream<Uint8Array>
  /** Breaks it off, so that it cannot be taken for a whole one. */
  stop(): void
}

/** The body as a stream that tells of its progress. */
export function watchUpload(body: Payload, observer: UploadObserver): WatchedUpload {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let givenUp = false
  let bytesLeft = body.length ?? Infinity
  let breakOff: (reason: unknown) => void = () => {}
  const stream = streamOf({
    begun: (fail) => (breakOff = fail),
    async next() {
      reader ??= body.stream().getReader()
      observer.asked()
      try {
        const { value } = await reader.read()
        bytesLeft -= value?.byteLength ?? 0
        // A fetch that knows the length does not ask for the end behind the last byte.
        if (bytesLeft > 0 && value) observer.given()
        else if (!givenUp) observer.sent()
        return value
      } catch (error) {
        if (!givenUp) observer.broken(error as Error)
        throw error
      }
    },
    // The server has answered without waiting for the rest.
    cancel(reason) {
      givenUp = true
      return reader ? reader.cancel(reason) : body.cancel(reason)
    },
  })
  return {
    stream,
    stop: () => {
      givenUp = true
      breakOff(new Error('the answer is complete'))
    },
  }
}

/** What the attempt is told of its answer's body. */
export interface DownloadObserver {
  /** The client takes more; the server has to give it. */
  asked(): void
  /** A piece has been handed over; the client has to take it. */
  given(): void
  ended(): void
  cancelled(): void
  /** The error to report for one of the stream. */
  failure(cause: Error): GatewayError
}

/** The body of a fetched answer. */
export class FetchedBody implements Payload {
  readonly length: number | undefined
  used = false
  readonly #response: Response
  readonly #observer: DownloadObserver
  #breakOff: ((reason: unknown) => void) | undefined

  /** Of a response that has one. */
  constructor(response: Response, length: number | undefined, observer: DownloadObserver) {
    this.#response = response
    this.length = length
    this.#observer = observer
  }

  /** The body once all of it is there. Rejects with the failure it is reported as. */
  async whole(): Promise<Payload> {
    const observer = this.#observer
    observer.asked()
    try {
      const bytes = new Uint8Array(await this.#response.arrayBuffer())
      if (bytes.byteLength !== this.length) throw new Error('the body has another length than it says')
      observer.ended()
      return new BytesPayload(bytes)
    } catch (error) {
      throw observer.failure(error as Error)
    }
  }

  stream(): ReadableStream<Uint8Array> {
    return streamOf(this.pieces())
  }

  /** Its pieces without a stream around them, for whoever makes one of its own. */
  pieces(): PieceSource {
    this.used = true
    const reader = this.#response.body!.getReader()
    const observer = this.#observer
    return {
      begun: (fail) => {
        this.#breakOff = (reason) => {
          fail(reason)
          void reader.cancel().catch(() => {})
        }
      },
      async next() {
        observer.asked()
        try {
          const { value } = await reader.read()
          if (value) observer.given()
          else observer.ended()
          return value
        } catch (error) {
          const failure = observer.failure(error as Error)
          observer.ended()
          throw failure
        }
      },
      cancel: () => this.#giveUp(() => reader.cancel()),
    }
  }

  cancel(): void {
    void this.#giveUp(() => this.#response.body!.cancel())
  }

  /** Breaks it off for whoever reads it. An aborted fetch alone does not, on Deno, while nobody asks for more. */
  stop(reason: GatewayError): void {
    this.#breakOff?.(reason)
  }

  /** Ends the upstream request. The stream then fails with the abort, which is told already. */
  async #giveUp(cancelStream: () => Promise<void>): Promise<void> {
    this.#observer.cancelled()
    await cancelStream().catch(() => {})
  }
}
