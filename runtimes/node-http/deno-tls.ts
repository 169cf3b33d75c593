// What has to be put right about a TLS socket of Deno's node:tls before an answer is written to it.
import type { TLSSocket } from 'node:tls'

type WrittenSocket = Omit<TLSSocket, '_writev'> & { _writev: undefined }

/** Deno never finishes a write of no bytes to it, as at the end of an empty body, and writes Latin-1 text as UTF-8. */
export function mendWrites(socket: TLSSocket): void {
  const write = socket._write.bind(socket)
  // Several writes at once would go past this one.
  ;(socket as unknown as WrittenSocket)._writev = undefined
  socket._write = (chunk: string | Uint8Array, encoding, done) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
    if (bytes.byteLength === 0) done()
    else write(bytes, 'buffer' as BufferEncoding, done)
  }
}
