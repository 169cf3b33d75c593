// A message body that nobody has read yet, in the form its runtime gave it.

/**
 * A body on its way through. An adapter that meets its own kind passes the native object on; everybody else takes the
 * web stream. Exactly one of `stream` and `cancel` is called, once.
 */
export interface Payload {
  /** Bytes, when the message told (RFC 9110 §8.6); undefined for chunked bodies. */
  readonly length: number | undefined
  /** Whether reading has begun, so that the body cannot be sent a second time. */
  readonly used: boolean
  /** The body as a web stream, pull-driven: what is not read is not fetched. */
  stream(): ReadableStream<Uint8Array>
  /** Gives the body up unread, so that its connection can be let go. */
  cancel(reason?: unknown): void
  /** Calls back when the body has come to its end, broke off or was given up, perhaps more than once; absent where only its reader finds out. */
  onEnd?(over: () => void): void
  /** The bytes from `first` to `last`, in place of the whole; absent where what is in front had to be read for them. */
  slice?(first: number, last: number): Payload
}

/** A body that is all there, such as a problem document or an entry of the memory cache. */
export class BytesPayload implements Payload {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get length(): number {
    return this.bytes.byteLength
  }

  get used(): boolean {
    return false
  }

  stream(): ReadableStream<Uint8Array> {
    const { bytes } = this
    return new ReadableStream({
      pull(controller) {
        if (bytes.byteLength > 0) controller.enqueue(bytes)
        controller.close()
      },
    })
  }

  cancel(): void {}

  slice(first: number, last: number): BytesPayload {
    return new BytesPayload(this.bytes.subarray(first, last + 1))
  }
}

/** A body that is a web stream, such as that of a fetch Response. */
export class StreamPayload implements Payload {
  readonly length: number | undefined
  readonly #body: ReadableStream<Uint8Array>
  #used: boolean

  /** `used` tells of a body that somebody has read before. */
  constructor(body: ReadableStream<Uint8Array>, length?: number, used = false) {
    this.#body = body
    this.length = length
    this.#used = used
  }

  get used(): boolean {
    return this.#used
  }

  stream(): ReadableStream<Uint8Array> {
    this.#used = true
    return this.#body
  }

  cancel(reason?: unknown): void {
    this.#used = true
    // A body that already failed rejects here with the failure that was reported where it was read.
    this.#body.cancel(reason).catch(() => {})
  }
}
