// The PROXY protocol, versions 1 and 2: the client's address as told by a load balancer ahead of the first request
// (haproxy.org/download/1.8/doc/proxy-protocol.txt, sections 2.1 and 2.2).

/** What the first bytes of a connection are. `client` is undefined where the balancer speaks for itself (LOCAL, UNKNOWN). */
export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'fault'; readonly detail: string }
  | { readonly kind: 'header'; readonly bytes: number; readonly client: string | undefined }

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
  if (family === 'UNKNOWN') return { kind: 'header', bytes: end + 2, client: undefined }
  const wellFormed = (family === 'TCP4' || family === 'TCP6') && source && destination && ports.length === 2 && ports.every((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65535)
  return wellFormed ? { kind: 'header', bytes: end + 2, client: source } : fault('a malformed PROXY line')
}

function readV2(bytes: Buffer): ProxyHeader {
  const [versionAndCommand, family] = [bytes[12]!, bytes[13]! >> 4]
  const end = V2_HEAD_BYTES + bytes.readUInt16BE(14)
  if (versionAndCommand >> 4 !== 2) return fault('a PROXY header of an unknown version')
  if (end > V2_MAX_BYTES) return fault('a PROXY header that is too long')
  if (bytes.byteLength < end) return INCOMPLETE
  const command = versionAndCommand & 15
  if (command === 0) return { kind: 'header', bytes: end, client: undefined }
  if (command !== 1) return fault('a PROXY header with an unknown command')
  const addressBytes = family === 1 ? 4 : family === 2 ? 16 : 0
  if (addressBytes === 0) return { kind: 'header', bytes: end, client: undefined }
  if (end < V2_HEAD_BYTES + addressBytes * 2 + 4) return fault('a PROXY header that is too short for its addresses')
  const address = bytes.subarray(V2_HEAD_BYTES, V2_HEAD_BYTES + addressBytes)
  return { kind: 'header', bytes: end, client: addressBytes === 4 ? address.join('.') : v6Text(address) }
}

function v6Text(address: Buffer): string {
  return Array.from({ length: 8 }, (_, i) => address.readUInt16BE(i * 2).toString(16)).join(':')
}

function fault(detail: string): ProxyHeader {
  return { kind: 'fault', detail }
}
