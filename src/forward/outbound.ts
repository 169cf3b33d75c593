// The request as it goes upstream, as data.
import type { Exchange } from '../exchange.js'
import { combinedValue, editFields, fieldValue, type Fields } from '../http/fields.js'
import { forwardedFields, isForwardingField } from '../http/forwarded.js'
import { endToEnd } from '../http/hop-by-hop.js'
import type { Forward, HostPolicy } from '../plan.js'
import type { Server } from '../ports.js'
import { resolveEdits } from '../variables.js'
import { viaValue } from './via.js'

/** Field lines for the server: Host first, the client's end-to-end lines as they came, then what the gateway says of the client. */
export function outboundFields(exchange: Exchange, server: Server, { upstream: { host, forwarded }, requestEdits, viaName }: Forward): Fields {
  const { fields, client, id, peer, peerTrusted } = exchange
  const out: string[] = ['Host', hostValue(host, server, fields)]
  const kept = endToEnd(fields)
  for (let i = 0; i < kept.length; i += 2) {
    const name = kept[i]!
    if (!isOurs(name)) out.push(name, kept[i + 1]!)
  }
  out.push(...forwardedFields(forwarded, peerTrusted, peer, client, fields), 'Via', viaValue(combinedValue(fields, 'via'), viaName), 'X-Request-ID', id)
  return editFields(out, resolveEdits(requestEdits, exchange))
}

/** Lines that the gateway writes itself. Looks at the first letter before paying for lower case. */
function isOurs(name: string): boolean {
  const first = name.charCodeAt(0) | 32
  if (first !== 0x68 && first !== 0x78 && first !== 0x66 && first !== 0x76) return false // h, x, f, v
  const lower = name.toLowerCase()
  return lower === 'host' || lower === 'x-request-id' || lower === 'via' || isForwardingField(lower)
}

function hostValue(policy: HostPolicy, server: Server, fields: Fields): string {
  if (policy.kind === 'literal') return policy.value
  if (policy.kind === 'upstream') return server.authority
  return fieldValue(fields, 'host') ?? server.authority
}
