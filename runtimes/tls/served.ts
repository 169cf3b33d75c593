// What a listener shows its clients: read and checked once, the same for every runtime.
import type { Issue, ListenConfig } from '../../src/index.js'
import { type AcmeSettings, heldFiles } from '../acme/held.js'
import { authoritiesFault, checkPair, type NamedText } from './certificate.js'
import { pemBlocks, type PemText, readPem } from './pem.js'

/** A certificate with its key, both PEM, and the names it is shown for. */
export interface ServedCertificate {
  readonly cert: string
  readonly key: string
  readonly hosts: readonly string[]
  /** From when to when it holds, in milliseconds since 1970. */
  readonly fromMs: number
  readonly toMs: number
  /** Whose it is: the operator's, got from an authority, or made by the gateway until there is one. */
  readonly origin: 'own' | 'acme' | 'placeholder'
}

/** How a listener speaks TLS, with nothing left to read. Texts are PEM. */
export interface ServedTls {
  /** The first is for clients that ask for no name of theirs. */
  readonly certificates: readonly [ServedCertificate, ...ServedCertificate[]]
  readonly minVersion: '1.2' | '1.3'
  readonly ciphers: string
  readonly clientAuth: { readonly ca: string; readonly crl: string | undefined; readonly isRequired: boolean } | undefined
}

/** What reading gave, with the files it was read from. */
export type LoadedTls =
  | { readonly kind: 'tls'; readonly tls: ServedTls; readonly files: readonly string[]; readonly warnings: readonly string[] }
  | { readonly kind: 'faults'; readonly issues: readonly Issue[]; readonly files: readonly string[] }

/** Forward secrecy and authenticated encryption, nothing else (RFC 9325 §4.2). */
const DEFAULT_CIPHERS = [
  'TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** Reads the settings and checks them: every fault with its place below `path`. */
export function loadTls(settings: NonNullable<ListenConfig['tls']>, path: string, nowMs: number): LoadedTls {
  const reading = new Reading()
  const { cert, key, certificates, acme, minVersion = '1.2', ciphers = DEFAULT_CIPHERS, clientAuth } = settings
  const own = cert === undefined || key === undefined ? [] : [{ entry: { cert, key, hosts: undefined }, place: path }]
  const pairs = certificates?.map((entry, i) => ({ entry, place: `${path}.certificates[${i}]` })) ?? own
  const served = pairs.flatMap(({ entry, place }) => reading.pair(entry.cert, entry.key, entry.hosts, place, nowMs))
  if (acme) served.push(...reading.managed(acme, `${path}.acme`, nowMs))
  const ca = clientAuth && reading.authorities(clientAuth.ca, `${path}.clientAuth.ca`)
  const crl = clientAuth?.crl === undefined ? undefined : reading.text(clientAuth.crl, `${path}.clientAuth.crl`)?.text
  const { issues, files, warnings } = reading
  const [first, ...others] = served
  // None at all without a fault: those of ACME are there once the gateway starts.
  if (issues.length > 0 || !first) return { kind: 'faults', issues, files }
  return { kind: 'tls', tls: { certificates: [first, ...others], minVersion, ciphers, clientAuth: clientAuth && { ca: ca!, crl, isRequired: clientAuth.mode === 'require' } }, files, warnings }
}

/** Collects what is read and what is wrong with it. */
export class Reading {
  readonly issues: Issue[] = []
  readonly files: string[] = []
  readonly warnings: string[] = []

  text(written: string, path: string): Extract<PemText, { kind: 'text' }> | undefined {
    const read = readPem(written)
    if (read.kind === 'text') {
      if (read.file !== undefined) this.files.push(read.file)
      return read
    }
    this.files.push(written)
    this.#fault(path, read.message)
    return undefined
  }

  authorities(written: string, path: string): string | undefined {
    const read = this.text(written, path)
    const fault = read && authoritiesFault(read)
    if (fault !== undefined) this.#fault(path, fault)
    return read?.text
  }

  pair(cert: string, key: string, hosts: readonly string[] | undefined, path: string, nowMs: number): ServedCertificate[] {
    const [certText, keyText] = [this.text(cert, `${path}.cert`), this.text(key, `${path}.key`)]
    if (!certText || !keyText) return []
    const { served, fault } = this.#checked(certText, keyText, hosts, path, nowMs)
    if (fault) this.#fault(`${path}.${fault.at}`, fault.message)
    return served
  }

  /** What was got from an authority, and what stands in for what was not. Nothing of it is a fault: another is got in its place. */
  managed(acme: AcmeSettings, path: string, nowMs: number): ServedCertificate[] {
    const missing: string[] = []
    const { files, placeholder } = heldFiles(acme)
    const served = files.flatMap(({ host, file }) => {
      const found = this.#bundle(file, [host], 'acme', path, nowMs)
      if (found.length === 0) missing.push(host)
      return found
    })
    if (files.length > 0 && missing.length === 0) return served
    if (missing.length > 0) this.warnings.push(`${path}: no certificate yet for ${missing.join(', ')}; one that no client believes is shown until there is`)
    return [...served, ...this.#bundle(placeholder, missing, 'placeholder', path, nowMs)]
  }

  /** A certificate and its key that lie in one file. */
  #bundle(file: string, hosts: readonly string[], origin: ServedCertificate['origin'], path: string, nowMs: number): ServedCertificate[] {
    this.files.push(file)
    const read = readPem(file)
    if (read.kind === 'fault') return []
    const [cert, key] = (['CERTIFICATE', 'PRIVATE KEY'] as const).map((kind) => ({ text: `${pemBlocks(read.text, kind).join('\n')}\n`, source: read.source }))
    const { served, fault } = this.#checked(cert!, key!, hosts, path, nowMs)
    if (fault) this.warnings.push(`${path}: ${fault.message}`)
    return served.map((each) => ({ ...each, origin }))
  }

  #checked(cert: NamedText, key: NamedText, hosts: readonly string[] | undefined, path: string, nowMs: number): { readonly served: ServedCertificate[]; readonly fault?: Extract<ReturnType<typeof checkPair>, { kind: 'fault' }> } {
    const pair = checkPair(cert, key, nowMs)
    if (pair.kind === 'fault') return { served: [], fault: pair }
    if (pair.warning !== undefined) this.warnings.push(`${path}: ${pair.warning}`)
    const { names, fromMs, toMs } = pair
    return { served: [{ cert: cert.text, key: key.text, hosts: hosts ?? names, fromMs, toMs, origin: 'own' }] }
  }

  /** Without the value, which may be a key. */
  #fault(path: string, message: string): void {
    this.issues.push({ path, value: undefined, message })
  }
}
