// What stands in a certificate, and whether a key belongs to it. Time is an argument.
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type PeerCertificate, readCertificate } from '../../src/adapter.js'
import { pemBlocks } from './pem.js'

/** A certificate with its key, of which nothing is wrong, or what is. `at` is the setting that is to be changed. */
export type Pair =
  | { readonly kind: 'pair'; readonly names: readonly string[]; readonly fromMs: number; readonly toMs: number; readonly warning: string | undefined }
  | { readonly kind: 'fault'; readonly at: 'cert' | 'key'; readonly message: string }

/** A PEM text and what to call it. */
export interface NamedText {
  readonly text: string
  readonly source: string
}

/** Checks a certificate, and those behind it, against its key and the clock. An expired one is only warned of: it would not get better by showing none. */
export function checkPair(cert: NamedText, key: NamedText, nowMs: number): Pair {
  const chain = readCertificates(cert)
  if (typeof chain === 'string') return { kind: 'fault', at: 'cert', message: chain }
  const privateKey = readKey(key)
  if (typeof privateKey === 'string') return { kind: 'fault', at: 'key', message: privateKey }
  const owner = chain.findIndex((certificate) => certificate.checkPrivateKey(privateKey))
  if (owner > 0) return { kind: 'fault', at: 'cert', message: `${cert.source} has the certificate of the key in place ${owner + 1}; it must come first` }
  if (owner < 0) return { kind: 'fault', at: 'key', message: `${key.source} is not the key of the certificate in ${cert.source}` }
  const leaf = chain[0]!
  return { kind: 'pair', names: dnsNames(leaf), fromMs: Date.parse(leaf.validFrom), toMs: Date.parse(leaf.validTo), warning: validityWarning(cert.source, leaf, nowMs) }
}

/** What is wrong with a text that is to hold certificates of authorities; undefined when nothing is. */
export function authoritiesFault(ca: NamedText): string | undefined {
  const read = readCertificates(ca)
  return typeof read === 'string' ? read : undefined
}

function readCertificates({ text, source }: NamedText): X509Certificate[] | string {
  const blocks = pemBlocks(text, 'CERTIFICATE')
  if (blocks.length === 0) return `${source} has no certificate: no line "-----BEGIN CERTIFICATE-----" with its end`
  const certificates: X509Certificate[] = []
  for (const block of blocks) {
    try {
      certificates.push(new X509Certificate(block))
    } catch (error) {
      return `${source} has a certificate that cannot be read, in place ${certificates.length + 1}: ${(error as Error).message}`
    }
  }
  return certificates
}

function readKey({ text, source }: NamedText): KeyObject | string {
  if (text.includes('ENCRYPTED')) return `${source} is an encrypted key; decrypt it, as with "openssl pkey -in FILE -out PLAIN"`
  try {
    return createPrivateKey(text)
  } catch (error) {
    return `${source} has no private key that can be read: ${(error as Error).message}`
  }
}

function validityWarning(source: string, { validFrom, validTo }: X509Certificate, nowMs: number): string | undefined {
  if (nowMs > Date.parse(validTo)) return `the certificate in ${source} has expired on ${validTo}: clients will refuse it`
  if (nowMs < Date.parse(validFrom)) return `the certificate in ${source} is not valid before ${validFrom}: clients will refuse it`
  return undefined
}

function dnsNames({ subjectAltName }: X509Certificate): string[] {
  return alternativeNames(subjectAltName).flatMap(([kind, name]) => (kind === 'DNS' ? [name.toLowerCase()] : []))
}

/** The names in node's text for subjectAltName. A name with a comma in it stands in quotes, and is no two names. */
export function alternativeNames(text: string | undefined): [kind: string, name: string][] {
  return [...(text ?? '').matchAll(/(?:^|, )([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, kind, name]) => [kind!, name!.startsWith('"') ? (JSON.parse(name!) as string) : name!])
}

/** A client's certificate, as filters are told of it. One that cannot be read is none. */
export function peerCertificate(der: Uint8Array, verified: boolean): PeerCertificate | undefined {
  const reading = readCertificate(der)
  return reading && { ...reading, der, fingerprint256: createHash('sha256').update(der).digest('hex'), verified }
}
