// Who asked, as told by the proxies in front of us, and what we tell the origin (RFC 7239, X-Forwarded-*).
import { type Address, type Cidr, contains, parseAddress } from './address.js'
import { type Fields, combinedValue } from './fields.js'
import { parseHost } from './host.js'
import { listMembers, quoted } from './tokens.js'

/** The socket's other end. */
export interface Peer {
  /** IP address; undefined where the platform does not tell, or behind a Unix socket. */
  readonly address: string | undefined
  readonly port?: number | undefined
  /** Our end of its connection; its address where that is known. */
  readonly local?: { readonly address: string | undefined; readonly port: number } | undefined
  /** How the peer reached us. */
  readonly scheme: 'http' | 'https'
  /** The certificate it showed, where the listener asks for one. */
  readonly certificate?: PeerCertificate | undefined
}

/** A certificate that the socket's other end has shown, and whose key it has. */
export interface PeerCertificate {
  readonly der: Uint8Array
  /** Subject as in RFC 4514, `CN=ann,O=Example`. */
  readonly subject: string
  /** Alternative names: DNS names, addresses of mail and network, URIs. */
  readonly names: readonly string[]
  /** SHA-256 of `der` in lower-case hexadecimal digits. */
  readonly fingerprint256: string
  readonly notAfterMs: number
  /** Whether an authority that the listener believes has issued it, and it holds now. */
  readonly verified: boolean
}

/** Who is asking once trusted hops have been looked through. */
export interface Client {
  /** IP address; undefined when neither the socket nor a trusted hop tells. */
  readonly address: string | undefined
  readonly scheme: 'http' | 'https'
  /** The authority the client used, as it wrote it. */
  readonly host: string
}

/**
 * Which field trusted proxies write; `either` takes `Forwarded` only where there is no `X-Forwarded-For`. A proxy that
 * appends to one of them passes a client's other one on as it is, so that the other must not be believed.
 */
export type ForwardingSource = 'x-forwarded-for' | 'forwarded' | 'either'

/** Whose forwarding fields are believed: networks, or how many hops in front of us are ours (0: nobody's). */
export type Trust = {
  readonly source: ForwardingSource
} & ({ readonly kind: 'networks'; readonly networks: readonly Cidr[] } | { readonly kind: 'hops'; readonly hops: number })

/** Nobody is trusted: the default. */
export const TRUST_NOBODY: Trust = { kind: 'hops', hops: 0, source: 'either' }

/** Whether the socket's other end is a proxy of ours, so that its forwarding fields may be read. */
export function isTrustedPeer(trust: Trust, peer: Peer): boolean {
  if (trust.kind === 'hops') return trust.hops > 0
  if (peer.address === undefined) return false
  const address = parseAddress(peer.address)
  return address !== undefined && holds(trust.networks, address)
}

/**
 * Finds the client behind trusted proxies: reads the chain of addresses from the right and stops at the first that is
 * not trusted. An entry that is no address ends the walk too; what stands to its left is anybody's invention.
 */
export function clientBehind(trust: Trust, peer: Peer, host: string, fields: Fields): Client {
  if (!isTrustedPeer(trust, peer)) return { address: peer.address, scheme: peer.scheme, host }
  const hops = readHops(trust.source, fields)
  let address = peer.address
  let passed = 0
  while (passed < hops.length) {
    const next = hops[hops.length - 1 - passed]!.address
    const parsed = next === undefined ? undefined : parseAddress(next)
    if (!parsed) break
    address = next
    passed++
    if (trust.kind === 'hops' ? passed >= trust.hops : !holds(trust.networks, parsed)) break
  }
  // The hop that saw the client told its scheme and host; hops nearer to us tell of our own network.
  const seen = hops[hops.length - Math.max(1, passed)]
  return {
    address,
    scheme: seen?.scheme ?? schemeOf(lastOf(combinedValue(fields, 'x-forwarded-proto'))) ?? peer.scheme,
    host: seen?.host ?? validHost(lastOf(combinedValue(fields, 'x-forwarded-host'))) ?? host,
  }
}

interface Hop {
  readonly address: string | undefined
  readonly scheme: 'http' | 'https' | undefined
  readonly host: string | undefined
}

