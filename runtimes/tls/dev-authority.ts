// An authority for one machine, and the certificate for its own names: made once, in a folder for this user only.
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Bundle, readBundle } from '../acme/bundle.js'
import { endsSoon } from '../acme/renewal.js'
import { readText, writeWhole } from '../acme/storage.js'
import { issueLocal, localAuthority } from '../acme/x509.js'

/** Names that lead to this machine, and nowhere else. */
export const LOCAL_NAMES = ['localhost', '*.localhost', '127.0.0.1', '::1'] as const

const AUTHORITY_DAYS = 3650
/** Some clients believe none that holds for longer than 825 days, some none beyond 398. */
const CERTIFICATE_DAYS = 90

/** Paths of PEM files. */
export interface DevTls {
  readonly cert: string
  readonly key: string
  readonly ca: string
  /** Whether the authority was made just now, so that nobody believes it yet. */
  readonly isNew: boolean
}

/** What was made before, or what is made now: the certificate anew before it ends and for hosts it does not name, the authority once. Hosts below localhost are named each, since many clients take no wildcard for one label more. */
export async function devTls(folder: string, hosts: readonly string[] = []): Promise<DevTls> {
  const names = [...new Set([...LOCAL_NAMES, ...hosts])]
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (process.platform !== 'win32') chmodSync(folder, 0o700)
  const [ca, caKey, cert, key] = ['ca.pem', 'ca.key', 'localhost.pem', 'localhost.key'].map((name) => join(folder, name)) as [string, string, string, string]
  const kept = pairIn(ca, caKey)
  const authority = kept ?? (await localAuthority(LOCAL_NAMES, AUTHORITY_DAYS))
  if (!kept) {
    writeWhole(caKey, authority.key)
    writeWhole(ca, authority.cert)
  }
  const held = kept && pairIn(cert, key)
  if (!held || !hosts.every((host) => held.names.includes(host))) {
    const made = await issueLocal(authority, names, CERTIFICATE_DAYS)
    writeWhole(key, made.key)
    writeWhole(cert, made.cert)
  }
  return { cert, key, ca, isNew: !kept }
}

/** A certificate and its key that are there and do not end soon. */
function pairIn(cert: string, key: string): Bundle | undefined {
  const bundle = readBundle(`${readText(key) ?? ''}${readText(cert) ?? ''}`)
  return bundle && !endsSoon(Date.now(), bundle) ? bundle : undefined
}
