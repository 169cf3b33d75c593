// What has to be put right about Deno's node:tls: how it writes, and whose sessions it resumes.
import type { TLSSocket } from 'node:tls'
import type { PeerCertificate } from '../../src/adapter.js'

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

/** Clients whose certificates are remembered. */
const MAX_KNOWN = 10_000

/**
 * The certificates that a listener has verified by itself. Deno resumes sessions of any listener of the process, and those from before authorities
 * have changed; whoever comes by one has perhaps shown nothing, or something that others believe.
 */
export class VerifiedHere {
  readonly #fingerprints = new Set<string>()

  /** What a client has shown, as far as it counts here. */
  judge(socket: TLSSocket, certificate: PeerCertificate | undefined): PeerCertificate | undefined {
    if (!certificate?.verified) return certificate
    if (!socket.isSessionReused()) this.#remember(certificate.fingerprint256)
    return this.#fingerprints.has(certificate.fingerprint256) ? certificate : { ...certificate, verified: false }
  }

  /** Other authorities are believed from now on. */
  forget(): void {
    this.#fingerprints.clear()
  }

  #remember(fingerprint: string): void {
    const [oldest] = this.#fingerprints
    if (this.#fingerprints.size >= MAX_KNOWN && oldest !== undefined) this.#fingerprints.delete(oldest)
    this.#fingerprints.add(fingerprint)
  }
}
