// A key with its certificate and those behind it, in one text.
import { X509Certificate } from 'node:crypto'
import { alternativeNames } from '../tls/certificate.js'
import { pemBlocks } from '../tls/pem.js'
import type { Validity } from './renewal.js'

export interface Bundle extends Validity {
  /** PEM: the certificate and those behind it. */
  readonly cert: string
  readonly key: string
  readonly names: readonly string[]
}

/** Undefined for what has not both, or a certificate that cannot be read. */
export function readBundle(text: string): Bundle | undefined {
  const [certs, keys] = [pemBlocks(text, 'CERTIFICATE'), pemBlocks(text, 'PRIVATE KEY')]
  if (certs.length === 0 || keys.length === 0) return undefined
  try {
    const { validFrom, validTo, subjectAltName } = new X509Certificate(certs[0]!)
    const names = alternativeNames(subjectAltName).flatMap(([kind, name]) => (kind === 'DNS' ? [name.toLowerCase()] : []))
    return { cert: `${certs.join('\n')}\n`, key: `${keys[0]}\n`, fromMs: Date.parse(validFrom), toMs: Date.parse(validTo), names }
  } catch {
    return undefined
  }
}
