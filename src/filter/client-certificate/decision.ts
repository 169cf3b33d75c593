// Whether a certificate is one of those that pass, and whom it names.
import type { FilterConfig } from '../../config/schema.js'
import type { Identity } from '../../exchange.js'
import { type Cidr, contains, parseAddress, parseCidr } from '../../http/address.js'
import type { PeerCertificate } from '../../http/forwarded.js'

/** Who passes; undefined: everybody. */
export type Members = (certificate: PeerCertificate) => boolean

/** The lists as one question. One of them is enough. */
export function membersOf({ subjects, names, fingerprints }: Pick<NonNullable<FilterConfig['clientCertificate']>, 'subjects' | 'names' | 'fingerprints'>): Members | undefined {
  if (!subjects && !names && !fingerprints) return undefined
  const wantedSubjects = new Set(subjects)
  const wantedPrints = new Set(fingerprints?.map((text) => text.replaceAll(':', '').toLowerCase()))
  const wantedNames = new Set(names?.map(canonicalName))
  const ranges = (names ?? []).flatMap((name) => parseCidr(name) ?? [])
  return (certificate) => wantedPrints.has(certificate.fingerprint256) || wantedSubjects.has(certificate.subject) || certificate.names.some((name) => isWanted(name, wantedNames, ranges))
}

function isWanted(written: string, wanted: ReadonlySet<string>, ranges: readonly Cidr[]): boolean {
  const name = canonicalName(written)
  if (wanted.has(name)) return true
  // A star in a certificate is not the host that it would match.
  if (HOST.test(name)) return wanted.has(name.replace(/^[^.*]+/, '*'))
  const address = ranges.length === 0 ? undefined : parseAddress(name)
  return address !== undefined && ranges.some((range) => contains(range, address))
}

/** One label at least before a dot; the last has a letter, which no address of the network of four numbers has. */
const HOST = /^[\w*-]+(\.[\w-]+)*\.[\w-]*[a-z][\w-]*$/

/** Hosts in lower case; paths of URIs and names before an @ tell cases apart. */
function canonicalName(name: string): string {
  const lower = name.toLowerCase()
  return HOST.test(lower) ? lower : name
}

/** Whom a certificate names. */
export function identityOf({ subject, names, fingerprint256 }: PeerCertificate): Identity {
  return { by: 'certificate', name: subject || names[0] || fingerprint256 }
}

/** Why a certificate does not pass; undefined when it does. */
export function unfitness(certificate: PeerCertificate, members: Members | undefined, nowMs: number): string | undefined {
  if (!certificate.verified) return 'a certificate of an authority that is not believed'
  // A connection can outlive the certificate that it was made with.
  if (!(nowMs <= certificate.notAfterMs)) return `the certificate of ${identityOf(certificate).name} has expired`
  return members && !members(certificate) ? `the certificate of ${identityOf(certificate).name} is not in the list` : undefined
}
