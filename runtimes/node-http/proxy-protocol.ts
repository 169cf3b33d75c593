// The PROXY protocol, versions 1 and 2: the client's connection as told by a load balancer ahead of the first request
// (haproxy.org/download/1.8/doc/proxy-protocol.txt, sections 2.1 and 2.2).
import { type Address, parseAddress } from '../../src/adapter.js'
import type { ClientEnds, Endpoint } from './client-ends.js'

/** What the first bytes of a connection are. `ends` is undefined where the balancer speaks for itself (LOCAL, UNKNOWN). */
export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'fault'; readonly detail: string }
  | { readonly kind: 'header'; readonly bytes: number; readonly ends: ClientEnds | undefined }

const V1_MAX_BYTES = 107
const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const V2_HEAD_BYTES = 16
/** Addresses and the extras some balancers add; more than this is no honest header. */
const V2_MAX_BYTES = 4096

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' }

/** Reads a header from the bytes that have come so far. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const signature = bytes.subarray(0, V2_SIGNATURE.byteLength)
  if (V2_SIGNATURE.subarray(0, signature.byteLength).equals(signature)) return bytes.byteLength < V2_HEAD_BYTES ? INCOMPLETE : readV2(bytes)
  return readV1(bytes)
}

function readV1(bytes: Buffer): ProxyHeader {
  const text = bytes.subarray(0, V1_MAX_BYTES).toString('latin1')
  if (!text.startsWith('PROXY '.slice(0, text.length))) return fault('no PROXY header')
  const end = text.indexOf('\r\n')
  if (end < 0) return text.length < V1_MAX_BYTES ? INCOMPLETE : fault('a PROXY line that is too long')
  const [, family, source, destination, ...ports] = text.slice(0, end).split(' ')
  if (family === 'UNKNOWN') return { kind: 'header', bytes: end + 2, ends: undefined }
  const wellFormed = (family === 'TCP4' || family === 'TCP6') && source && destination && ports.length === 2 && ports.every((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65535)
  if (!wellFormed) return fault('a malformed PROXY line')
  return { kind: 'header', bytes: end + 2, ends: { source: { address: source, port: Number(ports[0]) }, destination: { address: destination, port: Number(ports[1]) } } }
}

function readV2(bytes: Buffer): ProxyHeader {
  const [versionAndCommand, family] = [bytes[12]!, bytes[13]! >> 4]
  const end = V2_HEAD_BYTES + bytes.readUInt16BE(14)
  if (versionAndCommand >> 4 !== 2) return fault('a PROXY header of an unknown version')
  if (end > V2_MAX_BYTES) return fault('a PROXY header that is too long')
  if (bytes.byteLength < end) return INCOMPLETE
  const command = versionAndCommand & 15
  if (command === 0) return { kind: 'header', bytes: end, ends: undefined }
  if (command !== 1) return fault('a PROXY header with an unknown command')
  const addressBytes = family === 1 ? 4 : family === 2 ? 16 : 0
  if (addressBytes === 0) return { kind: 'header', bytes: end, ends: undefined }
  if (end < V2_HEAD_BYTES + addressBytes * 2 + 4) return fault('a PROXY header that is too short for its addresses')
  const endpoint = (i: number): Endpoint => ({
    address: addressText(bytes.subarray(V2_HEAD_BYTES + i * addressBytes, V2_HEAD_BYTES + (i + 1) * addressBytes)),
    port: bytes.readUInt16BE(V2_HEAD_BYTES + addressBytes * 2 + i * 2),
  })
  return { kind: 'header', bytes: end, ends: { source: endpoint(0), destination: endpoint(1) } }
}

function addressText(address: Buffer): string {
  return address.byteLength === 4 ? address.join('.') : Array.from({ length: 8 }, (_, i) => address.readUInt16BE(i * 2).toString(16)).join(':')
}

function fault(detail: string): ProxyHeader {
  return { kind: 'fault', detail }
}

/** Writes a header for a client, or, without one, for whoever writes it. A destination that is not known is told as zeros. */
export function writeProxyHeader(version: 'v1' | 'v2', ends: ClientEnds | undefined): Buffer {
  const source = ends && parseAddress(ends.source.address)
  if (!ends || !source) return version === 'v1' ? Buffer.from('PROXY UNKNOWN\r\n') : Buffer.concat([V2_SIGNATURE, Buffer.of(0x20, 0, 0, 0)])
  const destination = parseAddress(ends.destination?.address ?? '') ?? (isV4(source) ? V4_ANY : V6_ANY)
  // Both are of one family: an IPv4 address beside one of IPv6 is told in its mapped form.
  const bytesOf = isV4(source) && isV4(destination) ? v4Bytes : v6Bytes
  const [from, to] = [bytesOf(source), bytesOf(destination)]
  const ports = [ends.source.port, ends.destination?.port ?? 0] as const
  if (version === 'v1') return Buffer.from(`PROXY ${from.byteLength === 4 ? 'TCP4' : 'TCP6'} ${addressText(from)} ${addressText(to)} ${ports.join(' ')}\r\n`)
  const portBytes = Buffer.from(ports.flatMap((port) => [port >> 8, port & 255]))
  return Buffer.concat([V2_SIGNATURE, Buffer.of(0x21, from.byteLength === 4 ? 0x11 : 0x21, 0, from.byteLength * 2 + 4), from, to, portBytes])
}

const V4_ANY: Address = [0, 0, 0, 0, 0, 0xffff, 0, 0]
const V6_ANY: Address = [0, 0, 0, 0, 0, 0, 0, 0]

/** IPv4 stands in its IPv4-mapped form. */
function isV4(address: Address): boolean {
  return address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0)
}

function v4Bytes(address: Address): Buffer {
  return v6Bytes(address).subarray(12)
}

function v6Bytes(address: Address): Buffer {
  return Buffer.from(address.flatMap((group) => [group >> 8, group & 255]))
}
