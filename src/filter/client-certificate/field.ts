// Certificates in header fields (RFC 9440 §2): how they are written, read, and taken off what anybody sends.
import type { Exchange } from '../../exchange.js'
import { type Fields, fieldValues } from '../../http/fields.js'
import { vouchedFields } from '../vouched-fields.js'

/** The names, in any spelling, of which nobody but a proxy may say something. */
export const withoutClientCert = vouchedFields(['Client-Cert', 'Client-Cert-Chain'])
const NO_LINES: Fields = []

/** The fields without a certificate that was merely claimed; undefined where there is none. Also looks at lines that a route may put back. */
export function cleanedFields({ fields, routedFields }: Pick<Exchange, 'fields' | 'routedFields'>): Fields | undefined {
  if (withoutClientCert(routedFields, NO_LINES) === routedFields && (fields === routedFields || withoutClientCert(fields, NO_LINES) === fields)) return undefined
  return withoutClientCert(fields, NO_LINES)
}

/** A byte sequence (RFC 9651 §3.3.5). */
export function certificateLine(der: Uint8Array): Fields {
  // Workers tell of a certificate, and do not show it.
  return der.length === 0 ? NO_LINES : ['Client-Cert', `:${btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''))}:`]
}

/** The certificate in the fields; that there is none; or what is wrong. Two are none: one of them may be the client's own. */
export type SentCertificate = { readonly kind: 'certificate'; readonly value: string; readonly chain: Fields } | { readonly kind: 'none' } | { readonly kind: 'fault'; readonly reason: string }

/** Longer ones are not looked at. */
const MAX_CHARACTERS = 16_384
const SEQUENCE = /^:[A-Za-z0-9+/]+={0,2}:$/

export function sentCertificate(fields: Fields): SentCertificate {
  const [value, ...others] = fieldValues(fields, 'client-cert')
  if (value === undefined) return NONE
  if (others.length > 0) return { kind: 'fault', reason: 'more than one Client-Cert' }
  if (value.length > MAX_CHARACTERS || !SEQUENCE.test(value)) return { kind: 'fault', reason: 'a Client-Cert that cannot be read' }
  return { kind: 'certificate', value, chain: fieldValues(fields, 'client-cert-chain').flatMap((chain) => ['Client-Cert-Chain', chain]) }
}

const NONE: SentCertificate = { kind: 'none' }

/** The bytes of a value that {@link sentCertificate} gave; undefined where they are none. */
export function bytesOf(value: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(value.slice(1, -1)), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
