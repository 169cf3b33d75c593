// Bodies that Workers send with a Content-Length; other streams they send chunked, whatever the fields say.

/** A stream that fails when it carries another number of bytes. */
type FixedLengthStream = new (bytes: number) => TransformStream<Uint8Array, Uint8Array>

/** The same stream, of known length. */
export function withLength(stream: ReadableStream<Uint8Array>, bytes: number): ReadableStream<Uint8Array> {
  const { FixedLengthStream } = globalThis as unknown as { readonly FixedLengthStream: FixedLengthStream }
  return stream.pipeThrough(new FixedLengthStream(bytes))
}
