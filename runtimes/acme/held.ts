// Where the certificates lie that a listener gets by itself.
import { join, resolve } from 'node:path'
import type { ListenConfig } from '../../src/index.js'
import { directoryFolder, directoryUrl } from './directories.js'
import { Storage } from './storage.js'

export type AcmeSettings = NonNullable<NonNullable<ListenConfig['tls']>['acme']>

export function acmeStorage({ storage, directory }: Pick<AcmeSettings, 'storage' | 'directory'>): Storage {
  return new Storage(join(resolve(storage), directoryFolder(directoryUrl(directory))))
}

/** The hosts that are named, each once. */
export function domainsOf({ domains = [] }: AcmeSettings): string[] {
  return [...new Set(domains.map((name) => name.toLowerCase()))]
}

/** The file for each host, whether it is there or not, and that of what stands in for those that are not. */
export function heldFiles(settings: AcmeSettings): { readonly files: readonly { readonly host: string; readonly file: string }[]; readonly placeholder: string } {
  const storage = acmeStorage(settings)
  return { files: domainsOf(settings).map((host) => ({ host, file: storage.certificateFile(host) })), placeholder: storage.placeholder }
}

/** Whether all settings together lead to one certificate, as some listeners want it. */
export function showsOneOnly({ cert, certificates = [], acme }: NonNullable<ListenConfig['tls']> = {}): boolean {
  return (cert === undefined ? 0 : 1) + certificates.length + (acme ? domainsOf(acme).length : 0) <= 1
}
