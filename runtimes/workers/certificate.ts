// The client's certificate as Cloudflare tells of it, where the zone asks for one.
import type { PeerCertificate } from '../../src/adapter.js'
import type { WorkerRequest } from './types.js'

/** Its bytes and alternative names are not told. */
export function peerCertificate({ cf }: WorkerRequest): PeerCertificate | undefined {
  const told = cf?.tlsClientAuth
  if (told?.certPresented !== '1') return undefined
  return {
    der: NO_BYTES,
    subject: told.certSubjectDNRFC2253,
    names: [],
    fingerprint256: told.certFingerprintSHA256.toLowerCase(),
    notAfterMs: Date.parse(told.certNotAfter),
    verified: told.certVerified === 'SUCCESS' && told.certRevoked !== '1',
  }
}

const NO_BYTES = new Uint8Array()
