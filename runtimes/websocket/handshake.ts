// The client's part of a WebSocket handshake: what asks for one, and what of it is the listener's own (RFC 6455 §4.2).
import { editFields, fieldValue, type Fields, isNamed, requestFraming, type WireRequest } from '../../src/adapter.js'

/**
 * The protocol that a request asks for. Any other is answered as if it had not asked (RFC 9110 §7.8), as is a request
 * with a body: where that would end and the frames begin, servers do not agree.
 */
export function upgradeAsked(method: string, fields: Fields): WireRequest['upgrade'] {
  if (method !== 'GET' || fieldValue(fields, 'upgrade')?.toLowerCase() !== 'websocket') return undefined
  if (!fields.some((name, i) => i % 2 === 0 && isNamed(name, 'connection') && hasToken(fields[i + 1]!, 'upgrade'))) return undefined
  const framing = requestFraming(fields)
  return framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0) ? 'websocket' : undefined
}

const EXTENSIONS: ReadonlySet<string> = new Set(['sec-websocket-extensions'])

/** The fields without an offer of extensions, for listeners that carry messages and not the bytes they came in. */
export function withoutExtensions(fields: Fields): Fields {
  return editFields(fields, { remove: EXTENSIONS })
}

/** Fields of a 101 that whoever accepts the client writes himself. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['sec-websocket-accept'])

/** The fields of the server's 101 for a client that is accepted by the runtime. */
export function acceptedFields(fields: Fields): Fields {
  return editFields(fields, { remove: OF_THE_CONNECTION })
}

function hasToken(list: string, token: string): boolean {
  return list.toLowerCase().split(',').some((member) => member.trim() === token)
}
