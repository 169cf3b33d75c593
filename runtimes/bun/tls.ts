// How a listener speaks TLS, in Bun's terms.
import type { ServedCertificate, ServedTls } from '../tls/served.js'
import type { BunTls } from './types.js'

/** The numbers of the versions on the wire. */
const VERSIONS = { '1.2': 0x0303, '1.3': 0x0304 } as const

/** One entry for each name; the first is shown to clients that ask for none of them. */
export function bunTls({ certificates, minVersion, ciphers }: ServedTls): BunTls[] {
  const known = new Set<string>()
  const entry = ({ cert, key }: ServedCertificate, serverName: string): BunTls => ({ cert, key, serverName, ciphers, minVersion: VERSIONS[minVersion] })
  return certificates.flatMap((certificate, i) =>
    // A first one that is for no name is still the one for all others.
    (certificate.hosts.length === 0 && i === 0 ? ['invalid'] : certificate.hosts).flatMap((host) => {
      // Of two for one name the first counts.
      if (known.has(host)) return []
      known.add(host)
      return [entry(certificate, host)]
    }),
  )
}