/** The chain nearest-last. */
function readHops(source: ForwardingSource, fields: Fields): Hop[] {
  const written = combinedValue(fields, 'x-forwarded-for')
  if (source === 'forwarded' || (source === 'either' && written === undefined)) return listMembers(combinedValue(fields, 'forwarded') ?? '').map(forwardedHop)
  const addresses = listMembers(written ?? '')
  const schemes = listMembers(combinedValue(fields, 'x-forwarded-proto') ?? '')
  return addresses.map((written, i) => {
    // Proxies that append keep one scheme for each address, so the lists are one from the right: at its left end a
    // client may have put schemes of its own. Those that overwrite leave a single one for all.
    const scheme = schemes.length === 1 ? schemes[0] : schemes[schemes.length - addresses.length + i]
    return { address: nodeAddress(written), scheme: schemeOf(scheme), host: undefined }
  })
}

function forwardedHop(element: string): Hop {
  const hop: { address?: string | undefined; scheme?: Hop['scheme']; host?: string | undefined } = {}
  for (const pair of element.split(';')) {
    const [name, value] = splitPair(pair)
    if (name === 'for') hop.address = nodeAddress(value)
    else if (name === 'proto') hop.scheme = schemeOf(value)
    else if (name === 'host') hop.host = validHost(value)
  }
  return { address: hop.address, scheme: hop.scheme, host: hop.host }
}

function splitPair(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  const value = pair.slice(equals + 1).trim()
  const bare = value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
  return [pair.slice(0, Math.max(0, equals)).trim().toLowerCase(), bare]
}

/** `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711` and `2001:db8::1` without their port. */
function nodeAddress(written: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(written)
  const bare = bracketed ? bracketed[1]! : /^[^:]+:\d+$/.test(written) ? written.slice(0, written.indexOf(':')) : written
  return parseAddress(bare) ? bare : undefined
}

function schemeOf(value: string | undefined): 'http' | 'https' | undefined {
  const lower = value?.toLowerCase()
  return lower === 'http' || lower === 'https' ? lower : undefined
}

function validHost(value: string | undefined): string | undefined {
  return value !== undefined && parseHost(value) ? value : undefined
}

function lastOf(list: string | undefined): string | undefined {
  return list === undefined ? undefined : listMembers(list).at(-1)
}

function holds(networks: readonly Cidr[], address: Address): boolean {
  return networks.some((network) => contains(network, address))
}

/** Which forwarding fields the origin gets. */
export type ForwardedStyle = 'both' | 'x-forwarded' | 'forwarded' | 'none'

/**
 * The forwarding fields for the origin. What a trusted peer sent is continued; what anybody else sent is not repeated
 * (the caller drops every incoming line that {@link isForwardingField} names).
 */
export function forwardedFields(style: ForwardedStyle, trusted: boolean, peer: Peer, client: Client, incoming: Fields): string[] {
  const fields: string[] = []
  if (style === 'none') return fields
  const { scheme, host } = client
  if (style !== 'forwarded') {
    const chain = trusted ? combinedValue(incoming, 'x-forwarded-for') : undefined
    const hops = [chain, peer.address].filter((hop) => hop !== undefined)
    if (hops.length > 0) fields.push('X-Forwarded-For', hops.join(', '))
    fields.push('X-Forwarded-Proto', scheme, 'X-Forwarded-Host', host)
  }
  if (style !== 'x-forwarded') {
    const chain = trusted ? combinedValue(incoming, 'forwarded') : undefined
    const own = `for=${forwardedNode(peer.address)};host=${/^[\w.-]+$/.test(host) ? host : quoted(host)};proto=${scheme}`
    fields.push('Forwarded', chain === undefined ? own : `${chain}, ${own}`)
  }
  return fields
}

function forwardedNode(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  return address.includes(':') ? `"[${address}]"` : address
}

/** Whether a lower-case field name tells where a request came from, so that only a trusted peer may set it. */
export function isForwardingField(lower: string): boolean {
  return lower.startsWith('x-forwarded-') || lower === 'forwarded' || lower === 'x-real-ip'
}
