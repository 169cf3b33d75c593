// Where the directories of the authorities are that are known by name.
const DIRECTORIES: Readonly<Record<string, string>> = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
  zerossl: 'https://acme.zerossl.com/v2/DV90',
  google: 'https://dv.acme-v02.api.pki.goog/directory',
  'google-staging': 'https://dv.acme-v02.test-api.pki.goog/directory',
}

/** The URL for a name, or the URL as it was written. */
export function directoryUrl(written = 'letsencrypt'): string {
  return DIRECTORIES[written] ?? written
}

/** A folder's name for what belongs to one authority. */
export function directoryFolder(url: string): string {
  return url.replace(/^https:\/\//, '').replace(/[^\w.-]+/g, '_').replace(/^\.+/, '_').slice(0, 120)
}
